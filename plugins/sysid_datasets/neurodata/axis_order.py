"""Which stored axis of a frame is its height, and which its width."""

from collections.abc import Sequence
from typing import Literal

import attrs

Order = Literal["tyx", "txy"]
AskedOrder = Literal["auto", "tyx", "txy"]


@attrs.frozen
class FoundOrder:
    """Say how frames lie in a file.

    Attributes:
        order: of the axes.
        note: by what it was decided.
        doubt: what speaks against it; nothing where nothing does.
    """

    order: Order
    note: str
    doubt: str = ""


def find_axis_order(
    name: str, stored: tuple[int, int], dimension: Sequence[int] | None, asked: AskedOrder
) -> FoundOrder:
    """Return how frames lie in a file, by what the recipe says, else by `dimension`.

    NWB describes image series as (time, x, y), and many writers store (time, y, x). `dimension` has the
    number of pixels along x and y, so it tells the two apart unless they are equal.

    Args:
        name: of the series, for the note.
        stored: lengths of the second and third stored axis.
        dimension: (width, height) where the series has it.
        asked: what the recipe says.
    """
    told = _tell_by_dimension(stored, dimension)
    if asked != "auto":
        doubt = ""
        if dimension is not None and told not in (None, asked):
            doubt = (
                f'{name}: axis_order = "{asked}" is against the file, whose `dimension` of {dimension[0]} × '
                f"{dimension[1]} (width × height) says that the stored {stored[0]} × {stored[1]} are "
                f"{words(told)}"
            )
        return FoundOrder(asked, f"{name}: frames are read as {words(asked)}, as axis_order says", doubt)
    if dimension is None or len(dimension) < 2:
        why = "the file has no `dimension` that would tell"
        return FoundOrder("tyx", f"{name}: frames are taken as {words('tyx')}; {why}")
    width, height = int(dimension[0]), int(dimension[1])
    if told is not None:
        return FoundOrder(
            told, f"{name}: frames are read as {words(told)}, by `dimension` {width} × {height}"
        )
    if stored == (height, width):
        why = f"height and width are equal, {height} px"
        return FoundOrder("tyx", f"{name}: frames are taken as {words('tyx')}; {why}")
    note = (
        f"{name}: frames are taken as {words('tyx')}; `dimension` {width} × {height} fits neither order of "
        f"{stored[0]} × {stored[1]}"
    )
    return FoundOrder("tyx", note, note)


def _tell_by_dimension(stored: tuple[int, int], dimension: Sequence[int] | None) -> Order | None:
    """Return the order that `dimension` says; None where it cannot tell."""
    if dimension is None or len(dimension) < 2 or dimension[0] == dimension[1]:
        return None
    width, height = int(dimension[0]), int(dimension[1])
    orders: dict[tuple[int, int], Order] = {(height, width): "tyx", (width, height): "txy"}
    return orders.get(stored)


def settle(asked: AskedOrder) -> Order:
    """Return what the recipe says; where it leaves it to a file that cannot tell, (time, height, width)."""
    return "tyx" if asked == "auto" else asked


def words(order: Order) -> str:
    """Name an order."""
    return "(time, height, width)" if order == "tyx" else "(time, width, height)"
