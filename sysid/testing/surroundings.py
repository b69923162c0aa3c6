"""What belongs to the whole process and to no part of a model."""

import contextlib
import os
from collections.abc import Iterator

import numpy as np
import torch

HINT = {
    "torch's generator": "`torch.manual_seed`, or noise and dropout that do not ask `self.training`",
    "numpy's generator": "`np.random.…`; take `np.random.default_rng(seed)` with a seed of your own key",
    "torch's default dtype": "`torch.set_default_dtype`",
    "torch's default device": "`torch.set_default_device`",
    "whether gradients are on": "`torch.set_grad_enabled` in place of `with torch.no_grad()`",
    "torch's threads": "`torch.set_num_threads`; the recipe says how many there are",
    "torch's deterministic algorithms": "`torch.use_deterministic_algorithms`",
    "the working directory": "`os.chdir`",
}

Surroundings = dict[str, object]


def look_around() -> Surroundings:
    """Return the state of the process by name, in a form that can be compared."""
    kind, keys, *rest = np.random.get_state()  # noqa: NPY002  # to see whether anybody used it
    return {
        "torch's generator": torch.get_rng_state().numpy().tobytes(),
        "numpy's generator": (kind, np.asarray(keys).tobytes(), *rest),
        "torch's default dtype": torch.get_default_dtype(),
        "torch's default device": str(torch.get_default_device()),
        "whether gradients are on": torch.is_grad_enabled(),
        "torch's threads": torch.get_num_threads(),
        "torch's deterministic algorithms": torch.are_deterministic_algorithms_enabled(),
        "the working directory": os.getcwd(),
    }


def changed_surroundings(before: Surroundings, but: tuple[str, ...] = ()) -> list[str]:
    """Return the names of what has changed since, but for some."""
    now = look_around()
    return [name for name, value in before.items() if name not in but and now[name] != value]


@contextlib.contextmanager
def guarded() -> Iterator[Surroundings]:
    """Hand out the state of the process and bring it back after the `with` block, whatever was done in it."""
    before = look_around()
    generators = torch.get_rng_state(), np.random.get_state()  # noqa: NPY002  # to restore
    device = torch.get_default_device()
    try:
        yield before
    finally:
        torch.set_rng_state(generators[0])
        np.random.set_state(generators[1])  # noqa: NPY002  # to restore
        if changed_surroundings(before):
            _restore(before, device)


def _restore(before: Surroundings, device: torch.device) -> None:
    torch.set_default_dtype(before["torch's default dtype"])  # type: ignore[arg-type]  # by name
    if torch.get_default_device() != device:
        torch.set_default_device(device)
    torch.set_grad_enabled(bool(before["whether gradients are on"]))
    torch.set_num_threads(int(str(before["torch's threads"])))
    torch.use_deterministic_algorithms(bool(before["torch's deterministic algorithms"]))
    os.chdir(str(before["the working directory"]))
