import errno
import fcntl
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from sysid.errors import SysidError
from sysid.lock import hold
from sysid.run_folder import RunFolder, open_folder

HOLD = """
import pathlib, sys, time
from sysid.lock import hold
from sysid.run_folder import RunFolder
with hold(RunFolder(pathlib.Path(sys.argv[1]))):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path):
    run = RunFolder(tmp_path / "seed0")
    open_folder(run, {"state": "begun", "digest": "abc"}, "text")
    return run


def test_a_second_process_is_told_who_holds_the_folder_until_that_is_killed(folder):
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder.path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(SysidError) as error, hold(folder):
            pass
        since = folder.information()["process"]["since"]
        assert str(error.value) == (
            f"{folder.path}: process {other.pid} on {platform.node()} is at work on this run since {since}; "
            "wait for it, or end it"
        )
        assert timedelta(0) <= datetime.now(UTC) - datetime.fromisoformat(since) < timedelta(minutes=10)
    finally:
        other.kill()
        other.communicate()
    with hold(folder):
        assert folder.information()["process"]["pid"] == os.getpid()


def test_a_run_that_does_not_say_yet_who_holds_it_is_one_line(folder):
    descriptor = os.open(folder.path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with (
            pytest.raises(SysidError, match="another process is at work on this run; wait for it"),
            hold(folder),
        ):
            pass
    finally:
        os.close(descriptor)


def test_a_file_system_without_locks_is_worked_on_all_the_same(folder, monkeypatch):
    def refuse(*_arguments):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    with hold(folder):
        assert folder.information()["process"]["pid"] == os.getpid()


def test_a_folder_can_be_held_again_and_nothing_is_left_in_it(folder):
    before = sorted(folder.path.iterdir())
    for _ in range(2):
        with hold(folder):
            pass
    assert sorted(folder.path.iterdir()) == before
