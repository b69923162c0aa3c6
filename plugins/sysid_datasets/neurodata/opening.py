"""Open an NWB file, so that whatever is wrong with it is one line and nothing stays open."""

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path

import attrs
import pynwb
from hdmf.container import AbstractContainer

from sysid import SysidError
from sysid_datasets.neurodata.file_check import check_file
from sysid_datasets.neurodata.file_diagnosis import diagnose
from sysid_datasets.neurodata.library_error import OPEN_ERRORS, explain, guard, shorten


@attrs.frozen(eq=False)
class Opened:
    """An NWB file that is open for reading.

    Attributes:
        path: as it was given.
        file: its content; arrays are read when they are sliced.
    """

    path: Path
    file: pynwb.NWBFile

    def where(self, container: AbstractContainer) -> str:
        """Return where an object is in the file: `stimulus/presentation/movie`."""
        return where(container)


@contextlib.contextmanager
def open_nwb(path: Path) -> Iterator[Opened]:
    """Open an NWB file for reading, for the length of a `with` block.

    What pynwb warns of is kept from the user: whoever reads a part of the file checks it.

    Raises:
        SysidError: there is none, it is cut short, it is no NWB 2, a link in it leads nowhere, pynwb cannot
            make sense of it, or it is damaged where it is read within the block.
    """
    check_file(path)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"(pynwb|hdmf)(\.|$)")
        with _read_file(path) as file:
            try:
                yield Opened(path, file)
            except OSError as error:
                if error.filename is not None:  # another file than this one
                    raise
                raise SysidError(f"{path}: expected a whole file, got {shorten(error)}") from error


@contextlib.contextmanager
def _read_file(path: Path) -> Iterator[pynwb.NWBFile]:
    io = None
    try:
        try:
            # as text, since hdmf would follow a symbolic link of a Path; messages name what the user gave
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                io = pynwb.NWBHDF5IO(str(path), "r", load_namespaces=True)
                file = io.read()
                file.objects  # noqa: B018  # everything is listed once, where what cannot be is told
        except OPEN_ERRORS as error:
            raise SysidError(f"{path}: {diagnose(path) or explain(error)}") from error
        yield file
    finally:
        if io is not None:
            io.close()


@contextlib.contextmanager
def reading(opened: Opened, container: AbstractContainer) -> Iterator[None]:
    """Read a part of an open file within the block: what h5py or hdmf stumble over becomes one line.

    Raises:
        SysidError: the part is not there, damaged, or of another kind; the line says where it is.
    """
    with guard(f"{opened.path}: {where(container)}"):
        yield


def where(container: AbstractContainer) -> str:
    """Return where an object is in its file: `processing/behavior/running_speed`; its name if in none."""
    io = container.get_read_io()
    builder = io.manager.get_builder(container) if io is not None else None
    if builder is None or builder.location is None:
        return container.name
    if builder.parent is None and isinstance(container, pynwb.NWBFile):
        return "/"
    return f"{builder.location}/{builder.name}".replace("//", "/").strip("/")


def locate(container: AbstractContainer) -> str:
    """Return file and place of an object, the file relative to the working directory if it is below it."""
    source = container.container_source
    if source is None:
        return where(container)
    path = Path(source)
    return f"{path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}: {where(container)}"
