"""A command in a process of its own: what memory it took, and what `sysid check` had said before."""

import os
import subprocess
import sys
import time
from pathlib import Path

import attrs

from sysid.examination import examine
from sysid.recipe import load_recipe
from tests.peak_memory import PEAK

TOP = Path(__file__).resolve().parents[1]
COMMAND = f"""{PEAK}
import sys
from sysid.command.main import main

try:
    main()
finally:
    print("peak", peak_bytes(), file=sys.stderr)
"""


@attrs.frozen
class Load:
    """What a command took.

    Attributes:
        peak_bytes: the most memory that was resident.
        seconds: on the clock.
    """

    peak_bytes: int
    seconds: float


def carry(*arguments: object, site: Path | None = None) -> Load:
    """Carry out a command of sysid, with the plugins of a site folder, and return what it took."""
    path = os.pathsep.join(str(each) for each in (TOP, site) if each is not None)
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Load(int(done.stderr.split()[-1]), time.monotonic() - began)


def predict_bytes(recipe: Path) -> int:
    """Return the memory that `sysid check` states for the largest run of a recipe."""
    return max(each.estimate.memory_bytes for each in examine(load_recipe(recipe), timing=False))
