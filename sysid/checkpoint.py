"""The full state of a training, in one safetensors file: tensors, and numbers as JSON in its header."""

import json
import os
import re
from pathlib import Path
from typing import Any

import attrs
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from sysid.atomic import write_whole
from sysid.errors import SysidError
from sysid.json_file import parse_json
from sysid.migration import check_format
from sysid.stored_shape import FLAG, NUMBER, table

FORMAT = 1  # of a training state; a change of layout raises it


@attrs.define
class Progress:
    """Where a training stands.

    Attributes:
        epoch: being trained, from 0.
        step: the next one of that epoch.
        steps: taken since the start.
        loss_sum: of the epoch's steps so far, weighted by their samples.
        best_score: the lowest monitored loss, infinite before the first.
        best_epoch: when it was reached.
        stopped: whether the patience ran out.
        log_bytes: how long `metrics.jsonl` was; anything after is cut off on resume.
        seconds: spent training.
        skipped: steps that were left out since the start, as their loss or gradients were not finite.
        skipped_in_row: of these, the last ones without a step between them.
        skipped_samples: of the epoch's steps that were left out.
    """

    epoch: int = 0
    step: int = 0
    steps: int = 0
    loss_sum: float = 0.0
    best_score: float = float("inf")
    best_epoch: int = -1
    stopped: bool = False
    log_bytes: int = 0
    seconds: float = 0.0
    skipped: int = 0
    skipped_in_row: int = 0
    skipped_samples: int = 0


@attrs.define(eq=False)
class TrainingState:
    """Everything that the next step depends on."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    best: dict[str, Tensor]
    progress: Progress


def save_state(path: Path, state: TrainingState) -> None:
    """Write the state whole or not at all."""
    header = {"format": str(FORMAT), "progress": json.dumps(attrs.asdict(state.progress))}
    _write_tensors(path, tensors_of(state), header)


def tensors_of(state: TrainingState) -> dict[str, Tensor]:
    """Return all tensors of a state by name: `model/`, `best/` and `optimizer/`."""
    tensors = {f"model/{name}": value for name, value in state.model.state_dict().items()}
    tensors |= {f"best/{name}": value for name, value in state.best.items()}
    for number, values in state.optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer/{number}/{name}": torch.as_tensor(value) for name, value in values.items()}
    return tensors


def load_state(path: Path, state: TrainingState) -> None:
    """Bring a saved state back into `state`.

    Raises:
        SysidError: the file is broken or belongs to another model.
    """
    try:
        tensors, header = read_tensors(path)
    except SysidError as error:
        raise SysidError(f"{error}; remove it to train this run from the start") from error
    check_format(header.get("format"), FORMAT, path)
    if _below("model/", tensors).keys() != state.model.state_dict().keys():
        raise SysidError(f"{path}: expected the weights of this model, got those of another")
    progress = _read_progress(path, header)
    try:
        take_tensors(state, tensors)
    except (RuntimeError, ValueError, KeyError) as error:  # other shapes, or optimizer entries of other names
        raise SysidError(
            f"{path}: expected the state of this training, got another ({' '.join(str(error).split())}); "
            "remove it to train this run from the start"
        ) from error
    state.progress = progress


def _read_progress(path: Path, header: dict[str, str]) -> Progress:
    where = f"{path}: progress"
    values = parse_json(header.get("progress", "null"), where, "where a training stands")
    table({name: FLAG if name == "stopped" else NUMBER for name in attrs.fields_dict(Progress)})(
        values, where
    )
    return Progress(**{name: values[name] for name in attrs.fields_dict(Progress)})


def take_tensors(state: TrainingState, tensors: dict[str, Tensor]) -> None:
    """Bring back what `tensors_of` returned."""
    state.model.load_state_dict(_below("model/", tensors))
    state.best = _below("best/", tensors)
    moments: dict[int, dict[str, Tensor]] = {}
    for name, value in _below("optimizer/", tensors).items():
        number, _, what = name.partition("/")
        moments.setdefault(int(number), {})[what] = value
    groups = state.optimizer.state_dict()["param_groups"]
    state.optimizer.load_state_dict({"state": moments, "param_groups": groups})


def _below(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name[len(prefix) :]: value for name, value in tensors.items() if name.startswith(prefix)}


def save_weights(path: Path, weights: dict[str, Tensor], header: dict[str, str]) -> None:
    """Write weights as safetensors, on the CPU whatever device made them."""
    _write_tensors(path, weights, header)


def _write_tensors(path: Path, tensors: dict[str, Tensor], header: dict[str, str]) -> None:
    """Write tensors, from whatever device, whole or not at all."""
    copies = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}

    def write(beside: Path) -> None:
        try:
            save_file(copies, beside, header)
        except SafetensorError as error:  # a full disk, which is no OSError to safetensors
            raise _as_of_system(error) from error
        beside.chmod(path.parent.stat().st_mode & 0o666)  # safetensors leaves it to its owner alone

    write_whole(path, write)


def _as_of_system(error: SafetensorError) -> OSError:
    """Return what the system said to safetensors, which tells it in words alone."""
    found = re.search(r"\(os error (\d+)\)", str(error))
    return OSError(int(found[1]), os.strerror(int(found[1]))) if found else OSError(str(error))


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the tensors of a safetensors file, on the CPU, and its header.

    Raises:
        SysidError: the file is missing or broken.
    """
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118  # not a mapping
    except (OSError, SafetensorError) as error:
        raise SysidError(f"{path}: expected weights as safetensors: {error}") from error
