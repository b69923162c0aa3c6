"""What a recipe says of the data it is for."""

from typing import Any

import attrs


@attrs.frozen
class Key:
    """Hold one line of the dataset's table.

    Attributes:
        name: of the key.
        value: as in TOML; None where the line is a remark alone.
        remark: why, or what else could stand there.
    """

    name: str
    value: Any
    remark: str = ""


@attrs.frozen(kw_only=True)
class Choice:
    """Hold what a recipe models.

    Attributes:
        file: the file's name, for the heading.
        dataset: name of the dataset, as `sysid show` takes it.
        summary: of what is modelled, one line.
        keys: of the dataset's table, in order.
        bin_s: how long a bin is.
        bins: how many there are, about, repeats counted once.
        history: bins that the model looks back on.
        is_image: whether each frame stands for itself.
        is_spikes: whether responses are counts.
        size_px: (height, width) of the frames that the model sees.
        neurons: how many.
        has_behaviour: whether series of behaviour come along.
        doubts: what else could be chosen, or may be a mistake in the file, a sentence each.
    """

    file: str
    dataset: str
    summary: str
    keys: tuple[Key, ...]
    bin_s: float
    bins: int
    history: int
    is_image: bool
    is_spikes: bool
    size_px: tuple[int, int]
    neurons: int
    has_behaviour: bool
    doubts: tuple[str, ...] = ()
