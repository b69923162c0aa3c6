"""How much memory a training could have."""

from collections.abc import Iterator
from pathlib import Path

from sysid.byte_count import write_gib
from sysid.doctor.cgroup import memory_left_bytes, memory_limit_bytes
from sysid.doctor.remark import Remark
from sysid.estimate import BASE_BYTES
from sysid.job_share import memory_bytes

MEMORY_FILE = Path("/proc/meminfo")
LITTLE_BYTES = 2 * BASE_BYTES  # libraries and a small model
ENOUGH_BYTES = 4 << 30  # a model of Zheng et al. 2021 takes half of it
ASK = "`sysid check RECIPE` says what a run takes"


def examine_memory() -> Iterator[Remark]:
    """Yield a remark on the memory that is free here, within the limit of a container or job."""
    total, free = memory_bytes(), free_bytes()
    limit, left = memory_limit_bytes(), memory_left_bytes()
    if limit is not None and (total is None or limit < total):
        known = [each for each in (free, left) if each is not None]
        yield judge(min(known, default=None), limit, " of the container or job")
    elif free is not None and total is not None:
        yield judge(free, total, "")
    elif total is not None:
        yield judge(None, total, "")
    else:
        yield Remark("note", "this system does not say how much memory there is", ASK)


def judge(free: int | None, total: int, whose: str) -> Remark:
    """Say whether memory suffices for a training."""
    if free is None:
        return Remark("ok", f"{write_gib(total)} of memory{whose}; how much is free is not known here")
    says = f"{write_gib(free)} of {write_gib(total)} of memory{whose} are free"
    if free < LITTLE_BYTES:
        least = f"; the smallest training takes {write_gib(BASE_BYTES)}"
        return Remark("problem", says + least, "end other programs, or ask for more memory")
    if free < ENOUGH_BYTES:
        return Remark("note", f"{says}, which may be little for large models", ASK)
    return Remark("ok", says)


def free_bytes(file: Path = MEMORY_FILE) -> int | None:
    """Return how much memory the machine could give, None where it does not say."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError:  # no Linux
        return None
    for line in lines:
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return int(value.split()[0]) * 1024  # in kB, which are 1024 bytes
    return None
