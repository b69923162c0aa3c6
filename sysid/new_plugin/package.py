"""Make a plugin's package out of templates: all of its files, or none."""

import importlib.metadata
import os
import shutil
from pathlib import Path, PurePosixPath

import attrs
import jinja2
from packaging.version import Version

from sysid.component import HOST, PLURALS, Kind
from sysid.errors import SysidError
from sysid.new_plugin.name import choose_import_name

TEMPLATES = Path(__file__).parent / "template"
COMMON = "common"  # files of every kind; beside it a folder for each
SUFFIX = ".jinja"  # so that nothing takes a template for the Python or TOML that it becomes
PARTS: dict[Kind, str] = {
    "core": "leaky",
    "encoder": "separable",
    "readout": "exponential",
    "dataset": "npz",
    "analysis": "sparseness",
}
"""By kind, the part that a new plugin begins with: its module, and its class with a capital letter."""


@attrs.frozen
class NewPlugin:
    """A plugin that was written.

    Attributes:
        folder: of its package.
        import_name: of its package.
        component: `kind:name` of the part it begins with.
        recipe: that uses it.
    """

    folder: Path
    import_name: str
    component: str
    recipe: Path


def write_plugin(name: str, kind: Kind, parent: Path) -> NewPlugin:
    """Write the package of a plugin with one part that works into a new folder of its name.

    Raises:
        SysidError: the name is taken, the folder is there or cannot be written; nothing is left then.
    """
    import_name = choose_import_name(name)
    folder = parent / name
    if not parent.is_dir():
        raise SysidError(f"--folder {parent}: expected a folder that is there")
    if folder.exists() or folder.is_symlink():
        raise SysidError(f"{folder}: is already there; nothing was written")
    write_folder(folder, render_files(name, import_name, kind))
    return NewPlugin(folder, import_name, f"{kind}:{name}:{PARTS[kind]}", folder / f"{name}.toml")


def render_files(name: str, import_name: str, kind: Kind) -> dict[PurePosixPath, str]:
    """Return every file of the package by its path."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    installed = importlib.metadata.metadata(HOST)
    values = {
        "name": name,
        "package": import_name,
        "kind": kind,
        "plural": PLURALS[kind],
        "part": PARTS[kind],
        "class_name": PARTS[kind].capitalize(),
        "requirement": f"{HOST}{compatible_versions(Version(installed['Version']))}",
        "python_versions": installed["Requires-Python"],
    }
    files = {}
    for template in environment.list_templates(extensions=[SUFFIX.removeprefix(".")]):
        group, _, place = template.removesuffix(SUFFIX).partition("/")
        if group in (COMMON, kind):
            path = place.replace("PACKAGE", import_name).replace("NAME", name)
            files[PurePosixPath(path)] = environment.get_template(template).render(values)
    return files


def compatible_versions(version: Version) -> str:
    """Return which versions of sysid suit a plugin of this one: before 1.0 the second number counts."""
    major, minor = version.major, version.minor
    lowest = version.public if version.is_prerelease else f"{major}.{minor}"
    return f">={lowest},<{f'{major}.{minor + 1}' if major == 0 else major + 1}"


def write_folder(folder: Path, files: dict[PurePosixPath, str]) -> None:
    """Write files into a new folder that appears whole or not at all.

    Raises:
        SysidError: it cannot be written; nothing is left then.
    """
    beside = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        for path, text in files.items():
            (beside / path).parent.mkdir(parents=True, exist_ok=True)
            (beside / path).write_text(text, encoding="utf-8")
        os.rename(beside, folder)
    except OSError as error:
        raise SysidError(f"{folder}: cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)  # there only where something went wrong
