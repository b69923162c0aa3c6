"""The house rules that a program can check."""

import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]


def run_ruff(*arguments):
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *arguments, "."], cwd=TOP, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_ruff_finds_nothing():
    run_ruff("check")


def test_the_code_is_formatted():
    run_ruff("format", "--check")
