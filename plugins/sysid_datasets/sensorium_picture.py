"""The video or image of one trial of a SENSORIUM folder, read when it is sliced."""

from pathlib import Path
from typing import Any

import attrs
import numpy as np
from jaxtyping import Float32, Int64

from sysid import SysidError
from sysid_datasets.neurodata.pixels import delivered_dtype, runs_of
from sysid_datasets.sensorium_array import open_array, open_numbers
from sysid_datasets.sensorium_folder import Folder

SAMPLED = 16  # pixels of a frame


@attrs.frozen(eq=False)
class Picture:
    """What a trial showed.

    A video is stored as (height, width, time) with NaN after its last frame, an image as (channel, height,
    width). The file is opened anew for each reading.

    Attributes:
        path: of the file.
        shape: (frame, channel, height, width), without the frames of NaN.
        dtype: what is delivered, uint8 or float32.
        stored_frames: with the frames of NaN: the time axis of everything that was recorded with it.
        sample: a few pixels of each frame, by which most videos are told apart.
        span: (lowest, highest) pixel.
        is_movie: whether it is a video.
    """

    path: Path
    shape: tuple[int, int, int, int]
    dtype: np.dtype[Any]
    stored_frames: int
    sample: Float32[np.ndarray, "frame pixel"]
    span: tuple[float, float]
    is_movie: bool

    def take(self, frames: Int64[np.ndarray, " n"]) -> np.ndarray:
        """Read frames in the given order, (n, channel, height, width)."""
        taken = np.empty((len(frames), *self.shape[1:]), dtype=self.dtype)
        stored = open_array(self.path)
        for run in runs_of(frames):
            here = (frames >= run.start) & (frames < run.stop)
            pixels = np.moveaxis(stored[:, :, run], 2, 0)[:, None] if self.is_movie else stored[None]
            taken[here] = pixels[frames[here] - run.start]
        return taken


def scan_picture(folder: Folder, trial: int) -> Picture:
    """Read a trial's video or image once, to know how long it is and that it is whole.

    Raises:
        SysidError: other axes, no numbers, NaN or infinity elsewhere than after the last frame.
    """
    path = folder.picture(trial)
    stored = open_numbers(path)
    axes = "(height, width, time)" if folder.is_movie else "(channel, height, width)"
    if stored.ndim != 3 or 0 in stored.shape:
        raise SysidError(f"{path}: expected {axes}, got shape {stored.shape}")
    frames = _count_frames(path, stored) if folder.is_movie else 1
    shown = np.asarray(stored[:, :, :frames] if folder.is_movie else stored)
    if not np.isfinite(shown).all():
        raise SysidError(f"{path}: expected finite pixels, got NaN or infinity")
    height, width = stored.shape[:2] if folder.is_movie else stored.shape[1:]
    channels = 1 if folder.is_movie else stored.shape[0]
    return Picture(
        path=path,
        shape=(frames, channels, height, width),
        dtype=delivered_dtype(stored.dtype),
        stored_frames=stored.shape[2] if folder.is_movie else 1,
        sample=_sample(shown) if folder.is_movie else np.zeros((1, 0), dtype=np.float32),
        span=(float(shown.min()), float(shown.max())),
        is_movie=folder.is_movie,
    )


def _sample(shown: np.ndarray) -> Float32[np.ndarray, "frame pixel"]:
    """Return pixels spread over the frame."""
    height, width, _ = shown.shape
    at = ((np.arange(SAMPLED) + 0.5) / SAMPLED * height * width).astype(np.int64)
    rows, columns = np.unravel_index(at, (height, width))
    return np.ascontiguousarray(shown[rows, columns].T, dtype=np.float32)  # frame pixel


def _count_frames(path: Path, stored: np.ndarray) -> int:
    """Return how many frames come before those of NaN at the end."""
    missing = np.isnan(stored) if stored.dtype.kind == "f" else np.zeros(stored.shape, dtype=bool)
    wholly = missing.all(axis=(0, 1))
    shown = np.flatnonzero(~wholly)
    if not len(shown):
        raise SysidError(f"{path}: expected frames, got NaN throughout")
    frames = int(shown[-1]) + 1
    broken = missing[:, :, :frames].any(axis=(0, 1))
    if broken.any():
        raise SysidError(
            f"{path}: expected NaN only after the last frame, {frames - 1}, got some in {int(broken.sum())} "
            f"frames, the first {int(broken.argmax())}"
        )
    return frames
