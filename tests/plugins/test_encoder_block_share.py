"""Blocks shared among threads: each done once, by a worker that no other thread has."""

import threading

import pytest
import torch

from sysid.thread import limit_threads
from sysid_encoders.block_share import blocks, count_workers, share_blocks
from sysid_encoders.fourier import fourier_conv2d

CPU = torch.device("cpu")


def test_every_block_is_done_once_by_as_many_threads_as_torch_has() -> None:
    done: list[tuple[int, int, int]] = []
    ready = threading.Barrier(3, timeout=10)  # passes only if three are at work at once

    def prepare():
        first = True

        def work(here: slice) -> None:
            nonlocal first
            if first:
                ready.wait()
            first = False
            done.append((here.start, here.stop, threading.get_ident()))

        return work

    with limit_threads(3):
        share_blocks(10, 2, CPU, prepare)
        assert torch.get_num_threads() == 3
    assert sorted(each[:2] for each in done) == [(0, 2), (2, 4), (4, 6), (6, 8), (8, 10)]
    assert len({thread for *_, thread in done}) == 3


@pytest.mark.parametrize("broken", [0, 1])  # this thread's first block, another's
def test_what_a_worker_raises_is_raised_when_all_have_ended(broken: int) -> None:
    done: list[int] = []

    def work(here: slice) -> None:
        if here.start == broken:
            raise ValueError("out of order")
        done.append(here.start)

    with limit_threads(2):
        with pytest.raises(ValueError, match="out of order"):
            share_blocks(4, 1, CPU, lambda: work)
        assert torch.get_num_threads() == 2
    assert sorted(done) == [1 - broken, 3 - broken]


def test_another_number_of_threads_changes_nothing_but_rounding() -> None:
    generator = torch.Generator().manual_seed(1)
    images = torch.randn(5, 2, 9, 11, generator=generator, dtype=torch.float64).requires_grad_()
    kernels = torch.randn(3, 2, 4, 3, generator=generator, dtype=torch.float64).requires_grad_()
    results = []
    for threads in (1, 2, 3):
        with limit_threads(threads):
            maps = fourier_conv2d(images, kernels)
            results.append([maps, *torch.autograd.grad(maps.square().sum(), [images, kernels])])
    for other in results[1:]:
        for one, two in zip(results[0], other, strict=True):
            torch.testing.assert_close(one, two, rtol=0, atol=1e-10)


def test_workers_are_no_more_than_blocks_or_threads_and_scratch_on_meta_is_counted_as_on_a_cpu() -> None:
    assert [count_workers(5, threads, CPU) for threads in (1, 3, 16, 64)] == [1, 3, 5, 5]
    assert count_workers(46, 64, CPU) == 8
    assert count_workers(46, 2, torch.device("meta")) == 2
    assert count_workers(46, 2, torch.device("cuda")) == 1
    assert count_workers(0, 2, CPU) == 1


def test_the_last_block_may_be_smaller() -> None:
    assert list(blocks(5, 2)) == [slice(0, 2), slice(2, 4), slice(4, 5)]
