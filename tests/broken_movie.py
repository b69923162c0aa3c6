"""A stimulus that is read when it is sliced, with pixels that are NaN: nobody sees them before that."""

import numpy as np


class BrokenMovie:
    """Frames of noise, of which some have a pixel that is NaN."""

    def __init__(self, frames, broken, height=5, width=4, seed=0):
        generator = np.random.default_rng(seed)
        self.pixels = generator.random((frames, 1, height, width), dtype=np.float32)
        self.pixels[list(broken), 0, 2, 1] = np.nan
        self.shape = self.pixels.shape
        self.dtype = self.pixels.dtype

    def __getitem__(self, frames):
        return self.pixels[frames]
