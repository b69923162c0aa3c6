"""Receptive fields as an analysis leaves them on disk, so that others can read them without the analysis."""

from collections.abc import Iterator
from pathlib import Path

import attrs
import numpy as np
from jaxtyping import Float

from sysid.errors import SysidError
from sysid.npy_file import read_npz

SOURCES = ("data", "model")
PATTERN = "*fields.npz"  # `fields.npz`, or one file per session, each with something before that


@attrs.frozen(eq=False)
class FieldMaps:
    """Hold receptive fields, one a row, and write them as NPZ: one array for each attribute, by its name.

    An analysis of scope "run" that finds receptive fields leaves them as `fields.npz` in its folder. What
    exports or compares fields then needs to know no analysis.

    Attributes:
        session, neuron: whose field it is.
        source: "data" where it was found in the recording, "model" where in what a model predicts.
        spatial: (row, height, width), the map on the stimulus as delivered; NaN where there is none.
        temporal: (row, lag), the time course; NaN where there is none.
        lag_s: (lag,), how long before the bin's own frame each lag was on screen.
        centre: (row, 2), x and y of the fitted Gaussian in stimulus pixels, y down, the middle of the first
            pixel at (0, 0); NaN where nothing was fitted.
        widths: (row, 2), its standard deviations in pixels, the larger first.
        angle: (row,), of the larger one in radians, from the x axis towards y.
        reason: why this is no receptive field; empty where it is one.

    Raises:
        SysidError: attributes of different lengths, or a source of another name.
    """

    session: tuple[str, ...]
    neuron: tuple[str, ...]
    source: tuple[str, ...]
    spatial: Float[np.ndarray, "row height width"]
    temporal: Float[np.ndarray, "row lag"]
    lag_s: Float[np.ndarray, " lag"]
    centre: Float[np.ndarray, "row 2"]
    widths: Float[np.ndarray, "row 2"]
    angle: Float[np.ndarray, " row"]
    reason: tuple[str, ...]

    def __attrs_post_init__(self) -> None:
        rows = len(self.neuron)
        for field in attrs.fields(FieldMaps):
            length = len(getattr(self, field.name))
            expected = self.temporal.shape[1] if field.name == "lag_s" else rows
            if length != expected:
                raise SysidError(f"{field.name}: expected {expected} entries, got {length}")
        for source in self.source:
            if source not in SOURCES:
                raise SysidError(f'source: expected "data" or "model", got "{source}"')

    def write(self, path: Path) -> None:
        """Write an NPZ file; numbers in single precision.

        Args:
            path: of the file, `fields.npz` in the folder of the analysis.
        """
        with open(path, "wb") as file:  # a file object: numpy appends .npz to names
            np.savez_compressed(file, **{name: _to_array(value) for name, value in _by_name(self)})

    def select(self, session: str, source: str) -> np.ndarray:
        """Return the numbers of the rows of one session and source.

        Args:
            session: its name.
            source: "data" or "model".
        """
        pairs = zip(self.session, self.source, strict=True)
        return np.array([row for row, pair in enumerate(pairs) if pair == (session, source)], dtype=int)


def _by_name(maps: FieldMaps) -> Iterator[tuple[str, tuple[str, ...] | np.ndarray]]:
    return ((field.name, getattr(maps, field.name)) for field in attrs.fields(FieldMaps))


def _to_array(value: tuple[str, ...] | np.ndarray) -> np.ndarray:
    return np.array(value, dtype=np.str_) if isinstance(value, tuple) else value.astype(np.float32)


def find_field_maps(folder: Path) -> tuple[FieldMaps, ...]:
    """Read the receptive fields in the folder of one analysis; none where it has left none.

    Raises:
        SysidError: a file that is broken or holds something else.
    """
    return tuple(read_field_maps(path) for path in sorted(folder.glob(PATTERN)))


def read_field_maps(path: Path) -> FieldMaps:
    """Read an NPZ file of receptive fields.

    Raises:
        SysidError: it is none, an array is missing, or its shape is another; the line names file and array.
    """
    names = [field.name for field in attrs.fields(FieldMaps)]
    found = read_npz(path, "receptive fields")
    missing = [name for name in names if name not in found]
    arrays = {name: found[name] for name in names if name not in missing}
    if missing:
        raise SysidError(f"{path}: expected the arrays {', '.join(names)}, got none named {missing[0]}")
    for name, array in arrays.items():
        _check_array(path, name, array)
    try:
        return FieldMaps(
            **{
                name: tuple(array.tolist()) if array.dtype.kind == "U" else array
                for name, array in arrays.items()
            }
        )
    except SysidError as error:
        raise SysidError(f"{path}: {error}") from error


AXES = {"spatial": 3, "temporal": 2, "centre": 2, "widths": 2}  # of the others, one


def _check_array(path: Path, name: str, array: np.ndarray) -> None:
    """Refuse another number of axes, and numbers where text is expected."""
    kind = "U" if name in ("session", "neuron", "source", "reason") else "f"
    axes = AXES.get(name, 1)
    pairs = name in ("centre", "widths")
    if array.ndim != axes or array.dtype.kind != kind or (pairs and array.shape[1] != 2):
        what = "text" if kind == "U" else "floating point numbers"
        shown = "(row, 2)" if pairs else f"{axes} axes" if axes > 1 else "one axis"
        raise SysidError(
            f"{path}: {name}: expected {what}, {shown}, got {array.dtype} of shape {array.shape}"
        )
