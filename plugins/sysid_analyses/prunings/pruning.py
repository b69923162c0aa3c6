"""Take kernels out of a network's first layer by its weights, without training it again."""

import copy
from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from sysid_analyses.first_layer.first_kernel import has_kernels

COUNTS = 12
NEARLY_ONE = 1 - 1e-6  # a saturated tanh or ELU rounds to 1 or −1, which no finite drive gives

# What a constant activity after the activation is before it.
INVERSES: dict[type[nn.Module], Callable[[Tensor], Tensor]] = {
    nn.Identity: lambda activity: activity,
    nn.ReLU: lambda activity: activity,  # activity is never negative
    nn.Tanh: lambda activity: torch.atanh(activity.clamp(-NEARLY_ONE, NEARLY_ONE)),
    nn.ELU: lambda activity: torch.where(activity > 0, activity, torch.log1p(activity.clamp(-NEARLY_ONE, 0))),
}


def why_not_prunable(encoder: nn.Module) -> str:
    """Say in a sentence why kernels cannot be taken out of an encoder; nothing where they can."""
    if not has_kernels(encoder):
        return "the encoder has no kernels: it does not begin with a convolution over the pixels"
    first = encoder.get_submodule("layers.0")
    if "divisive_normalization" in dict(first.named_children()):
        return "kernels of the first layer divide one another's maps, so that none can be taken out by itself"
    activation = first.activation
    if type(activation) not in INVERSES:
        return f"a kernel cannot be taken out before an activation of kind {type(activation).__name__}"
    return ""


def default_counts(kernels: int) -> tuple[int, ...]:
    """Return up to 12 numbers of kernels to keep, 1 to all, closer together where few are left."""
    steps = (np.arange(1, COUNTS + 1) / COUNTS) ** 2
    return tuple(np.unique(np.maximum(1, np.round(kernels * steps))).astype(int).tolist())


@torch.no_grad()
def remove_kernels(
    encoder: nn.Module, removed: Int[np.ndarray, " removed"], activity: Float[Tensor, " kernel"]
) -> nn.Module:
    """Return a copy of an encoder in which some first kernels give a constant map, whatever they are shown.

    Only weights change, so that the copy fits wherever the encoder did. With an activity of zero it predicts
    what the smaller network does that lacks these kernels in its first layer, that layer's batch norm and the
    inputs of its second. With batch norm the gain becomes 0 and the bias the drive that gives the activity,
    without it the kernel 0 and the bias likewise.

    Args:
        encoder: one that `why_not_prunable` has nothing against.
        removed: numbers of kernels.
        activity: (kernel,), of every kernel, what its map holds once it is removed, after the activation.
    """
    pruned = copy.deepcopy(encoder)
    layer = pruned.get_submodule("layers.0")
    drive = INVERSES[type(layer.activation)](activity)
    chosen = torch.from_numpy(removed)
    scaled = layer.batch_norm if "batch_norm" in dict(layer.named_children()) else layer.convolution
    scaled.weight[chosen] = 0
    scaled.bias[chosen] = drive[chosen].to(scaled.bias.dtype)
    return pruned
