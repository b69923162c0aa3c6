"""Behaviour in a `.npy` file."""

import tokenize
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from sysid.behaviour import check_given
from sysid.errors import SysidError


def read_behaviour(path: Path, frames: int, names: Sequence[str]) -> Float32[np.ndarray, "frame channel"]:
    """Read (frame, channel), NaN = not measured.

    Args:
        path: of the file; no pickle in it is read.
        frames: of the movie that it goes with.
        names: of the channels.

    Raises:
        SysidError: no such file, not a `.npy` file, another shape or type, or a session without behaviour.
    """
    if not path.is_file():
        raise SysidError(f"{path}: no such file")
    try:
        with path.open("rb") as file:
            values = np.lib.format.read_array(file, allow_pickle=False)
    except OSError as error:
        raise SysidError(f"{path}: cannot be read: {error.strerror or error}") from error
    # no header, one cut short or not in Python's notation, fewer bytes than it says, Python objects
    except (ValueError, SyntaxError, EOFError, tokenize.TokenError) as error:
        why = " ".join(str(error).split())
        raise SysidError(f"{path}: expected behaviour as .npy: {why}") from error
    return check_given(str(path), values, {"frame": frames}, names)
