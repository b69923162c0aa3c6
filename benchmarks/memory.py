"""Peak memory of one contender, in a process of its own, where nothing else was ever allocated.

Measured as Linux counts resident pages. Elsewhere there is no way to forget the peak of what came before (the
imports, the making of the problem), so nothing is measured there rather than something else.
"""

import gc
import re
import subprocess
import sys
from itertools import islice
from pathlib import Path

import attrs

from benchmarks.comparison import Call
from benchmarks.part import find_part, sizes_of
from sysid.memory_reuse import keep_freed_memory
from sysid.thread import limit_threads

RESET_PEAK = Path("/proc/self/clear_refs")
STATUS = Path("/proc/self/status")
CLONE = Path(__file__).resolve().parents[1]


@attrs.frozen
class Peak:
    """Bytes of resident memory.

    Attributes:
        process: of the whole process at its peak.
        grown: that the call took beyond what was there before: libraries and the problem's data.
    """

    process: int
    grown: int


def peak_in_new_process(
    part: str, kind: str, number: int, contender: str, *, quick: bool, threads: int
) -> Peak | None:
    """Return the peak of one call; None where it cannot be measured, or the process was killed.

    Args:
        part: name of the part.
        kind: "comparison" or "growth".
        number: of the comparison or growth within its part.
        contender: its name, or the value of the size that grows.
        quick: whether tiny sizes are meant.
        threads: of the processor.
    """
    if not RESET_PEAK.exists():
        return None
    words = [part, kind, str(number), contender, str(int(quick)), str(threads)]
    command = [sys.executable, "-m", "benchmarks.memory", *words]
    done = subprocess.run(command, cwd=CLONE, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode < 0:  # killed by a signal, as the kernel does where memory runs out
        return None
    done.check_returncode()
    return Peak(*map(int, done.stdout.split()))


def peak_of(call: Call) -> Peak:
    """Return the peak of a call in this process; memory that was freed before and kept counts as there."""
    gc.collect()
    RESET_PEAK.write_text("5")  # Linux's word for: the peak is what is resident now
    before = read_kibibytes("VmRSS")
    kept = call()  # alive while the peak is read
    peak = read_kibibytes("VmHWM")
    del kept
    return Peak(peak << 10, max(peak - before, 0) << 10)


def read_kibibytes(what: str) -> int:
    """Return one entry of the process's status in KiB."""
    found = re.search(rf"^{what}:\s+(\d+) kB$", STATUS.read_text(), re.M)
    assert found is not None, what
    return int(found[1])


def find_call(part: str, kind: str, number: int, contender: str, *, quick: bool) -> Call:
    """Make one problem of a part again, and return one contender's call."""
    module = find_part(part)
    sizes = sizes_of(module, quick=quick)
    if kind == "growth":
        return next(islice(module.growths(sizes), number, None)).prepare(int(contender))
    return next(islice(module.comparisons(sizes), number, None)).contenders[contender].call


def main(part: str, kind: str, number: str, contender: str, quick: str, threads: str) -> None:
    """Print both figures of a peak, in bytes."""
    with keep_freed_memory(), limit_threads(int(threads)):  # as a training does
        peak = peak_of(find_call(part, kind, int(number), contender, quick=bool(int(quick))))
    print(peak.process, peak.grown)


if __name__ == "__main__":
    main(*sys.argv[1:])
