"""Find the files of the dataset `nwb`, and say which bytes were read."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sysid import DataNotFoundError, SysidError, checksum, find_data
from sysid_datasets.neurodata.behaviour import Behaviour
from sysid_datasets.neurodata.fluorescence import RoiResponses
from sysid_datasets.neurodata.responses import Responses
from sysid_datasets.neurodata.showing import Showing
from sysid_datasets.neurodata.stored_pixels import StoredPixels


def find_file(path: Path, name: str) -> Path:
    """Return where the file or folder of the field `name` is: here, in $SYSID_DATA_DIR, or in the cache.

    Raises:
        DataNotFoundError: it is nowhere.
    """
    how_to_get = f"set `{name}` to where it is, relative to the working directory of the command"
    return find_data((), path, how_to_get, fall_back=True)


def look_for_file(path: Path) -> Path:
    """Return where a file is, the path itself where it is nowhere."""
    try:
        return find_file(path, "path")
    except DataNotFoundError:
        return path


def find_files(
    path: Path,
    templates: Path | None,
    showings: Sequence[Showing],
    responses: Responses,
    behaviour: Behaviour | None,
) -> dict[Path, str]:
    """Return the file, and every other that pixels, traces or behaviour are read from, with its name.

    A file in the folder `templates` has the name of that folder before its own; what else is there counts for
    nothing, as it is not read. Each file is there once, however often a recipe names it.
    """
    sources = {id(showing.pixels): showing.pixels for showing in showings}.values()
    used = [path, *(each for pixels in sources if isinstance(pixels, StoredPixels) for each in pixels.files)]
    used += [plane.path for plane in responses.planes] if isinstance(responses, RoiResponses) else []
    used += [trace.path for trace in behaviour.series] if behaviour is not None else []
    inside = {} if templates is None else {each.resolve(): name for name, each in _walk(templates)}
    names: dict[Path, str] = {}
    for each in used:
        whole = each.resolve()
        names.setdefault(whole, each.name if whole == path.resolve() else inside.get(whole, each.name))
    return names


def digest_files(names: Mapping[Path, str]) -> tuple[tuple[str, str], ...]:
    """Return (name, SHA-256) of every file, in the order of the names but for the first.

    Raises:
        SysidError: a file cannot be read.
    """
    first, *others = ((name, _digest(path)) for path, name in names.items())
    return (first, *sorted(others))


def stamp(path: Path | None) -> tuple[tuple[str, int, int], ...]:
    """Return what changes when a file or folder does: name, bytes and time of change of every file."""
    if path is None:
        return ()
    statuses = ((name, each.stat()) for name, each in _walk(path))
    return tuple(sorted((name, status.st_size, status.st_mtime_ns) for name, status in statuses))


def _walk(path: Path) -> Iterator[tuple[str, Path]]:
    if not path.is_dir():
        yield path.name, path
        return
    folder = Path(os.path.abspath(path)).name  # of "." too; links are not followed
    for each in path.rglob("*"):
        if each.is_file():
            yield f"{folder}/{each.relative_to(path).as_posix()}", each


def _digest(path: Path) -> str:
    try:
        return checksum(path)
    except OSError as error:
        raise SysidError(f"{path}: expected a readable file, got {error.strerror}") from None
