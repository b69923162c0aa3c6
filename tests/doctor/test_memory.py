"""Tests of sysid/doctor/memory.py."""

import pytest

from sysid.doctor import memory
from sysid.doctor.memory import examine_memory, free_bytes

GIB = 1 << 30


@pytest.fixture
def machine(monkeypatch):
    """Set the memory of the machine, what of it is free, and the limit of a container with what is left."""

    def pretend(total=16 * GIB, free=8 * GIB, limit=None, left=None):
        monkeypatch.setattr(memory, "memory_bytes", lambda: total)
        monkeypatch.setattr(memory, "free_bytes", lambda: free)
        monkeypatch.setattr(memory, "memory_limit_bytes", lambda: limit)
        monkeypatch.setattr(memory, "memory_left_bytes", lambda: left)
        (remark,) = examine_memory()
        return remark.level, remark.says

    return pretend


def test_what_is_free_is_judged(machine):
    assert machine() == ("ok", "8.0 GiB of 16.0 GiB of memory are free")
    level, says = machine(free=2 * GIB)
    assert (level, says) == (
        "note",
        "2.0 GiB of 16.0 GiB of memory are free, which may be little for large models",
    )
    level, says = machine(free=GIB // 2)
    assert level == "problem"
    assert says == "0.5 GiB of 16.0 GiB of memory are free; the smallest training takes 0.4 GiB"


def test_the_limit_of_a_container_counts_where_it_is_tighter(machine):
    assert machine(limit=6 * GIB, left=5 * GIB) == (
        "ok", "5.0 GiB of 6.0 GiB of memory of the container or job are free",
    )  # fmt: skip
    assert machine(free=4 * GIB, limit=6 * GIB, left=5 * GIB)[1].startswith("4.0 GiB of 6.0 GiB")
    assert machine(limit=64 * GIB, left=60 * GIB)[1] == "8.0 GiB of 16.0 GiB of memory are free"


def test_what_a_system_does_not_say_is_said(machine):
    assert machine(free=None) == ("ok", "16.0 GiB of memory; how much is free is not known here")
    assert machine(total=None, free=None)[0] == "note"


def test_free_memory_is_what_linux_could_give(tmp_path):
    file = tmp_path / "meminfo"
    file.write_text("MemTotal:       16000 kB\nMemFree:          10 kB\nMemAvailable:   9000 kB\n")
    assert free_bytes(file) == 9000 * 1024
    assert free_bytes(tmp_path / "none") is None
