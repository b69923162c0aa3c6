"""A process of several, seen from the command; played here by scripts that load nothing."""

import signal
import sys
import time
from queue import SimpleQueue

import pytest

from sysid import job_process
from sysid.job_process import JobProcess, environment, explain_end

ANSWERS = """
import os, sys
print("a warning", file=sys.stderr, flush=True)
for line in sys.stdin:
    os.write(1, b'{"heard": ' + line.strip().encode() + b'}\\n')
os.write(1, b'{"half a wo')
"""
DEAF = """
import signal, time
print('{"deaf": true}', flush=True)
time.sleep(60)
"""
LEAVES_A_CHILD = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"])
"""


def start(monkeypatch, script):
    events = SimpleQueue()
    monkeypatch.setattr(job_process, "COMMAND", (sys.executable, "-c", script))
    return JobProcess(events), events


def test_it_hears_answers_and_prints_and_the_end(monkeypatch):
    process, events = start(monkeypatch, ANSWERS)
    process.ask_to_stop()
    process.part()
    heard = [events.get_nowait() for _ in range(3)]
    assert {each for each, _ in heard} == {process}
    messages = [message for _, message in heard]
    assert messages[-1] == {"ended": 0}
    assert {"heard": {"stop": True}} in messages
    assert {"printed": "a warning"} in messages
    assert events.empty()


def test_words_to_a_process_that_has_ended_are_lost_in_silence(monkeypatch):
    process, events = start(monkeypatch, "raise SystemExit(3)")
    assert events.get(timeout=20) == (process, {"ended": 3})
    process.ask_to_stop()
    process.part()
    process.ask_to_stop()


def test_a_process_that_does_not_leave_is_ended(monkeypatch):
    process, events = start(monkeypatch, DEAF)
    assert events.get(timeout=20) == (process, {"deaf": True})
    monkeypatch.setattr(job_process, "PARTING_S", 0.1)
    process.part()
    assert events.get_nowait() == (process, {"ended": -signal.SIGKILL})


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the child keeps the pipe open, which is the point
def test_a_child_that_is_left_behind_delays_nothing(monkeypatch):
    monkeypatch.setattr(job_process, "LAST_WORDS_S", 0.1)
    started = time.monotonic()
    process, events = start(monkeypatch, LEAVES_A_CHILD)
    assert events.get(timeout=20) == (process, {"ended": 0})
    process.part()
    assert time.monotonic() - started < 20


def test_a_process_finds_the_packages_that_this_one_has(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", "/somewhere"])
    assert environment()["PYTHONPATH"] == f"{tmp_path}:/somewhere"


def test_an_end_is_explained():
    assert explain_end(-signal.SIGKILL) == (
        "its process was killed (SIGKILL), as the system does where memory runs out"
    )
    assert explain_end(-signal.SIGSEGV) == "its process was killed (SIGSEGV)"
    assert explain_end(3) == "its process ended with exit code 3"
