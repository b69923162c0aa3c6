"""Which stored axis of a frame is its height, and which its width."""

from collections.abc import Sequence
from typing import Literal

Order = Literal["tyx", "txy"]
AskedOrder = Literal["auto", "tyx", "txy"]


def find_axis_order(
    name: str, stored: tuple[int, int], dimension: Sequence[int] | None, asked: AskedOrder
) -> tuple[Order, str]:
    """Return how frames lie in a file, and a note that says by what it was decided.

    NWB describes image series as (time, x, y), and many writers store (time, y, x). `dimension` has the
    number of pixels along x and y, so it tells the two apart unless they are equal.

    Args:
        name: of the series, for the note.
        stored: lengths of the second and third stored axis.
        dimension: (width, height) where the series has it.
        asked: what the recipe says.
    """
    if asked != "auto":
        return asked, f"{name}: frames are read as {words(asked)}, as axis_order says"
    if dimension is None or len(dimension) < 2:
        return (
            "tyx",
            f"{name}: frames are taken as {words('tyx')}; the file has no `dimension` that would tell",
        )
    width, height = int(dimension[0]), int(dimension[1])
    if width == height:
        return "tyx", f"{name}: frames are taken as {words('tyx')}; height and width are equal, {height} px"
    if stored == (height, width):
        return "tyx", f"{name}: frames are read as {words('tyx')}, by `dimension` {width} × {height}"
    if stored == (width, height):
        return "txy", f"{name}: frames are read as {words('txy')}, by `dimension` {width} × {height}"
    return (
        "tyx",
        f"{name}: frames are taken as {words('tyx')}; `dimension` {width} × {height} fits neither order of "
        f"{stored[0]} × {stored[1]}",
    )


def settle(asked: AskedOrder) -> Order:
    """Return what the recipe says; where it leaves it to a file that cannot tell, (time, height, width)."""
    return "tyx" if asked == "auto" else asked


def words(order: Order) -> str:
    """Name an order."""
    return "(time, height, width)" if order == "tyx" else "(time, width, height)"
