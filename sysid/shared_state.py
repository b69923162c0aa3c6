"""The state of a training, brought from the first of several processes to all others."""

import attrs
import torch
import torch.distributed as dist

from sysid.checkpoint import Progress, TrainingState, take_tensors, tensors_of
from sysid.process_group import group_size, own_rank


def share_state(state: TrainingState) -> None:
    """Give every process of the group the state of the first, which alone reads and writes files."""
    if group_size() == 1:
        return
    first = own_rank() == 0
    own = tensors_of(state)
    table = [(attrs.asdict(state.progress), {name: (list(t.shape), t.dtype) for name, t in own.items()})]
    dist.broadcast_object_list(table, src=0)
    progress, shapes = table[0]
    tensors = {
        name: own[name].cpu().contiguous() if first else torch.empty(shape, dtype=dtype)
        for name, (shape, dtype) in shapes.items()
    }
    for tensor in tensors.values():
        dist.broadcast(tensor, src=0)
    if not first:
        take_tensors(state, tensors)
        state.progress = Progress(**progress)
