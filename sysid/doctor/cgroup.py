"""What a container, or a job of a cluster, may use of its machine: Linux control groups, version 2 and 1."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")
NO_LIMIT_BYTES = 1 << 60  # version 1 writes a number near 2^63 where there is no limit


def memory_limit_bytes(root: Path = ROOT, membership: Path = MEMBERSHIP) -> int | None:
    """Return how much memory this process may have by all of its groups; None where none has a limit."""
    return min((limit for _, limit in _memory_limits(root, membership)), default=None)


def memory_left_bytes(root: Path = ROOT, membership: Path = MEMBERSHIP) -> int | None:
    """Return how much of that is left, of whichever group has least; None where none has a limit.

    What the kernel keeps of files counts as used, though it would give it back.
    """
    left = []
    for folder, limit in _memory_limits(root, membership):
        used = _text(folder / "memory.current") or _text(folder / "memory.usage_in_bytes")
        if used.isdigit():
            left.append(max(0, limit - int(used) + _file_cache_bytes(folder)))
    return min(left, default=None)


def core_limit(root: Path = ROOT, membership: Path = MEMBERSHIP) -> float | None:
    """Return of how many cores this process may have the time, None where there is no limit."""
    limits = []
    for folder in _folders(root, membership, "cpu"):
        quota, _, period = _text(folder / "cpu.max").partition(" ")
        if not period:
            quota, period = _text(folder / "cpu.cfs_quota_us"), _text(folder / "cpu.cfs_period_us")
        if quota.isdigit() and period.isdigit() and int(period):
            limits.append(int(quota) / int(period))
    return min(limits, default=None)


def _file_cache_bytes(folder: Path) -> int:
    """Return what a group holds of files and has not used lately, which the kernel takes back when needed."""
    for line in _text(folder / "memory.stat").splitlines():
        name, _, value = line.partition(" ")
        if name in ("inactive_file", "total_inactive_file") and value.isdigit():
            return int(value)
    return 0


def _memory_limits(root: Path, membership: Path) -> Iterator[tuple[Path, int]]:
    """Yield every group that has a limit, in bytes."""
    for folder in _folders(root, membership, "memory"):
        text = _text(folder / "memory.max") or _text(folder / "memory.limit_in_bytes")
        if text.isdigit() and int(text) < NO_LIMIT_BYTES:
            yield folder, int(text)


def _folders(root: Path, membership: Path, controller: str) -> Iterator[Path]:
    """Yield the groups of this process, from its own up to the root, where a container may see only that."""
    for line in _text(membership).splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        top = root / controller if controllers else root
        group = top / path.lstrip("/")
        yield from (each for each in (group, *group.parents) if each.is_relative_to(top) and each.is_dir())


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
