"""Say what is wrong with a file that was to be NWB 2, before pynwb is asked."""

import re
from pathlib import Path

import h5py

from sysid import SysidError, check_dataset
from sysid_datasets.neurodata.library_error import READ_ERRORS, shorten
from sysid_datasets.neurodata.listing import list_some

TRUNCATED = re.compile(r"truncated file: eof = (\d+).*stored_eof = (\d+)")
CONVERT = "NWB 1 is not read; convert the file to NWB 2, or look for a newer release of it"
ZARR = (
    "a folder of NWB in Zarr, which is not read: open it with NWBZarrIO of the package hdmf-zarr, and have "
    'pynwb.NWBHDF5IO("session.nwb", "w") export it, src_io that and write_args={"link_data": False}'
)
ZARR_FILES = (".zgroup", ".zmetadata", "zarr.json")
REQUIRED = (
    "identifier",
    "session_description",
    "session_start_time",
    "timestamps_reference_time",
    "file_create_date",
)
MOST_AXES_WHOLE = 2
MOST_NAMES = 6  # of what a file holds, in a message


def check_file(path: Path) -> None:
    """Refuse what is no whole NWB 2 file, and links that lead nowhere.

    Raises:
        SysidError: with the reason.
    """
    if path.is_dir():
        raise SysidError(f"{path}: expected an NWB file, got {ZARR if is_zarr(path) else 'a folder'}")
    if not path.exists():
        raise SysidError(f"{path}: expected an NWB file, got nothing: there is no such file")
    try:
        with h5py.File(path, "r") as file:
            _check_version(path, file)
            _check_required(path, file)
            _check_links(path, file)
            _check_datasets(path, file)
    except READ_ERRORS as error:
        raise SysidError(f"{path}: {_explain(path, error)}") from error


def is_zarr(path: Path) -> bool:
    """Say whether a folder is NWB in Zarr, by its name or by what lies in every folder of Zarr."""
    if not path.is_dir():
        return False
    return path.name.endswith(".nwb.zarr") or any((path / name).is_file() for name in ZARR_FILES)


def _explain(path: Path, error: Exception) -> str:
    if isinstance(error, PermissionError):
        return "expected a file that can be read, got no permission; `chmod u+r` gives it to its owner"
    line = shorten(error)
    cut = TRUNCATED.search(line)
    if cut:
        return f"expected {int(cut[2]):,} bytes, got {int(cut[1]):,}: the file is cut short; fetch it again"
    if path.stat().st_size == 0:
        return "expected an NWB file, got an empty file"
    if "signature not found" in line:
        return "expected an NWB file, which is HDF5, got another format"
    return f"expected an HDF5 file that can be read, got {line}"


def _check_version(path: Path, file: h5py.File) -> None:
    """Refuse HDF5 that does not say it is NWB 2."""
    version = file.attrs.get("nwb_version")
    if version is None:
        stored = file.get("nwb_version")  # a dataset in NWB 1
        if isinstance(stored, h5py.Dataset) and not stored.shape:
            version = stored[()]
    if version is None:
        held = list_some(list(file), MOST_NAMES) or "nothing"
        raise SysidError(f"{path}: expected an NWB file, got HDF5 without nwb_version, which holds {held}")
    text = version.decode(errors="replace") if isinstance(version, bytes) else str(version)
    number = re.search(r"\d+", text)
    if number is None:
        raise SysidError(f'{path}: nwb_version: expected a version such as 2.7.0, got "{text}"')
    if int(number[0]) < 2:
        raise SysidError(f"{path}: nwb_version: expected 2 or above, got {text}; {CONVERT}")


def _check_required(path: Path, file: h5py.File) -> None:
    """Refuse a file without what pynwb takes to be there."""
    for name in REQUIRED:
        if name not in file:
            raise SysidError(f"{path}: {name}: expected this dataset, which NWB requires, got none")


def _check_links(path: Path, file: h5py.File) -> None:
    """Refuse a link that leads nowhere: pynwb would leave it out as if it had never been there."""

    def find_broken(name: str, link: object) -> str | None:
        if isinstance(link, h5py.HardLink) or _leads_somewhere(file, name):
            return None
        if isinstance(link, h5py.ExternalLink):
            target = f'"{link.path}" in the file "{link.filename}"'
            return f"{name}: expected what it links to, {target}, got nothing; put that file beside this one"
        return f'{name}: expected what it links to, "{link.path}" in the same file, got nothing'

    broken = file.visititems_links(find_broken)
    if broken is not None:
        raise SysidError(f"{path}: {broken}")


def _check_datasets(path: Path, file: h5py.File) -> None:
    """Refuse datasets that read from files which are not named in any link, or swell without end."""

    def find_wrong(name: str, held: h5py.Group | h5py.Dataset) -> SysidError | None:
        try:
            if isinstance(held, h5py.Dataset):
                # frames and traces are read piece by piece, tables and times whole
                check_dataset(held, f"{path}: {name}", whole=len(held.shape or ()) <= MOST_AXES_WHOLE)
        except SysidError as error:  # which h5py would turn into another
            return error
        return None

    def find_wrong_behind(name: str, link: object) -> SysidError | None:
        if not isinstance(link, h5py.ExternalLink):
            return None
        held = file[name]
        behind = held.visititems(find_wrong) if isinstance(held, h5py.Group) else None
        return behind or find_wrong(name, held)

    wrong = file.visititems(find_wrong) or file.visititems_links(find_wrong_behind)
    if wrong is not None:
        raise wrong


def _leads_somewhere(file: h5py.File, name: str) -> bool:
    try:
        return file.get(name) is not None
    except (OSError, RuntimeError):
        return False
