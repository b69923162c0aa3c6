"""Say early where a file cannot go."""

from pathlib import Path

from sysid.errors import SysidError


def check_place(option: str, path: Path, suffix: str, *, overwrite: bool) -> None:
    """Refuse a name of another kind, a folder that is not there, and a file that may not be overwritten.

    Args:
        option: of the command, that gave the name: `--out`.
        path: of the file.
        suffix: that its name must have: `.nwb`.
        overwrite: whether a file that is there may be replaced.

    Raises:
        SysidError: one of these.
    """
    if path.suffix != suffix:
        raise SysidError(f"{option}: expected a file name in {suffix}, got {path.name}")
    if not path.parent.is_dir():
        raise SysidError(f"{path}: expected a folder to write it into; there is no {path.parent}")
    if path.is_dir():
        raise SysidError(f"{path}: expected the name of a file, got a folder")
    if path.exists() and not overwrite:
        raise SysidError(f"{path}: exists; --overwrite replaces it")
