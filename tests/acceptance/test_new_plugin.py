"""Acceptance 1 of new plugins: from the built wheel to a trained plugin in a fresh environment, and back."""

import json
import os
import subprocess
import sys
from pathlib import Path

import attrs
import numpy as np
import pytest

TOP = Path(__file__).resolve().parents[2]
RUN = Path("runs/acme/leaky/retina-simulated/fold0/seed0")


@attrs.frozen
class Shell:
    """A fresh environment, and an empty folder to work in."""

    environment: Path
    folder: Path

    def __call__(self, program: str, *arguments: str | Path, code: int = 0) -> str:
        """Run a program of the environment and return what it wrote."""
        done = subprocess.run(
            [self.environment / "bin" / program, *map(str, arguments)],
            cwd=self.folder,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
            | {"PIP_CONSTRAINT": str(TOP / "constraints.txt"), "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=1800,
        )
        assert done.returncode == code, done.stdout
        return done.stdout


@pytest.fixture(scope="module")
def shell(tmp_path_factory) -> Shell:
    """An environment with the wheel of this checkout and nothing else that is ours."""
    top = tmp_path_factory.mktemp("fresh")
    (top / "empty").mkdir()
    subprocess.run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", top, TOP], check=True)
    subprocess.run([sys.executable, "-m", "venv", top / "environment"], check=True)
    shell = Shell(top / "environment", top / "empty")
    shell("pip", "install", "-q", next(top.glob("neural_sysid-*.whl")))
    return shell


@pytest.mark.slow
def test_a_new_plugin_is_installed_tested_trained_and_removed_and_its_run_explains_itself(shell):
    said = shell("sysid", "new-plugin", "acme", "--kind", "core")
    assert said.startswith("acme: a package with core:acme:leaky; next:\n")
    shell("pip", "install", "-q", "./acme[test]")
    assert " passed" in shell("python", "-m", "pytest", "-q", "acme").splitlines()[-1]
    assert "core:acme:leaky" in shell("sysid", "plugins")
    shell("sysid", "run", "acme/acme.toml", "--set", "training.epochs=2")
    parts = json.loads((shell.folder / RUN / "run.json").read_text(encoding="utf-8"))["parts"]
    assert (parts["core"]["use"], parts["core"]["version"]) == ("acme:leaky", "0.1.0")

    shell("pip", "uninstall", "-q", "-y", "acme")
    came = 'core "acme:leaky" came from acme 0.1.0, which is not installed: '
    again = f"`pip install {shell.folder / 'acme'}`"
    report = shell("sysid", "report", "runs/acme")
    assert report.splitlines() == [
        f"note: {came}{again}; the report is made from the run folders alone",
        "runs/acme/summary/report.html",
    ]
    np.save(shell.folder / "movie.npy", np.zeros((12, 10, 10), dtype=np.uint8))
    asked = ("predict", RUN, "--stimulus", "movie.npy", "--out", "rates.npy")
    assert shell("sysid", *asked, code=2) == f"{RUN}: {came}{again}\n"

    shell("pip", "install", "-q", "./acme")
    assert "rates of 8 neurons" in shell("sysid", *asked)
