"""What each of several jobs has of the machine; where that is too little, one line says so."""

import os

import attrs

from sysid.byte_count import write_gib
from sysid.device import choose_device
from sysid.errors import SysidError
from sysid.examination import examine
from sysid.place import own_place
from sysid.planned_run import PlannedRun
from sysid.recipe import Recipe
from sysid.reporter import Reporter
from sysid.thread import count_cores


def check_jobs(jobs: int) -> None:
    """Refuse a number of jobs that means nothing.

    Raises:
        SysidError: less than one, or several beside the processes of `torchrun`.
    """
    if jobs < 1:
        raise SysidError(f"jobs: expected at least 1, got {jobs}")
    if jobs > 1 and own_place().count > 1:
        raise SysidError(
            f"jobs: expected 1 under torchrun, whose {own_place().count} processes train one model together, "
            f"got {jobs}"
        )


def warn_of_share(recipe: Recipe, runs: list[PlannedRun], jobs: int, reporter: Reporter) -> None:
    """Say what `jobs` runs at once ask more of than the machine has: cores, memory."""
    threads = max(each.plan.training.threads for each in runs)
    if line := complain_of_cores(jobs, threads, count_cores()):
        reporter.note(line)
    memory = memory_bytes()
    if memory is not None and (line := complain_of_memory(jobs, estimates(recipe, runs), memory)):
        reporter.warn(line)


def complain_of_cores(jobs: int, threads: int, cores: int) -> str:
    """Say that jobs have fewer cores than threads, and what would help; nothing where they have enough.

    Threads are never changed behind a recipe's back: equal bits need an equal number of them.
    """
    if jobs * threads <= cores:
        return ""
    of_threads = "1 thread" if threads == 1 else f"{threads} threads"
    have = f"{jobs} jobs of {of_threads} on {cores} core{'s' if cores > 1 else ''}"
    if jobs <= cores:
        return f"{have}: set training.threads = {cores // jobs} to give each its share"
    return f"{have}: more jobs than cores gain nothing"


def complain_of_memory(jobs: int, needed: list[int], memory: int) -> str:
    """Say that the largest runs do not fit into memory together; nothing where they do.

    Args:
        jobs: runs at once.
        needed: bytes that each run takes at its peak, where known.
        memory: bytes of the machine.
    """
    together = sum(sorted(needed, reverse=True)[:jobs])
    if together <= memory:
        return ""
    return (
        f"{jobs} jobs may take {write_gib(together)} of memory together, "
        f"and this machine has {write_gib(memory)}: fewer jobs are safer"
    )


def estimates(recipe: Recipe, runs: list[PlannedRun]) -> list[int]:
    """Return the bytes that each run on the CPU takes at its peak, as `sysid check` states them."""
    plans = tuple(
        attrs.evolve(each.plan, dataset=each.source.dataset, dataset_component=each.source.component)
        for each in runs
        if choose_device(each.plan.training.device).type == "cpu"
    )
    known = {
        (found.variant, found.dataset): found.estimate.memory_bytes
        for found in examine(attrs.evolve(recipe, runs=plans), timing=False)
        if found.estimate is not None
    }
    names = [(plan.variant, plan.dataset_name) for plan in plans]
    return [known[name] for name in names if name in known]


def memory_bytes() -> int | None:
    """Return how much memory the machine has, or None where the system does not say."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
