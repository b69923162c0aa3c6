"""Pixel statistics of the training frames, and nothing else."""

import math

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from sysid.errors import SysidError
from sysid.reading import SeldomWatch, Watch, unwatched
from sysid.sample import SessionSamples

CHUNK_BYTES = 64 << 20  # of frames read at once, in double precision


class Standardization(nn.Module):
    """Bring pixels to zero mean and unit standard deviation per channel, with stored statistics."""

    mean: Tensor
    sd: Tensor

    def __init__(self, channels: int):
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels, 1, 1))
        self.register_buffer("sd", torch.ones(channels, 1, 1))

    def forward(self, stimulus: Tensor) -> Float[Tensor, "batch time channel height width"]:
        """Standardise a stimulus as stored; integers become the floating type of the statistics."""
        return (stimulus.to(self.mean.dtype) - self.mean) / self.sd


def training_statistics(
    sessions: dict[str, SessionSamples], watch: Watch = unwatched
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation per channel over the frames in training windows, once each.

    No frame of a validation or test window is among them (see `sysid.split`). A stimulus that never changes
    has the standard deviation 1, so that it standardises to zero. Only frames that are not in memory already
    are read, and reading is watched.

    Raises:
        SysidError: a pixel of these frames is NaN or infinite; the line names presentation and frame.
    """
    count, total, squares = 0, 0.0, 0.0
    watch = SeldomWatch(watch)
    for samples in sessions.values():
        window, store = samples.window, samples.store
        for number, bins in enumerate(samples.frames("train")):
            used = np.zeros(samples.recording.presentations[number].frames, dtype=bool)
            for lag in range(window.lead, window.reach + 1):
                used[bins - lag] = True
            chunk = max(1, CHUNK_BYTES // (8 * math.prod(samples.recording.frame_shape)))
            for start in range(0, len(used), chunk):
                chosen = used[start : start + chunk]
                if not chosen.any():
                    continue
                stored = store.frames(number, start, start + len(chosen), watch)[chosen]
                _refuse_broken(stored, samples.recording.presentations[number].name, start, chosen)
                pixels = stored.astype(np.float64)
                count += pixels[:, 0].size
                total = total + pixels.sum(axis=(0, 2, 3))
                squares = squares + np.square(pixels).sum(axis=(0, 2, 3))
    mean = np.atleast_1d(total / max(count, 1))
    variance = np.maximum(np.atleast_1d(squares / max(count, 1)) - mean**2, 0)
    return mean, np.where(variance > 0, np.sqrt(np.where(variance > 0, variance, 1)), 1.0)


def _refuse_broken(pixels: np.ndarray, name: str, start: int, chosen: np.ndarray) -> None:
    """Refuse frames (of those that are `chosen` from `start` on) with pixels that are no numbers."""
    if np.issubdtype(pixels.dtype, np.floating) and not np.isfinite(pixels).all():
        broken = ~np.isfinite(pixels).all(axis=(1, 2, 3))
        first = start + int(np.flatnonzero(chosen)[broken.argmax()])
        raise SysidError(
            f"{name}: stimulus: expected finite pixels, got NaN or infinity in {int(broken.sum())} of the "
            f"training frames, the first {first}; leave these frames out of the split"
        )


def standardize(
    module: Standardization, sessions: dict[str, SessionSamples], watch: Watch = unwatched
) -> None:
    """Give the module the statistics of the training frames."""
    mean, sd = training_statistics(sessions, watch)
    module.mean.copy_(torch.from_numpy(mean)[:, None, None])
    module.sd.copy_(torch.from_numpy(sd)[:, None, None])
