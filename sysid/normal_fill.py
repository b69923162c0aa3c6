"""Normal numbers for large tensors, drawn by all threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch
from jaxtyping import Float
from torch import Tensor

BLOCK = 30_000  # numbers of one generator; from 32,768 on torch would share one operation among threads


def fill_normal(
    values: Float[Tensor, "*axes"], finish: Callable[[Tensor, int], object] | None = None
) -> Float[Tensor, "*axes"]:
    """Fill a tensor with numbers from N(0, 1), in the order in which it lies in memory, and return it.

    On a CPU torch draws them one after the other. Of a large tensor, here, each block of 30,000 numbers has
    a generator of its own, whose seed comes from torch's global one: the numbers depend on that alone, and
    not on how many threads draw them.

    Args:
        values: without gaps in memory.
        finish: is given each part, a flat view, and the number of its first value, when it is drawn: what
            it does to the part there costs no further way through memory.
    """
    flat = in_memory_order(values)
    blocks = flat.split(BLOCK) if flat.device.type == "cpu" and len(flat) > BLOCK else (flat,)
    seeds = torch.randint(2**62, (len(blocks),)).tolist() if len(blocks) > 1 else []

    def fill(numbers: range) -> None:
        for number in numbers:
            blocks[number].normal_(generator=torch.Generator().manual_seed(seeds[number]) if seeds else None)
            if finish is not None:
                finish(blocks[number], number * BLOCK)

    threads = min(torch.get_num_threads(), len(blocks))
    if threads == 1:
        fill(range(len(blocks)))
        return values
    ends = [len(blocks) * thread // threads for thread in range(threads + 1)]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(fill, map(range, ends, ends[1:])))  # in a list, so that an error is raised here
    return values


def in_memory_order(values: Tensor) -> Float[Tensor, " number"]:
    """Return a flat view of a tensor without gaps, its numbers in the order in which they lie in memory."""
    return values.permute(memory_order(values)).view(-1)


def memory_order(values: Tensor) -> list[int]:
    """Return the axes from the outermost in memory on; of two with one stride, that of length 1 is inside."""
    return sorted(range(values.dim()), key=lambda axis: (-values.stride(axis), -values.shape[axis]))
