"""No verb but `fetch` asks for anything beyond this machine: sockets that leave it are refused."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sysid.command.main import cli
from tests.faults.every_verb import NETWORK, VERBS
from tests.faults.watch import leaves_machine

TOP = Path(__file__).resolve().parents[2]


def run_offline(folder: Path, *arguments: str) -> tuple[subprocess.CompletedProcess, str]:
    """Run Python, and every Python that it starts, without a network; return also what was refused."""
    log = folder / "refused.txt"
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=TOP,
        env=os.environ
        | {
            "PYTHONPATH": f"{TOP / 'tests/faults/offline'}:{TOP}",
            "OFFLINE_LOG": str(log),
            "OMP_NUM_THREADS": "1",
        },
        capture_output=True,
        text=True,
        timeout=500,
    )
    return done, log.read_text(encoding="utf-8") if log.exists() else ""


def test_no_verb_but_fetch_leaves_this_machine(tmp_path):
    (tmp_path / "work").mkdir()
    done, refused = run_offline(tmp_path, "-m", "tests.faults.every_verb", str(tmp_path / "work"))
    assert done.returncode == 0, done.stderr
    assert refused == ""
    told = json.loads(done.stdout)
    broken = {line: err for line, (code, err) in told.items() if code != 0}
    assert broken == {}


def test_every_verb_was_run():
    assert set(cli.commands) - NETWORK <= set(VERBS)


@pytest.mark.parametrize("verb", sorted(NETWORK))
def test_fetch_alone_asks_and_is_refused(tmp_path, verb):
    folder = str(tmp_path / "data")
    done, refused = run_offline(tmp_path, "-m", "sysid", verb, "zheng2021_hdf5", "--folder", folder)
    assert done.returncode == 2
    assert "there is no connection" in done.stderr
    assert "socket." in refused


@pytest.mark.parametrize(
    ("event", "arguments", "leaves"),
    [
        ("socket.connect", (None, ("93.184.216.34", 80)), True),
        ("socket.connect", (None, ("127.0.0.1", 80)), False),
        ("socket.connect", (None, "/run/socket"), False),
        ("socket.getaddrinfo", ("example.org", 443, 0, 0, 0), True),
        ("socket.getaddrinfo", ("localhost", 443, 0, 0, 0), False),
        ("socket.sendto", (None, ("8.8.8.8", 53)), True),
        ("open", ("x", "r", 0), False),
    ],
)
def test_the_watch_knows_what_leaves(event, arguments, leaves):
    assert leaves_machine(event, arguments) is leaves
