"""Normal numbers for large tensors, drawn by all threads."""

from concurrent.futures import ThreadPoolExecutor

import torch
from jaxtyping import Float
from torch import Tensor

BLOCK = 1 << 18  # numbers of one generator: a millisecond of work


def fill_normal(values: Float[Tensor, "*axes"]) -> Float[Tensor, "*axes"]:
    """Fill a tensor with numbers from N(0, 1), in the order in which it lies in memory, and return it.

    On a CPU torch draws them one after the other. Of a large tensor, here, each block of 262,144 numbers has
    a generator of its own, whose seed comes from torch's global one: the numbers depend on that alone, and
    not on how many threads draw them.
    """
    flat = in_memory_order(values)
    if values.device.type != "cpu" or flat.numel() <= BLOCK:
        flat.normal_()
        return values
    blocks = flat.split(BLOCK)
    seeds = torch.randint(2**62, (len(blocks),)).tolist()

    def fill(block: Tensor, seed: int) -> None:
        block.normal_(generator=torch.Generator().manual_seed(seed))

    with ThreadPoolExecutor(torch.get_num_threads()) as threads:
        list(threads.map(fill, blocks, seeds))  # in a list, so that an error is raised here
    return values


def in_memory_order(values: Tensor) -> Float[Tensor, " number"]:
    """Return a flat view of a tensor without gaps, its numbers in the order in which they lie in memory."""
    order = sorted(range(values.dim()), key=lambda axis: (-values.stride(axis), -values.shape[axis]))
    return values.permute(order).view(-1)
