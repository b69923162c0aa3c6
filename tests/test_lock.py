import os
import subprocess
import sys

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
        with pytest.raises(SysidError, match=f"process {other.pid} is at work on this run"), hold(folder):
            pass
    finally:
        other.kill()
        other.communicate()
    with hold(folder):
        assert folder.information()["process"] == os.getpid()


def test_a_folder_can_be_held_again_and_nothing_is_left_in_it(folder):
    before = sorted(folder.path.iterdir())
    for _ in range(2):
        with hold(folder):
            pass
    assert sorted(folder.path.iterdir()) == before
