"""Where the computing happens: the one place that names devices."""

from contextlib import AbstractContextManager, nullcontext

import torch

from sysid.errors import SysidError


def choose_device(asked: str = "auto") -> torch.device:
    """Return the device that was asked for, or for "auto" cuda, then mps, then cpu.

    Raises:
        SysidError: no such device, or not on this machine.
    """
    if asked == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps") if torch.backends.mps.is_available() else torch.device("cpu")
    kind, _, number = asked.partition(":")
    if kind not in ("cuda", "mps", "cpu") or (number and not number.isdigit()):
        raise SysidError(f'training.device: expected "auto", "cuda", "cuda:1", "mps" or "cpu", got "{asked}"')
    there = {"cpu": 1, "cuda": torch.cuda.device_count(), "mps": int(torch.backends.mps.is_available())}[kind]
    if int(number or 0) >= there:
        raise SysidError(
            f'training.device: expected a device of this machine, got "{asked}" (it has {there} {kind})'
        )
    return torch.device(asked)


def describe_device(device: torch.device) -> str:
    """Name a device for a person."""
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    return f"{device} ({torch.get_num_threads()} threads)" if device.type == "cpu" else str(device)


def autocast(device: torch.device, precision: str) -> AbstractContextManager[object]:
    """Return the context for mixed precision; does nothing for "float32"."""
    if precision == "float32":
        return nullcontext()  # on any device, also those that torch has no mixed precision for
    return torch.autocast(device.type, dtype=torch.bfloat16)


def widen(values: torch.Tensor) -> torch.Tensor:
    """Return half precision as single precision, and anything else as it is."""
    return values.to(torch.promote_types(values.dtype, torch.float32))
