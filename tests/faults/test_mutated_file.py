"""Damaged files are read, or refused in one line; never a traceback, a hang, a crash, or memory without end.

`python -m tests.faults.fuzz` does more of it, and prints what it finds.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.reader import READERS

TOP = Path(__file__).resolve().parents[2]


def fuzz(*arguments: str, seconds: float) -> dict[str, dict]:
    """Run the fuzzer in another process, where libraries may crash, and return what came of it by name."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.fuzz", *arguments],
        cwd=TOP,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def outcomes():
    """A few hundred cases of quick readers, fewer of slow ones."""
    return fuzz(*READERS, "--cases", "240", seconds=500)


@pytest.mark.parametrize("reader", READERS)
def test_damaged_files_are_read_or_refused_in_one_line(outcomes, reader):
    outcome = outcomes[reader]
    print(f"{reader}: {outcome['counts']}")
    assert outcome["faults"] == []
    assert sum(outcome["counts"].values()) >= 3


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS)
def test_thousands_of_damaged_files_are_read_or_refused_in_one_line(reader):
    outcome = fuzz(reader, "--cases", "2000", "--first", "1000000", "--each", seconds=3600)[reader]
    print(f"{reader}: {outcome['counts']}")
    assert outcome["faults"] == []
    assert sum(outcome["counts"].values()) == 2000
