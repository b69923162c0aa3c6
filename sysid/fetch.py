"""Bring a public recording to this machine, or say exactly how to do it by hand."""

import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from sysid.data_folder import cache_folder
from sysid.disk_trouble import disk_trouble
from sysid.download import (
    PAUSE_S,
    Progress,
    RemoteFile,
    download,
    ignore_progress,
    mismatch,
)
from sysid.errors import SysidError, SysidErrors, did_you_mean
from sysid.fetch_archive import unpack
from sysid.fetch_request import FetchFailedError
from sysid.fetch_source import (
    DEPOSIT,
    DRYAD_URL,
    GITHUB_URL,
    NAMES,
    RELEASED,
    deposit_files,
    dryad_token,
    manual_steps,
    released_files,
)
from sysid.zip_file import BrokenArchiveError

PARTS = ("NeuralData", "Stimuli")  # the two folders of the deposit


def fetch(
    name: str,
    *,
    folder: Path | None = None,
    progress: Progress = ignore_progress,
    dryad_url: str = DRYAD_URL,
    github_url: str = GITHUB_URL,
    pause_s: float = PAUSE_S,
) -> Path:
    """Bring a recording into the data folder, where `find_data` finds it, and return its path.

    Args:
        name: `dryad_4ch10` (Onken et al. 2016) or `zheng2021_hdf5` (released with Zheng et al. 2021).
        folder: where to put it; by default `$SYSID_DATA_DIR`, else the user's cache folder.
        progress: is told bytes done, bytes in total (None = not known) and file name.
        dryad_url, github_url: the servers.
        pause_s: before trying again after a break.

    What is there already is not fetched again, an interrupted download goes on where it stopped, and
    nothing half-done lies where `find_data` looks. Dryad wants a token: `$SYSID_DRYAD_TOKEN`, or
    `$SYSID_DRYAD_CLIENT_ID` and `$SYSID_DRYAD_CLIENT_SECRET`. With `SYSID_OFFLINE=1` nothing is asked for.

    Raises:
        SysidErrors: it cannot be had from here; the first line says why, the others what to do by hand.
        SysidError: there is no recording of that name, or the folder cannot be written to.
    """
    if name not in NAMES:
        raise SysidError(f'fetch: expected {" or ".join(NAMES)}, got "{name}"{did_you_mean(name, NAMES)}')
    folder = (folder or data_folder()).absolute()
    try:
        if name == DEPOSIT:
            return _fetch_deposit(folder, dryad_url, progress, pause_s)
        return _fetch_released(folder / RELEASED, github_url, progress, pause_s)
    except FetchFailedError as error:
        raise SysidErrors((f"{name}: {error}", *manual_steps(name, folder))) from error


def data_folder() -> Path:
    """Return the folder that fetched recordings go to: `$SYSID_DATA_DIR`, else the user's cache folder."""
    named = os.environ.get("SYSID_DATA_DIR")
    return Path(named) if named else cache_folder()


def _fetch_released(folder: Path, github_url: str, progress: Progress, pause_s: float) -> Path:
    files = released_files(github_url)
    with disk_trouble(folder):
        missing = [file for file in files if not _is_there(folder / file.name, file)]
    if missing:
        _check_online()
    for file in missing:
        download(file, folder, progress=progress, pause_s=pause_s)
    return folder


def _is_there(path: Path, file: RemoteFile) -> bool:
    return path.is_file() and not mismatch(path, file)


def _fetch_deposit(folder: Path, dryad_url: str, progress: Progress, pause_s: float) -> Path:
    work = folder / f"{DEPOSIT}.part"  # no name that `find_data` looks for
    present = _find_deposit(folder)
    if present is not None:
        shutil.rmtree(work, ignore_errors=True)
        return present
    _check_online()
    files = deposit_files(dryad_url)
    token = dryad_token(dryad_url)
    with _token_trouble(token):
        paths = [
            download(file, work / "download", token=token, progress=progress, pause_s=pause_s)
            for file in files
        ]
    goal = folder / DEPOSIT
    with disk_trouble(goal):
        tree = work / "tree"
        shutil.rmtree(tree, ignore_errors=True)  # of an interrupted call
        _assemble(paths, tree, progress)
        os.replace(tree, goal)
    shutil.rmtree(work, ignore_errors=True)
    return goal


def _find_deposit(folder: Path) -> Path | None:
    """Return the deposit if it is there, and refuse to put another one beside a broken one."""
    tree, packed = folder / DEPOSIT, folder / f"{DEPOSIT}.zip"
    if tree.exists():
        if missing := [part for part in PARTS if not (tree / part).is_dir()]:
            raise SysidError(
                f"{tree}: expected the folders {' and '.join(PARTS)}, got none named {missing[0]}; "
                "move it away and fetch again"
            )
        return tree
    if packed.exists():
        if not zipfile.is_zipfile(packed):
            raise SysidError(
                f"{packed}: expected a whole zip file, got a broken one; move it away and fetch again"
            )
        return packed
    return None


def _assemble(paths: list[Path], tree: Path, progress: Progress) -> None:
    """Make the deposit's folder from the files that came, whichever way it was packed."""
    tree.mkdir(parents=True)
    archives = [path for path in paths if path.suffix.lower() == ".zip"]
    for archive in archives:
        try:
            unpack(archive, tree, lambda member, stem=archive.stem: _place(member, stem, tree), progress)
        except BrokenArchiveError as error:
            archive.unlink()  # or it would pass for downloaded again where Dryad gave no digest
            raise FetchFailedError(str(error)) from error
    if missing := [part for part in PARTS if not (tree / part).is_dir()]:
        came = ", ".join(sorted(path.name for path in paths))
        raise FetchFailedError(
            f"{paths[0].parent}: expected the folders {' and '.join(PARTS)} in what came, got none named "
            f"{missing[0]} in {came}"
        )
    for path in paths:
        if path not in archives:
            os.replace(path, tree / path.name)


def _place(member: PurePosixPath, stem: str, tree: Path) -> PurePosixPath | None:
    """Say where a packed file belongs, whether or not its zip names NeuralData or Stimuli itself."""
    if "__MACOSX" in member.parts or member.name.startswith("."):
        return None  # what a Mac leaves in a zip
    for part in PARTS:
        if part in member.parts[:-1]:
            return PurePosixPath(*member.parts[member.parts.index(part) :])
    if stem in PARTS:
        return PurePosixPath(stem) / member
    # READMEs and the like, of which several zips may have one each
    return None if (tree / member).exists() else member


@contextmanager
def _token_trouble(token: str) -> Iterator[None]:
    try:
        yield
    except FetchFailedError as error:
        if error.status != 401:
            raise
        why = "the token was refused, it lasts 10 hours" if token else "Dryad gives files for a token only"
        raise FetchFailedError(f"{error}; {why}", status=401) from error


def _check_online() -> None:
    if os.environ.get("SYSID_OFFLINE", "") not in ("", "0"):
        raise FetchFailedError("SYSID_OFFLINE is set, so nothing is asked for over the network")
