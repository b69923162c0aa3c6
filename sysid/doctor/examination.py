"""All areas of the installation, one after the other."""

import functools
import importlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from sysid.doctor.remark import Remark

if TYPE_CHECKING:
    from sysid.registry import Registry


@attrs.frozen
class Area:
    """One area and what there is to say of it."""

    title: str
    remarks: tuple[Remark, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing in it is a problem."""
        return all(remark.level != "problem" for remark in self.remarks)


def examine_installation(folder: Path, *, full: bool = False, training: bool = True) -> Iterator[Area]:
    """Look at one area after the other; each is yielded when it is done.

    An area whose libraries cannot be imported is a problem of its own, and stops no other.

    Args:
        folder: where run folders go.
        full: read all of every recording.
        training: train a small model for ten seconds.
    """
    for title, examine in _areas(folder, full=full, training=training):
        try:
            remarks = tuple(examine())
        except (ImportError, OSError) as error:  # OSError: a library that a library needs
            says = f"cannot be looked at: {error}"
            remarks = (Remark("problem", says, "install what is missing; see the first area"),)
        yield Area(title, remarks)


def _areas(
    folder: Path, *, full: bool, training: bool
) -> Iterator[tuple[str, Callable[[], Iterable[Remark]]]]:
    """Yield title and look of every area; nothing slow is imported before its area is looked at."""

    @functools.cache
    def registry() -> "Registry":
        from sysid.registry import discover

        return discover()  # once: a second import of a slow plugin is quick

    def data() -> Iterator[Remark]:
        yield from _look("data", "examine_data", full=full)
        yield from _look("run_data", "examine_run_data", folder, registry(), full=full)

    yield "Software", lambda: _look("software", "examine_software")
    yield "Devices", lambda: _look("device", "examine_devices")
    yield "Threads", lambda: _look("thread", "examine_threads")
    yield "Memory", lambda: _look("memory", "examine_memory")
    yield "Disk", lambda: _look("disk", "examine_disk", folder)
    yield "Plugins", lambda: _look("plugin", "examine_plugins", registry())
    yield "Data", data
    if training:
        yield "Training", lambda: _look("training", "examine_training", registry())


def _look(module: str, function: str, *arguments: Any, **options: Any) -> Iterable[Remark]:
    """Import a module of this package only now, and let it look."""
    examine: Callable[..., Iterable[Remark]] = getattr(
        importlib.import_module(f"sysid.doctor.{module}"), function
    )
    return examine(*arguments, **options)
