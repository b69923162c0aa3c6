"""Refuse sessions that cannot share an encoder, in one line that names two of them."""

from collections.abc import Iterable

from sysid.errors import SysidError
from sysid.interface import Description

RATE_TOLERANCE = (
    0.01  # of one another: measured rates of one monitor differ by less, 24, 25 and 30 Hz by more
)


def check_alike(sessions: dict[str, Description], keys: Iterable[str]) -> None:
    """Compare every session with the first in what is known of both.

    Args:
        sessions: by name.
        keys: of the dataset; those that say size, crop or rate are offered as a remedy.

    Raises:
        SysidError: other numbers of channels, frame sizes or frame rates.
    """
    (first, one), *others = sessions.items()
    for name, other in others:
        where = f'sessions "{first}" and "{name}"'
        if _differ(one.channels, other.channels):
            raise SysidError(
                f"{where}: expected one number of channels, as an encoder serves both, "
                f"got {one.channels} and {other.channels}"
            )
        if _differ(one.height, other.height) or _differ(one.width, other.width):
            raise SysidError(
                f"{where}: expected frames of one size, as an encoder serves both, got "
                f"{_size(one)} and {_size(other)} px (height × width)"
                f"{_offer(keys, ('size_px', 'crop'), 'resizes one')}"
            )
        if _rates_differ(one.frame_rate_hz, other.frame_rate_hz):
            raise SysidError(
                f"{where}: expected one frame rate, as a history is counted in frames, got "
                f"{one.frame_rate_hz:g} and {other.frame_rate_hz:g} Hz"
                f"{_offer(keys, ('bin_ms', 'frame_rate'), 'may change one')}"
            )


def _differ(one: int | None, other: int | None) -> bool:
    return one is not None and other is not None and one != other


def _rates_differ(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and abs(one - other) > RATE_TOLERANCE * max(one, other)


def _size(description: Description) -> str:
    return f"{description.height or '?'} × {description.width or '?'}"


def _offer(keys: Iterable[str], words: tuple[str, ...], what: str) -> str:
    """Name the keys that have one of the words in them, where there are any."""
    found = [key for key in keys if any(word in key for word in words)]
    return f"; {' or '.join(found)} in its table of `sessions` {what}" if found else ""
