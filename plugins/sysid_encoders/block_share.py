"""Blocks of work shared among threads, of which each keeps to its own."""

import functools
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait

import torch

Work = Callable[[slice], None]

MOST_WORKERS = 8  # each has scratch space of its own


def share_blocks(count: int, block: int, device: torch.device, prepare: Callable[[], Work]) -> None:
    """Do slices of at most `block`, from 0 to `count`, each on one of several threads.

    Divided among threads within every operation, a block would go from one core's cache to another's again
    and again: twice the time where cores have no cache in common. So each thread takes whole blocks.

    Args:
        count: of what is cut into blocks.
        block: how much goes into one.
        device: of the tensors; only a processor's threads share.
        prepare: makes scratch space and returns what does one block; called in this thread, once for each.
    """
    slices = list(blocks(count, block))
    threads = torch.get_num_threads()
    workers = [prepare() for _ in range(count_workers(len(slices), threads, device))]
    shares = [slices[number :: len(workers)] for number in range(len(workers))]
    if len(workers) == 1 or device.type != "cpu":
        for work, own in zip(workers, shares, strict=True):
            carry_out(work, own)
        return
    each = threads // len(workers)
    pool = _pool(os.getpid())
    others = [
        pool.submit(carry_out_beside, each, work, own)
        for work, own in zip(workers[1:], shares[1:], strict=True)
    ]
    try:
        torch.set_num_threads(each)
        carry_out(workers[0], shares[0])
    finally:
        wait(others)
        torch.set_num_threads(threads)
    for other in others:
        other.result()  # raises what it raised


def count_workers(blocks: int, threads: int, device: torch.device) -> int:
    """Return how many share so many blocks; scratch space is counted on the meta device as on a CPU."""
    return max(1, min(blocks, threads, MOST_WORKERS)) if device.type in ("cpu", "meta") else 1


def carry_out(work: Work, slices: list[slice]) -> None:
    """Do some blocks, one by one."""
    for here in slices:
        work(here)


def carry_out_beside(threads: int, work: Work, slices: list[slice]) -> None:
    """Do some blocks on a thread of the pool, which knows nothing of another's settings."""
    torch.set_num_threads(threads)
    with torch.no_grad():
        carry_out(work, slices)


def blocks(count: int, block: int) -> Iterator[slice]:
    """Yield slices of at most `block`, from 0 to `count`."""
    for start in range(0, count, block):
        yield slice(start, min(count, start + block))


@functools.lru_cache(maxsize=1)
def _pool(_process: int) -> ThreadPoolExecutor:
    """Return the threads beside the one that asks; a forked process has none of its parent's."""
    return ThreadPoolExecutor(MOST_WORKERS - 1, thread_name_prefix="spectra")
