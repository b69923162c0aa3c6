"""Packages with one plugin that are really installed, in a site folder of the test's own."""

import contextlib
import importlib
import shutil
import sys
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

LEAKY = """
    import attrs, sysid, torch
    from torch import nn

    @attrs.frozen
    class Leaky(sysid.Core):
        '''Keep a share of every feature, an idea for tests (Nobody 2026).'''

        share: float = sysid.key("that is kept", default=0.5, above=0, at_most=1)

        def build(self, input_shape):
            return Scaled(self.share)

    class Scaled(nn.Module):
        def __init__(self, share):
            super().__init__()
            self.share = nn.Parameter(torch.tensor(share))

        def forward(self, features):
            return features * self.share, features.new_zeros(())

    @sysid.hookimpl
    def sysid_cores():
        return {"leaky": Leaky}
"""
"""A core `leaky` with one key, `share`."""


@attrs.frozen
class Site:
    """A folder on the path that packages are installed into and removed from."""

    folder: Path

    def install(
        self,
        code: str,
        plugin: str = "acme",
        package: str = "acme-sysid",
        version: str = "1.2",
        requires: str = "",
    ) -> None:
        """Install a package, in place of another version of it."""
        self.remove(package)
        stem = package.replace("-", "_")
        information = self.folder / f"{stem}-{version}.dist-info"
        information.mkdir()
        (self.folder / f"{stem}_module.py").write_text(textwrap.dedent(code), encoding="utf-8")
        needs = f"Requires-Dist: {requires}\n" if requires else ""
        (information / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n{needs}", encoding="utf-8"
        )
        (information / "entry_points.txt").write_text(
            f"[sysid]\n{plugin} = {stem}_module\n", encoding="utf-8"
        )
        importlib.invalidate_caches()

    def install_project(self, project: Path) -> None:
        """Install a package from its folder, which has its pyproject.toml and its modules below `src`."""
        shutil.copytree(project / "src", self.folder, dirs_exist_ok=True)
        about = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
        write_metadata(self.folder, about["project"])
        importlib.invalidate_caches()

    def remove(self, package: str = "acme-sysid") -> None:
        """Uninstall a package, if it is there."""
        stem = package.replace("-", "_")
        for information in self.folder.glob(f"{stem}-*.dist-info"):
            shutil.rmtree(information)
        (self.folder / f"{stem}_module.py").unlink(missing_ok=True)
        shutil.rmtree(self.folder / "__pycache__", ignore_errors=True)
        self.forget()

    def forget(self) -> None:
        """Take all that was imported from it away again."""
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", None) or "").startswith(f"{self.folder}/"):
                del sys.modules[name]
        importlib.invalidate_caches()


def write_metadata(folder: Path, project: dict[str, Any]) -> None:
    """Leave the metadata that an installer writes for the table `[project]` of a pyproject.toml."""
    information = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    information.mkdir(parents=True)
    lines = ["Metadata-Version: 2.1", f"Name: {project['name']}", f"Version: {project['version']}"]
    lines += [f"Requires-Dist: {requirement}" for requirement in project["dependencies"]]
    (information / "METADATA").write_text("\n".join(lines) + "\n", encoding="utf-8")
    groups = [
        f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in points.items())
        for group, points in project["entry-points"].items()
    ]
    (information / "entry_points.txt").write_text("\n".join(groups), encoding="utf-8")


@contextlib.contextmanager
def on_path(folder: Path) -> Iterator[Site]:
    """Put a folder on the path for a `with` block, and take all that was imported from it away again."""
    folder.mkdir(parents=True, exist_ok=True)
    place = Site(folder)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield place
    finally:
        if str(folder) in sys.path:
            sys.path.remove(str(folder))
        place.forget()
