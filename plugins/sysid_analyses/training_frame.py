"""The frames that were on screen in a run's training bins, a few at a time."""

import math
from collections.abc import Iterator

import numpy as np
from jaxtyping import Float64

from sysid import Run

VALUES_AT_ONCE = 1 << 20  # 8 MiB in double precision


def training_frames(run: Run) -> Iterator[Float64[np.ndarray, "frame channel height width"]]:
    """Yield the frame on screen in every training bin of all sessions, in the stored unit.

    Raises:
        DataNotFoundError: the recording is not on this machine.
    """
    responses = run.responses_in("train")
    for session, recording in run.recordings.items():
        step = max(1, VALUES_AT_ONCE // math.prod(recording.frame_shape))
        for presentation, shown in zip(recording.presentations, responses[session], strict=True):
            used = np.isfinite(shown).any(axis=(0, 2))
            for start in range(0, len(used), step):
                chosen = used[start : start + step]
                if chosen.any():
                    frames = np.asarray(presentation.stimulus[start : start + step])
                    yield frames[chosen].astype(np.float64)
