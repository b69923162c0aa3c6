"""Random numbers for a batch: those that one process would draw, however many processes share it."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import FunctionCtx

from sysid.normal_fill import fill_normal, in_memory_order, memory_order
from sysid.shared_batch import Share, own_share


def normal_like(values: Float[Tensor, "row *axes"]) -> Float[Tensor, "row *axes"]:
    """Return numbers from N(0, 1), from torch's global generator, in the shape of `values`.

    Axis 0 is batch, or batch·time. Several processes that share a batch each draw for all of it, in the order
    in memory that the whole would have, and keep their rows: so noise does not depend on their number.

    Args:
        values: only their shape, type, device and order in memory matter.
    """
    return draw_rows(values, fill_normal)


def add_normal(values: Float[Tensor, "row *axes"], sd: float) -> Float[Tensor, "row *axes"]:
    """Return values + N(0, sd²), with the numbers of `normal_like`; gradients pass as they are.

    Args:
        values: axis 0 is batch, or batch·time.
        sd: standard deviation of the noise, in the unit of the values.
    """
    return _AddNormal.apply(values, sd)


class _AddNormal(Function):
    """Scale numbers and add values to them while they are at hand: one way through memory, not three."""

    @staticmethod
    def forward(ctx: FunctionCtx, values: Tensor, sd: float) -> Tensor:
        noisy = torch.empty_like(values)
        if own_share() is not None or noisy.stride() != values.stride():
            return normal_like(values).mul_(sd).add_(values)
        flat = in_memory_order(values.detach())  # threads of their own would record a gradient
        return fill_normal(noisy, lambda part, start: part.mul_(sd).add_(flat[start : start + len(part)]))

    @staticmethod
    def backward(ctx: FunctionCtx, grown: Tensor) -> tuple[Tensor, None]:
        return grown, None


def draw_rows(
    values: Float[Tensor, "row *axes"], draw: Callable[[Tensor], Tensor]
) -> Float[Tensor, "row *axes"]:
    """Return this process's rows of what `draw` makes of an empty tensor for the whole batch."""
    share = own_share()
    if share is None:
        return draw(torch.empty_like(values))
    return draw(_whole_like(values, share))[share.rows(len(values))]


def _whole_like(values: Tensor, share: Share) -> Tensor:
    """Return an empty tensor for all rows of a batch, its axes ordered in memory as those of `values` are."""
    shape = (share.all_rows(len(values)), *values.shape[1:])
    if values.is_contiguous():
        return values.new_empty(shape)
    order = memory_order(values)
    laid_out = values.new_empty([shape[axis] for axis in order])
    return laid_out.permute([order.index(axis) for axis in range(values.dim())])
