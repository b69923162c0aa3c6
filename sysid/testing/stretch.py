"""Which frames of a stimulus are read to be compared: all, or three stretches of a long one."""

from sysid.frame_store import count_bytes
from sysid.recording import Stimulus

MOST_BYTES = 32 << 20


def choose_stretches(stimulus: Stimulus) -> tuple[tuple[int, int], ...]:
    """Return frame ranges (start, stop): the whole, or beginning, middle and end of a long one."""
    frames = stimulus.shape[0]
    length = min(frames, max(1, MOST_BYTES * frames // max(count_bytes([stimulus]), 1)))
    starts = dict.fromkeys([0, (frames - length) // 2, frames - length])
    return tuple((start, start + length) for start in starts)
