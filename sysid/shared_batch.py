"""One batch, computed by several processes: who has which samples, and what concerns all of them.

Every process has a contiguous run of a batch's samples. Its loss is such that the average over processes,
which is what `DistributedDataParallel` takes of gradients, is the loss of the whole batch.
"""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import attrs
import torch
import torch.distributed as dist
from jaxtyping import Float, Shaped
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import FunctionCtx

from sysid.process_group import group_size, own_rank


@attrs.frozen
class Share:
    """The samples of a batch that this process computes: `start` to `stop`, of `total`."""

    start: int
    stop: int
    total: int

    def rows(self, axis: int) -> slice:
        """Return which rows of the whole are this process's, of which `axis` are its own.

        An axis 0 that is batch·time has a fixed number of rows for every sample.
        """
        own = self.stop - self.start
        if axis % own:
            raise ValueError(
                f"axis 0 has {axis} rows for {own} samples of a shared batch: it must be batch, or batch·time"
            )
        each = axis // own
        return slice(self.start * each, self.stop * each)

    def all_rows(self, axis: int) -> int:
        """Return how many rows all processes have together, where this one has `axis`."""
        return self.total * (axis // (self.stop - self.start))


_shares: list[Share] = []  # of the batch that is being computed, where it is shared


@contextmanager
def share_batch(samples: int) -> Iterator[slice]:
    """Divide a batch of so many samples among the processes; within the `with` block it counts as shared.

    Gives the samples of this process. A batch with fewer samples than there are processes is not divided:
    each process computes all of it, which averages to the same.
    """
    count = group_size()
    if count == 1 or samples < count:
        yield slice(None)
        return
    share = Share(samples * own_rank() // count, samples * (own_rank() + 1) // count, samples)
    _shares.append(share)
    try:
        yield slice(share.start, share.stop)
    finally:
        _shares.pop()


def own_share() -> Share | None:
    """Return this process's share of the batch that is being computed; None where it has all of it."""
    return _shares[-1] if _shares else None


def batch_sum(values: Shaped[Tensor, "*axes"]) -> Shaped[Tensor, "*axes"]:
    """Return the sum of a tensor over the processes that share a batch, with its gradient.

    For whatever a part computes over its batch, such as a penalty on activity: what is summed over the
    samples of one process goes through this function. With one process it returns its argument.

    Args:
        values: what this process has summed over its samples; of one shape in all processes.
    """
    return _Sum.apply(values) if _shares else values


def batch_length(values: Shaped[Tensor, "row *axes"]) -> int:
    """Return how many rows all processes that share a batch have together, where this one has `values`.

    With one process this is `len(values)`.

    Args:
        values: axis 0 is batch, or batch·time.
    """
    return _shares[-1].all_rows(len(values)) if _shares else len(values)


class _Sum(Function):
    """Sum over processes, forward and backward.

    What is minimised is the mean of all processes' losses, each of which holds the sum; so ∂ of what one
    process adds to it, times the number of processes, is the sum of all ∂ of the sum. As
    torch.distributed.nn.functional.all_reduce, which is deprecated.
    """

    @staticmethod
    def forward(ctx: FunctionCtx, values: Tensor) -> Tensor:
        total = values.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: FunctionCtx, gradient: Tensor) -> Tensor:
        return _Sum.apply(gradient)


def gather_rows(values: Float[Tensor, "row *axes"]) -> Float[Tensor, "every_row *axes"]:
    """Return the rows of all processes that share a batch, in the order of the batch, without gradients.

    Axis 0 is batch.
    """
    if not _shares:
        return values
    share, count = _shares[-1], group_size()
    ends = [share.total * rank // count for rank in range(count + 1)]
    rows = [stop - start for start, stop in itertools.pairwise(ends)]
    padded = values.new_zeros(max(rows), *values.shape[1:])
    padded[: len(values)] = values
    pieces = [torch.empty_like(padded) for _ in rows]
    dist.all_gather(pieces, padded)
    return torch.cat([piece[:length] for piece, length in zip(pieces, rows, strict=True)])
