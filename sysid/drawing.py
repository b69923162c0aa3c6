"""Write figures whose labels may be names from files: no name is mathematics, and none stops a drawing."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FixedFormatter, FuncFormatter

from sysid.visible_text import make_visible


def draw_figure(figure: Figure, target: Path | BytesIO, **options: Any) -> None:
    """Write a figure so that names in it stand as they are: `$x$` is no formula, a newline is `\\n`.

    Args:
        figure: as it was made; its texts are changed.
        target: file or stream.
        options: of matplotlib's `savefig`.
    """
    make_literal(figure)
    with quiet_glyphs():
        figure.savefig(target, **options)


def make_literal(figure: Figure) -> None:
    """Let every text of a figure be itself, but for numbers on axes, where matplotlib has its own ways."""
    for text in figure.findobj(Text):
        text.set_text("\n".join(map(make_visible, text.get_text().split("\n"))))
        text.set_parse_math(False)
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            _make_ticks_literal(axis)


def _make_ticks_literal(axis: Axis) -> None:
    """Do the same to labels that are names; to others, give back what makes powers of ten."""
    formatter = axis.get_major_formatter()
    named = isinstance(formatter, FixedFormatter | FuncFormatter)
    if named:
        axis.set_major_formatter(FuncFormatter(_visible(formatter)))
    for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
        for label in (tick.label1, tick.label2):
            label.set_parse_math(not named)


def _visible(formatter: FixedFormatter | FuncFormatter) -> Callable[[float, int | None], str]:
    return lambda value, position: make_visible(formatter(value, position))


@contextmanager
def quiet_glyphs() -> Iterator[None]:
    """Keep matplotlib from warning of letters that its font lacks; it draws a box for each."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .*missing from", category=UserWarning)
        yield
