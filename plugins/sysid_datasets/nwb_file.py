"""Find the files of the dataset `nwb`, and say which bytes were read."""

from collections.abc import Iterable, Iterator, Sequence
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
) -> list[Path]:
    """Return the file, and every other that pixels, traces or behaviour are read from."""
    files = [path, *([] if templates is None else [templates])]
    sources = {id(showing.pixels): showing.pixels for showing in showings}.values()
    linked = [each for pixels in sources if isinstance(pixels, StoredPixels) for each in pixels.files]
    linked += [plane.path for plane in responses.planes] if isinstance(responses, RoiResponses) else []
    linked += [trace.path for trace in behaviour.series] if behaviour is not None else []
    known = {each.resolve() for file in files for _, each in _walk(file)}
    return [*files, *(each for each in dict.fromkeys(linked) if each.resolve() not in known)]


def digest_files(paths: Iterable[Path]) -> tuple[tuple[str, str], ...]:
    """Return (name, SHA-256) of every file, those of a folder with the folder's name before theirs.

    Raises:
        SysidError: a file cannot be read.
    """
    return tuple((name, _digest(path)) for each in dict.fromkeys(paths) for name, path in sorted(_walk(each)))


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
    for each in path.rglob("*"):
        if each.is_file():
            yield f"{path.name}/{each.relative_to(path).as_posix()}", each


def _digest(path: Path) -> str:
    try:
        return checksum(path)
    except OSError as error:
        raise SysidError(f"{path}: expected a readable file, got {error.strerror}") from None
