"""Batch norm over a batch that several processes share."""

import torch
import torch.distributed as dist
from jaxtyping import Float
from torch import Tensor, nn
from torch.autograd import Function
from torch.autograd.function import FunctionCtx, once_differentiable
from torch.nn import functional

from sysid.device import widen
from sysid.process_group import group_size
from sysid.shared_batch import own_share

BatchNorm = nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d


class GlobalBatchNorm(nn.Module):
    """Normalise by the statistics of the whole batch, in the place of one of torch's batch norms.

    Ioffe and Szegedy (2015), arXiv:1502.03167. Parameters and buffers are those of the batch norm it is made
    from, under the same names. torch has `nn.SyncBatchNorm` for this, which refuses CPUs.
    """

    weight: nn.Parameter | None
    bias: nn.Parameter | None
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(self, local: BatchNorm):
        super().__init__()
        self.eps, self.momentum = local.eps, local.momentum
        for name in ("weight", "bias"):
            self.register_parameter(name, getattr(local, name))
        for name in ("running_mean", "running_var", "num_batches_tracked"):
            self.register_buffer(name, getattr(local, name))
        self.train(local.training)

    def forward(self, values: Float[Tensor, "row channel *axes"]) -> Float[Tensor, "row channel *axes"]:
        """Return values at zero mean and unit variance per channel, times weight, plus bias.

        Raises:
            ValueError: in training, a single value per channel, which has no variance.
        """
        if not (self.training or self.running_mean is None):
            return self._normalize(values, self.running_mean, self.running_var, training=False)
        factor = self._count_batch()
        if own_share() is None:
            return self._normalize(values, self.running_mean, self.running_var, training=True, factor=factor)
        normalized, mean, variance, count = _Normalize.apply(values, self.weight, self.bias, self.eps)
        if count == 1:
            raise ValueError("expected more than one value per channel in training")
        if self.training and self.running_mean is not None and self.running_var is not None:
            unbiased = variance * (count / (count - 1))
            self.running_mean.lerp_(mean.to(self.running_mean.dtype), factor)
            self.running_var.lerp_(unbiased.to(self.running_var.dtype), factor)
        return normalized

    def _normalize(
        self,
        values: Tensor,
        mean: Tensor | None,
        variance: Tensor | None,
        *,
        training: bool,
        factor: float = 0.0,
    ) -> Tensor:
        return functional.batch_norm(
            values, mean, variance, self.weight, self.bias, training, factor, self.eps
        )

    def _count_batch(self) -> float:
        """Count one batch in training and return the weight of its statistics in the running ones."""
        if not self.training or self.num_batches_tracked is None:
            return self.momentum or 0.0
        self.num_batches_tracked.add_(1)
        return 1.0 / float(self.num_batches_tracked) if self.momentum is None else self.momentum

    def reset_running_stats(self) -> None:
        """Forget the running statistics, as torch's own does."""
        if self.running_mean is None or self.running_var is None or self.num_batches_tracked is None:
            return
        self.running_mean.zero_()
        self.running_var.fill_(1)
        self.num_batches_tracked.zero_()


class _Normalize(Function):
    """Normalise by statistics over all processes; the gradient counts what each value does to all others."""

    @staticmethod
    def forward(
        ctx: FunctionCtx, values: Tensor, weight: Tensor | None, bias: Tensor | None, epsilon: float
    ) -> tuple[Tensor, Tensor, Tensor, int]:
        wide = widen(values)
        mean, variance, count = gather_statistics(wide)
        mean, variance = mean.to(wide.dtype), variance.to(wide.dtype)
        ctx.save_for_backward(values, weight, mean, variance)
        ctx.epsilon, ctx.count = epsilon, count
        ctx.mark_non_differentiable(mean, variance)
        normalized = functional.batch_norm(wide, mean, variance, weight, bias, False, 0.0, epsilon)
        return normalized.to(values.dtype), mean, variance, count

    @staticmethod
    @once_differentiable
    def backward(
        ctx: FunctionCtx, gradient: Tensor, *_: object
    ) -> tuple[Tensor, Tensor | None, Tensor | None, None]:
        """Return ∂values = g·w/σ − (Σg + x̂·Σ(g·x̂))·w/(σN), Σ over all processes; ∂weight and ∂bias are own.

        Those of all processes are summed with the other weights' gradients.
        """
        values, weight, mean, variance = ctx.saved_tensors
        wide = widen(values)
        direct, own_product, own_sum = torch.ops.aten.native_batch_norm_backward(
            widen(gradient), wide, weight, mean, variance, None, None, False, ctx.epsilon, [True, True, True]
        )
        sums = torch.stack([own_sum, own_product]).to(wide.dtype)  # Σg, Σ(g·x̂)
        own = sums.clone()
        dist.all_reduce(sums)
        inverse = torch.rsqrt(variance + ctx.epsilon)
        scale = inverse if weight is None else inverse * weight
        slope = -scale * inverse * sums[1] / ctx.count  # of x̂ = (x − mean)·inverse
        shift = -scale * sums[0] / ctx.count - slope * mean
        shape = (-1, *(1,) * (values.dim() - 2))  # channel and the axes behind it
        direct.addcmul_(wide, slope.view(shape)).add_(shift.view(shape))
        own_weight = None if weight is None else own[1].to(weight.dtype)
        own_bias = own[0].to(weight.dtype) if weight is not None and ctx.needs_input_grad[2] else None
        return direct.to(values.dtype), own_weight, own_bias, None


def gather_statistics(
    values: Float[Tensor, "row channel *axes"],
) -> tuple[Float[Tensor, " channel"], Float[Tensor, " channel"], int]:
    """Return mean and variance per channel over all processes, in double precision, and the count.

    Processes exchange mean and variance of their own, not sums of squares, which would cancel (Chan, Golub
    and LeVeque 1983): M = Σ nᵢmᵢ/N, V = Σ nᵢ(vᵢ + (mᵢ − M)²)/N.
    """
    axes = [axis for axis in range(values.dim()) if axis != 1]
    variance, mean = torch.var_mean(values, axes, correction=0)
    counts = torch.full_like(mean, values.numel() / values.shape[1], dtype=torch.float64)
    own = torch.stack([counts, mean.double(), variance.double()])
    pieces = [torch.empty_like(own) for _ in range(group_size())]
    dist.all_gather(pieces, own)
    counts, means, variances = torch.stack(pieces, dim=1)  # process channel each
    count = counts.sum(dim=0)
    mean = (counts * means).sum(dim=0) / count
    variance = (counts * (variances + (means - mean).square())).sum(dim=0) / count
    return mean, variance, int(count[0])
