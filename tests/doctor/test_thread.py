"""Tests of sysid/doctor/thread.py."""

import os

import pytest

from sysid.doctor import thread
from sysid.doctor.thread import examine_threads

NAMES = (*thread.COUNTS, "OMP_PROC_BIND", "OMP_WAIT_POLICY")


@pytest.fixture
def machine(monkeypatch):
    """Set the cores that may be used, those there are, the limit of a container, and the load."""

    def pretend(allowed=4, there=8, limit=None, load=0.5, **environment):
        monkeypatch.setattr(thread, "count_cores", lambda: allowed)
        monkeypatch.setattr(os, "cpu_count", lambda: there)
        monkeypatch.setattr(thread, "core_limit", lambda: limit)
        monkeypatch.setattr(os, "getloadavg", lambda: (load, 0.0, 0.0), raising=False)
        for name in NAMES:
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return list(examine_threads())

    return pretend


def test_a_quiet_machine_has_one_remark(machine):
    (remark,) = machine(OMP_NUM_THREADS="4")
    assert (remark.level, remark.says) == ("ok", "4 of 8 cores may be used")


def test_the_limit_of_a_container_is_told(machine):
    _, remark = machine(limit=2.5)
    assert (remark.level, remark.says) == (
        "note", "a limit of the container or job grants the time of 2.5 of these cores",
    )  # fmt: skip
    assert remark.remedy == "keep training.threads × --jobs at 2"
    assert len(machine(limit=4.0)) == 1


def test_fewer_cores_than_recipes_have_threads_is_told(machine):
    _, remark = machine(allowed=1)
    assert remark.says == "recipes that do not say otherwise compute with 2 threads, which share 1 core"
    assert "training.threads=1" in remark.remedy


@pytest.mark.parametrize(
    ("name", "value", "level", "said"),
    [
        ("OMP_NUM_THREADS", "many", "problem", 'OMP_NUM_THREADS: expected a number of threads, got "many"'),
        ("MKL_NUM_THREADS", "0", "problem", 'MKL_NUM_THREADS: expected a number of threads, got "0"'),
        ("OMP_NUM_THREADS", "16,2", "note", "OMP_NUM_THREADS = 16,2 asks for more threads than the cores"),
        ("OMP_PROC_BIND", "CLOSE", "note", "OMP_PROC_BIND = close ties threads to cores"),
        ("OMP_WAIT_POLICY", "active", "note", "OMP_WAIT_POLICY = active lets threads spin"),
    ],
)
def test_settings_of_openmp_against_the_cores_are_told(machine, name, value, level, said):
    _, remark = machine(**{name: value})
    assert remark.level == level
    assert remark.says.startswith(said)
    assert name in remark.remedy


def test_a_busy_machine_is_told(machine):
    _, remark = machine(load=24.2)
    assert (remark.level, remark.says) == ("note", "the machine is busy: 24 tasks want 8 cores")
