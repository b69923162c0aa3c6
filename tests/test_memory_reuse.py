"""Memory that stays with the process."""

import platform
import subprocess
import sys

import pytest

from sysid import memory_reuse
from sysid.memory_reuse import keep_freed_memory

TOUCH = """
import contextlib, resource, sys
import torch
from sysid.memory_reuse import keep_freed_memory

def resident():
    pages = int(open("/proc/self/statm").read().split()[1])
    return pages * resource.getpagesize() / 2**20

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def use():
    return float(torch.ones(32 << 20, dtype=torch.uint8)[0])  # 32 MiB

with keep_freed_memory() if sys.argv[1] == "keep" else contextlib.nullcontext():
    for _ in range(12):  # an aligned block first needs a gap a little larger than itself
        use()
    before = faults()
    for _ in range(4):
        use()
    print(faults() - before)
    inside = resident()
print(inside - resident())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="no glibc")
def test_pages_are_entered_once_and_given_back_at_the_end() -> None:
    keep, default = (
        [
            float(line)
            for line in subprocess.run(
                [sys.executable, "-c", TOUCH, how], capture_output=True, text=True, check=True
            ).stdout.split()
        ]
        for how in ("keep", "default")
    )
    assert keep[0] < 1000 < default[0]  # page faults: 8192 pages each time
    assert keep[1] > 25  # MiB given back


def test_does_nothing_where_there_is_no_glibc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_reuse.ctypes, "CDLL", lambda name: object())
    with keep_freed_memory():
        pass
