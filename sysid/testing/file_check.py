"""Check that a dataset leaves its files as they are, and says where they ought to be."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sysid.errors import DataNotFoundError
from sysid.testing.config_path import all_paths, change_paths
from sysid.testing.subject import Subject

MOST_BYTES = 64 << 20  # of which every byte is compared; of more, sizes and times alone

Files = dict[str, tuple[object, ...]]


def look_at_files(config: Any) -> Files:
    """Return what every file looks like that the config's paths lead to, and those beside it of its name.

    Where the config has no path, that is all of `$SYSID_DATA_DIR`.
    """
    paths = all_paths(config)
    folder = os.environ.get("SYSID_DATA_DIR")
    if not paths and folder:
        paths = [Path(folder)]
    files = [file for path in paths for file in _files_at(path)]
    whole = sum(file.stat().st_size for file in files) <= MOST_BYTES
    return {str(file): _look(file, whole) for file in files}


def check_files(subject: Subject, before: Files) -> None:
    """Expect files to be as they were before they were loaded.

    Raises:
        AssertionError: one was changed, made or removed.
    """
    after = look_at_files(subject.config)
    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    subject.expect(
        not changed,
        "files",
        "loading to leave the data's files as they are, and none beside them",
        f"a change of {', '.join(changed)}",
        "Usual mistake: a file opened for writing (`h5py.File(path, 'r')` reads), or a cache beside it.",
    )


def check_missing_files(subject: Subject) -> None:
    """Lead the config's paths elsewhere: `describe` still answers, `provenance` says what is missing.

    Raises:
        AssertionError: `describe` needs the files, or `provenance` raises no DataNotFoundError.
    """
    absent = change_paths(subject.config, lambda path: path.parent / "no such folder" / path.name)
    if absent is subject.config:
        return
    with subject.running("missing_files", "describe() without the files", "It must not need them."):
        absent.describe()
    hint = "`sysid.find_data` looks for files and raises it; the line says how to get them."
    try:
        absent.provenance()
    except DataNotFoundError:
        return
    # The plugin boundary: whatever else is raised is what this check is for.
    except Exception as error:
        got = f"{type(error).__name__}: {' '.join(str(error).split())}"
    else:
        got = "an answer"
    subject.fail(
        "missing_files",
        "provenance() to raise sysid.DataNotFoundError where the files are not here",
        got,
        hint,
    )


def _files_at(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(each for each in path.rglob("*") if each.is_file())
    else:
        yield from sorted(each for each in path.parent.glob(f"{path.stem}*") if each.is_file())


def _look(file: Path, whole: bool) -> tuple[object, ...]:
    status = file.stat()
    digest = hashlib.sha256(file.read_bytes()).hexdigest() if whole else ""
    return status.st_size, status.st_mtime_ns, digest
