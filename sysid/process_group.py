"""The processes that train one model at the moment, and what they tell one another; one process hears itself.

A group exists for the length of one training (see `sysid.crew`). Whatever the first process does beside it,
such as an analysis that trains models of its own, concerns no other.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor

from sysid.errors import SysidError
from sysid.place import Place, own_place

PATIENCE = timedelta(minutes=30)  # for one another: longer than any step, validation or save

_members: list[Place] = []  # this process's own place while it belongs to a group


@contextmanager
def join_group(store: dist.Store, device: torch.device) -> Iterator[None]:
    """Belong to the group of all processes, for the length of a `with` block that all of them enter.

    gloo carries what lies on CPUs, NCCL what lies on GPUs.
    """
    place = own_place()
    backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
    dist.init_process_group(backend, store=store, rank=place.rank, world_size=place.count, timeout=PATIENCE)
    _members.append(place)
    try:
        yield
    finally:
        _members.clear()
        dist.destroy_process_group()


def lost_touch(error: RuntimeError) -> bool:
    """Say whether an error means that another process broke off; torch has no class for all of them."""
    return isinstance(error, dist.DistError) or "gloo" in str(error).lower()


def group_size() -> int:
    """Return how many processes train together at the moment; one where this one is alone."""
    return _members[0].count if _members else 1


def own_rank() -> int:
    """Return the rank of this process in the group; 0 where it is alone."""
    return _members[0].rank if _members else 0


def any_process(claim: bool) -> bool:
    """Say whether a claim is true in any process of the group; all of them ask at once."""
    if not _members:
        return claim
    claims = torch.tensor(int(claim))
    dist.all_reduce(claims, dist.ReduceOp.MAX)
    return bool(claims)


def mean_over_processes(value: Tensor) -> Tensor:
    """Return the mean of a tensor over the processes of the group, without a gradient."""
    if not _members:
        return value.detach()
    total = value.detach().clone()
    dist.all_reduce(total)
    return total / group_size()


def as_first(*numbers: float) -> tuple[float, ...]:
    """Return the numbers that the first process of the group has, so that all decide alike."""
    if not _members:
        return numbers
    shared = torch.tensor(numbers, dtype=torch.float64)
    dist.broadcast(shared, src=0)
    return tuple(shared.tolist())


def first_word(said: str) -> str:
    """Return what the first process of the group that has anything to say said; all of them ask at once."""
    if not _members:
        return said
    words: list[str] = [""] * group_size()
    dist.all_gather_object(words, said)
    return next(filter(None, words), "")


def own_device(chosen: torch.device) -> torch.device:
    """Return where this process computes: of GPUs, that of its number on its machine.

    Raises:
        SysidError: the machine has fewer GPUs than processes, or a device that processes cannot share.
    """
    place = own_place()
    if place.count == 1 or chosen.type == "cpu":
        return chosen
    if chosen.type != "cuda" or chosen.index is not None:
        raise SysidError(
            f'training.device: expected "cuda" (each of the {place.count} processes takes the GPU of its '
            f'number) or "cpu", got "{chosen}"'
        )
    if torch.cuda.device_count() < place.local_count:
        raise SysidError(
            f"training.device: expected a GPU for each of the {place.local_count} processes of this machine, "
            f"got {torch.cuda.device_count()}"
        )
    return torch.device("cuda", place.local_rank)
