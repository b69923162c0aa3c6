"""Behaviour beside a stimulus: running, pupil, whatever an animal does while it is shown something."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32

from sysid.errors import SysidError


def check_recorded(presentation: str, behaviour: np.ndarray | None, names: Sequence[str]) -> None:
    """Refuse behaviour of a presentation that has other channels than its recording names.

    Args:
        presentation: its name, for the message.
        behaviour: (frame, channel), or None.
        names: of the channels.

    Raises:
        SysidError: another number of channels, or a value that is infinite.
    """
    where = f"{presentation}: behaviour"
    found = "none" if behaviour is None else str(tuple(behaviour.shape))
    if names and (behaviour is None or behaviour.ndim != 2 or behaviour.shape[1] != len(names)):
        raise SysidError(
            f"{where}: expected (frame, {_count(names)}), as the recording names them for all "
            f"presentations, got {found}"
        )
    if not names and behaviour is not None:
        raise SysidError(f"{where}: expected none, as the recording names no channels of it, got {found}")
    if behaviour is not None:
        _refuse_infinite(where, behaviour, names, "frame")


def check_given(
    name: str, behaviour: np.ndarray, axes: dict[str, int], names: Sequence[str]
) -> Float32[np.ndarray, "*axes channel"]:
    """Return behaviour that a model is to be given, in single precision; NaN = not measured.

    Args:
        name: of the argument or file, for the message.
        behaviour: (*axes, channel).
        axes: length of every axis before the channels, by its name; the first is counted in messages.
        names: of the channels that the session was recorded with.

    Raises:
        SysidError: a session without behaviour, another shape, no numbers, or a value that is infinite.
    """
    if not names:
        raise SysidError(f"{name}: expected none, as this session was recorded without behaviour")
    values = np.asarray(behaviour)
    if values.shape != (*axes.values(), len(names)):
        wanted = ", ".join(f"{length} {_plural(axis, length)}" for axis, length in axes.items())
        raise SysidError(f"{name}: expected ({wanted}, {_count(names)}), got {values.shape}")
    if values.dtype.kind not in "uif":
        raise SysidError(f"{name}: expected numbers, got {values.dtype}")
    with np.errstate(over="ignore"):  # what single precision cannot hold is refused below
        values = values.astype(np.float32)
    _refuse_infinite(name, values, names, next(iter(axes)))
    return values


def _refuse_infinite(where: str, behaviour: np.ndarray, names: Sequence[str], axis: str) -> None:
    infinite = np.argwhere(np.isinf(behaviour))
    if len(infinite):
        raise SysidError(
            f"{where}: expected numbers, or NaN where nothing was measured, got infinity in "
            f"{names[infinite[0, -1]]}, {axis} {infinite[0, 0]}"
        )


def _count(names: Sequence[str]) -> str:
    return f"{len(names)} {_plural('channel', len(names))}: {', '.join(names)}"


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"
