"""Find recipes: files, and the recipes that ship with sysid by name."""

from pathlib import Path

from sysid.errors import SysidError, did_you_mean

PACKAGE = Path(__file__).resolve().parent


def bundled_recipes() -> dict[str, Path]:
    """Return the recipes that ship with sysid: inside an installed wheel, beside an editable install."""
    inside, beside = PACKAGE / "bundled_recipes", PACKAGE.parent / "recipes"
    is_checkout = (PACKAGE.parent / "pyproject.toml").is_file()  # in site-packages `recipes` is a stranger's
    folder = beside if is_checkout and not inside.is_dir() else inside
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def find_recipe(path_or_name: str | Path) -> Path:
    """Return the file of a recipe that is given by path, or by name where it ships with sysid.

    Raises:
        SysidError: there is neither; the line names what is near.
    """
    path = Path(path_or_name)
    bundled = bundled_recipes()
    try:
        if path.is_dir() and str(path_or_name) not in bundled:
            raise SysidError(f"{path}: expected a recipe file, got a folder")
        if path.exists() and not path.is_dir():
            return path
        neighbours = [str(other) for other in sorted(path.parent.glob("*.toml"))]
    except OSError as error:
        raise SysidError(f"{path}: expected a readable file, got: {error.strerror}") from error
    if str(path_or_name) in bundled:
        return bundled[str(path_or_name)]
    near = did_you_mean(str(path), [*neighbours, *bundled]) or did_you_mean(path.stem, bundled)
    raise SysidError(
        f"{path}: no such file, nor a recipe that ships with sysid"
        + (near or f"; these do: {', '.join(bundled) or 'none'}")
    )
