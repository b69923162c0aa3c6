"""Say early where an NWB file cannot go."""

from pathlib import Path

from sysid.errors import SysidError


def check_place(path: Path, *, overwrite: bool) -> None:
    """Refuse a name of another kind, a folder that is not there, and a file that may not be overwritten.

    Raises:
        SysidError: one of these.
    """
    if path.suffix != ".nwb":
        raise SysidError(f"--out: expected a file name in .nwb, got {path.name}")
    if not path.parent.is_dir():
        raise SysidError(f"{path}: expected a folder to write it into; there is no {path.parent}")
    if path.is_dir():
        raise SysidError(f"{path}: expected the name of a file, got a folder")
    if path.exists() and not overwrite:
        raise SysidError(f"{path}: exists; --overwrite replaces it")
