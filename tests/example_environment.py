"""The plugins of docs/examples, built into wheels and installed into an environment of their own."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import attrs

EXAMPLES = Path(__file__).resolve().parents[1] / "docs" / "examples"
NAMES = tuple(sorted(file.parent.name for file in EXAMPLES.glob("*/pyproject.toml")))


@attrs.frozen
class Environment:
    """An environment that has the examples' wheels, and below it what this one has: sysid, torch, pytest.

    Attributes:
        folder: of the environment.
        copies: of the examples, without their sources.
        wheels: by example.
    """

    folder: Path
    copies: Path
    wheels: dict[str, Path]

    def run(self, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
        """Run its Python in a working folder; nothing but what is installed is on the path."""
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        return subprocess.run(
            [self.folder / "bin" / "python", *arguments],
            cwd=folder,
            env=environment | {"OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=300,
        )


def install_examples(top: Path) -> Environment:
    """Build every example and install its wheel."""
    copies, wheels, folder = top / "copies", top / "wheels", top / "environment"
    # a build writes nothing into the project, and what is built is not what is there untracked
    shutil.copytree(EXAMPLES, copies, ignore=shutil.ignore_patterns("__pycache__", "runs", "dist", ".*"))
    sources = [copies / name for name in NAMES]
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels, *sources)
    venv.create(folder, with_pip=False)
    (packages,) = folder.glob("lib/python*/site-packages")
    # a whole environment would be a minute and gigabytes; this one's packages come after those installed now
    below = sysconfig.get_path("purelib")
    (packages / "below.pth").write_text(f"import site; site.addsitedir({below!r})\n", encoding="utf-8")
    built = {name: next(wheels.glob(f"sysid_{name}-*.whl")) for name in NAMES}
    pip("--python", folder / "bin" / "python", "install", "--no-deps", *built.values())
    for source in sources:
        shutil.rmtree(source / "src")
    return Environment(folder, copies, built)


def pip(*arguments: str | Path) -> None:
    """Run pip without a network."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *map(str, arguments)],
        env=os.environ | {"PIP_NO_INDEX": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
