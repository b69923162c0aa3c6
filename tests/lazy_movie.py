"""A stimulus that is computed when it is sliced, and remembers how much of it was asked for at once."""

import numpy as np


class LazyMovie:
    """Frames of noise, each a function of its number."""

    def __init__(self, frames, height=8, width=8, dtype=np.uint8):
        self.shape = (frames, 1, height, width)
        self.dtype = np.dtype(dtype)
        self.longest = 0

    def __getitem__(self, frames):
        numbers = np.arange(self.shape[0], dtype=np.int32)[frames]
        self.longest = max(self.longest, len(numbers))
        pixels = np.prod(self.shape[1:])
        mixed = (numbers[:, None] * 7919 + np.arange(pixels, dtype=np.int32) * 104_729) % 251
        return mixed.reshape(-1, *self.shape[1:]).astype(self.dtype)
