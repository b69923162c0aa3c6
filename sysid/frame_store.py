"""Stimulus frames on a device, gathered window by window."""

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from sysid.recording import Stimulus

RESIDENT_BYTES = 2 << 30  # up to 2 GiB of frames in their own type stay on the device; more is streamed
CHUNK_FRAMES = 1024  # frames copied at once


class FrameStore:
    """Hold the frames of several presentations end to end and hand out windows.

    The frames go to the device once, in the type they are stored in (a movie of 1800 × 90 × 90 uint8 is
    15 MB), where they fit `RESIDENT_BYTES`; otherwise each window is read when it is asked for.
    """

    def __init__(self, stimuli: list[Stimulus], device: torch.device, resident_bytes: int = RESIDENT_BYTES):
        self.stimuli = stimuli
        self.device = device
        self.offsets = np.cumsum([0, *(stimulus.shape[0] for stimulus in stimuli)])
        size = sum(int(np.prod(s.shape)) * np.dtype(s.dtype).itemsize for s in stimuli)
        self.resident = self._copy() if size <= resident_bytes else None

    def _copy(self) -> Tensor:
        """Return all frames on the device."""
        pieces = [
            torch.from_numpy(
                np.array(stimulus[start : start + CHUNK_FRAMES])
            )  # a copy: torch wants it writable
            for stimulus in self.stimuli
            for start in range(0, stimulus.shape[0], CHUNK_FRAMES)
        ]
        return torch.cat(pieces).to(self.device)

    def windows(self, first: Int[Tensor, " batch"], history: int) -> Tensor:
        """Return `history` consecutive frames from each first frame: (batch, time, channel, height, width).

        `first` counts over the presentations end to end; a window lies within one presentation.
        """
        if self.resident is not None:
            frames = first.to(self.device)[:, None] + torch.arange(history, device=self.device)
            return self.resident[frames]  # batch time channel height width
        windows = [self._read(int(start), history) for start in first]
        return torch.from_numpy(np.stack(windows)).to(self.device)

    def _read(self, start: int, history: int) -> np.ndarray:
        index = int(np.searchsorted(self.offsets, start, side="right")) - 1
        within = start - int(self.offsets[index])
        return np.asarray(self.stimuli[index][within : within + history])
