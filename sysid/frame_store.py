"""Stimulus frames on a device, gathered window by window."""

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from sysid.reading import SeldomWatch, Watch, paced, unwatched
from sysid.recording import Stimulus

NEAR = 4  # windows that lie so close that reading all between them reads at most this many frames for each


class FrameStore:
    """Hold the frames of several presentations end to end and hand out windows.

    The frames go to the device once, in the type they are stored in (a movie of 1800 × 90 × 90 uint8 is
    15 MB), where they fit `resident_bytes`; otherwise each window is read when it is asked for, and no more
    of a stimulus is ever in memory than one batch needs.

    Attributes:
        resident: (frame, channel, height, width) on the device; None where windows are streamed.
    """

    def __init__(
        self,
        stimuli: list[Stimulus],
        device: torch.device,
        resident_bytes: int,
        watch: Watch = unwatched,
    ):
        self.stimuli = stimuli
        self.device = device
        self.offsets = np.cumsum([0, *(stimulus.shape[0] for stimulus in stimuli)])
        self.resident = self._copy(watch) if count_bytes(stimuli) <= resident_bytes else None

    def _copy(self, watch: Watch) -> Tensor:
        """Return all frames on the device; nothing but a chunk of them is there a second time."""
        kind = np.result_type(*(stimulus.dtype for stimulus in self.stimuli))
        dtype = torch.from_numpy(np.empty(0, dtype=kind)).dtype
        shape = (int(self.offsets[-1]), *self.stimuli[0].shape[1:])
        frames = torch.empty(shape, dtype=dtype, device=self.device)
        watch = SeldomWatch(watch)
        for stimulus, offset in zip(self.stimuli, self.offsets[:-1].tolist(), strict=True):
            for start, stop in paced(0, stimulus.shape[0]):
                chunk = np.array(stimulus[start:stop])  # a copy: torch wants it writable
                frames[offset + start : offset + stop] = torch.from_numpy(chunk)
                watch(offset + stop, len(frames))
        return frames

    def frames(self, number: int, start: int, stop: int, watch: Watch = unwatched) -> np.ndarray:
        """Return frames of one presentation by its number: (frame, channel, height, width), as stored.

        Where they are not in memory they are read, a part of them at a time, and reading is watched.
        """
        offset, stimulus = int(self.offsets[number]), self.stimuli[number]
        if self.resident is not None:
            return self.resident[offset + start : offset + stop].cpu().numpy()
        frames = np.empty((stop - start, *stimulus.shape[1:]), dtype=stimulus.dtype)
        for first, last in paced(start, stop):
            frames[first - start : last - start] = stimulus[first:last]
            watch(offset + last, int(self.offsets[-1]))
        return frames

    def windows(self, first: Int[Tensor, " batch"], history: int) -> Tensor:
        """Return `history` consecutive frames from each first frame: (batch, time, channel, height, width).

        `first` counts over the presentations end to end; a window lies within one presentation.
        """
        if self.resident is not None:
            frames = first.to(self.device)[:, None] + torch.arange(history, device=self.device)
            return self.resident[frames]  # batch time channel height width
        return torch.from_numpy(self._read(first.numpy(), history)).to(self.device)

    def _read(self, first: np.ndarray, history: int) -> np.ndarray:
        """Read windows: those that lie close together, as in an evaluation, in one go."""
        at = np.searchsorted(self.offsets, first, side="right") - 1
        start, stop = int(first.min()), int(first.max()) + history
        if at.min() == at.max() and stop - start <= NEAR * len(first) + history:
            offset = int(self.offsets[at[0]])
            frames = np.asarray(self.stimuli[at[0]][start - offset : stop - offset])
            return frames[(first - start)[:, None] + np.arange(history)]
        within = first - self.offsets[at]
        return np.stack(
            [
                np.asarray(self.stimuli[index][begin : begin + history])
                for index, begin in zip(at.tolist(), within.tolist(), strict=True)
            ]
        )


def count_bytes(stimuli: list[Stimulus]) -> int:
    """Return how many bytes the frames take in their own type."""
    return sum(int(np.prod(each.shape)) * np.dtype(each.dtype).itemsize for each in stimuli)
