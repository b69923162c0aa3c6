"""The parts of the benchmarks: one module each."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any, Protocol, cast

from benchmarks.comparison import Comparison, Growth

# A part is a module of this folder: FULL and QUICK are its sizes (a frozen attrs class of its own), and both
# functions make their problems one by one, so that only one is held at a time.
PARTS = ("convolution", "training_step", "gaussian", "complexity", "sta")


class Part(Protocol):
    """What a part's module has."""

    FULL: Any
    QUICK: Any

    def comparisons(self, sizes: Any) -> Iterator[Comparison]:
        """Yield the problems of the part."""
        ...

    def growths(self, sizes: Any) -> Iterator[Growth]:
        """Yield what is measured at several sizes."""
        ...


def find_part(name: str) -> Part:
    """Return the module of a part."""
    return cast(Part, import_module(f"benchmarks.{name}"))


def sizes_of(part: Part, *, quick: bool) -> Any:
    """Return the sizes that results are stated for, or tiny ones that show the commands work."""
    return part.QUICK if quick else part.FULL
