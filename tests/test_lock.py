import os
import subprocess
import sys

import pytest

from sysid.errors import SysidError
from sysid.lock import hold

HOLD = """
import pathlib, sys, time
from sysid.lock import hold
with hold(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_process_is_told_who_holds_the_folder_until_it_is_killed(tmp_path):
    other = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(SysidError, match=f"process {other.pid} is at work on this run"), hold(tmp_path):
            pass
    finally:
        other.kill()
        other.communicate()
    with hold(tmp_path):
        assert (tmp_path / ".lock").read_text() == str(os.getpid())


def test_a_folder_can_be_held_again(tmp_path):
    for _ in range(2):
        with hold(tmp_path):
            pass
