"""All areas of the installation, one after the other."""

import functools
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

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

    def software() -> Iterator[Remark]:
        from sysid.doctor.software import examine_software

        return examine_software()

    def devices() -> Iterator[Remark]:
        from sysid.doctor.device import examine_devices

        return examine_devices()

    def threads() -> Iterator[Remark]:
        from sysid.doctor.thread import examine_threads

        return examine_threads()

    def memory() -> Iterator[Remark]:
        from sysid.doctor.memory import examine_memory

        return examine_memory()

    def disk() -> Iterator[Remark]:
        from sysid.doctor.disk import examine_disk

        return examine_disk(folder)

    def plugins() -> Iterator[Remark]:
        from sysid.doctor.plugin import examine_plugins

        return examine_plugins(registry())

    def data() -> Iterator[Remark]:
        from sysid.doctor.data import examine_data
        from sysid.doctor.run_data import examine_run_data

        yield from examine_data(full=full)
        yield from examine_run_data(folder, registry(), full=full)

    def train() -> Iterator[Remark]:
        from sysid.doctor.training import examine_training

        return examine_training(registry())

    yield "Software", software
    yield "Devices", devices
    yield "Threads", threads
    yield "Memory", memory
    yield "Disk", disk
    yield "Plugins", plugins
    yield "Data", data
    if training:
        yield "Training", train
