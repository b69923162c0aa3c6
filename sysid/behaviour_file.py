"""Behaviour in a `.npy` file."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from sysid.behaviour import check_given
from sysid.npy_file import open_npy


def read_behaviour(path: Path, frames: int, names: Sequence[str]) -> Float32[np.ndarray, "frame channel"]:
    """Read (frame, channel), NaN = not measured.

    Args:
        path: of the file; no pickle in it is read.
        frames: of the movie that it goes with.
        names: of the channels.

    Raises:
        SysidError: no such file, not a `.npy` file, another shape or type, or a session without behaviour.
    """
    return check_given(str(path), np.array(open_npy(path, "behaviour")), {"frame": frames}, names)
