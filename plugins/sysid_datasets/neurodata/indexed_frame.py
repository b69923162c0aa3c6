"""The frames of a presentation by number: cropped, made smaller, and read when they are sliced."""

from typing import Any

import attrs
import numpy as np
from jaxtyping import Float32, Int64

from sysid_datasets.neurodata.crop import Crop
from sysid_datasets.neurodata.pixels import PixelSource
from sysid_datasets.neurodata.showing import BLANK

READ_BYTES = 16 << 20  # of stored frames held at once where they are made smaller


@attrs.frozen(eq=False)
class IndexedFrames:
    """View numbered frames as a stimulus (frame, channel, height, width).

    Attributes:
        source: where pixels are.
        frame: number of each bin's frame, −1 = blank.
        crop: (top, left, height, width) in stored pixels; None = all.
        size_px: height that frames are averaged to, their width in proportion; None = as stored.
        grey: every pixel of a blank frame, needed where there is one; if it is no whole number, bytes are
            delivered as float32.
    """

    source: PixelSource
    frame: Int64[np.ndarray, " bin"]
    crop: Crop | None = None
    size_px: int | None = None
    grey: float | None = None

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(frame, channel, height, width)."""
        _, channels, height, width = self.source.shape
        if self.crop is not None:
            height, width = self.crop[2:]
        if self.size_px is not None:
            height, width = self.size_px, max(1, round(width * self.size_px / height))
        return len(self.frame), channels, height, width

    @property
    def dtype(self) -> np.dtype[Any]:
        """uint8 or float32; averages are float32, and so is what has a grey between two bytes."""
        is_whole = self.grey is None or self.grey.is_integer()
        return self.source.dtype if is_whole and not self._shrinks else np.dtype(np.float32)

    def __getitem__(self, frames: slice) -> np.ndarray:
        """Read frames, (frame, channel, height, width)."""
        numbers = self.frame[frames]
        distinct, at = np.unique(numbers, return_inverse=True)
        shown = distinct[distinct != BLANK]
        pixels = self._read(shown)
        if len(shown) < len(distinct):
            pixels = np.concatenate([self._blank(), pixels])  # −1 comes before all numbers
        return pixels[at]

    @property
    def _shrinks(self) -> bool:
        height = self.source.shape[2] if self.crop is None else self.crop[2]
        return self.size_px is not None and self.size_px != height

    def _read(self, numbers: Int64[np.ndarray, " n"]) -> np.ndarray:
        """Read some frames, a part of them at a time."""
        taken = np.empty((len(numbers), *self.shape[1:]), dtype=self.dtype)
        per_frame = int(np.prod(self.source.shape[1:])) * self.source.dtype.itemsize
        chunk = max(1, READ_BYTES // per_frame)
        for start in range(0, len(numbers), chunk):
            pixels = self.source.take(numbers[start : start + chunk])
            taken[start : start + chunk] = self._deliver(pixels)
        return taken

    def _deliver(self, pixels: np.ndarray) -> np.ndarray:
        if self.crop is not None:
            top, left, height, width = self.crop
            pixels = pixels[:, :, top : top + height, left : left + width]
        if self._shrinks:
            stored, delivered = pixels.shape[2:], self.shape[2:]
            rows = area_weights(stored[0], delivered[0])
            columns = area_weights(stored[1], delivered[1]).T
            total = np.empty((*pixels.shape[:2], *delivered), dtype=np.float32)
            for frame, sums in zip(pixels, total, strict=True):  # one is in floating point at a time
                np.matmul(rows @ frame.astype(np.float32), columns, out=sums)
            pixels = total / np.float32(stored[0] * stored[1] / (delivered[0] * delivered[1]))
        return pixels

    def _blank(self) -> np.ndarray:
        assert self.grey is not None
        return np.full((1, *self.shape[1:]), self.grey, dtype=self.dtype)


def area_weights(stored: int, delivered: int) -> Float32[np.ndarray, "delivered stored"]:
    """Return how much of each stored pixel lies in each delivered one, in stored pixels.

    Not divided by the size of the delivered one: sums over whole pixels of whole numbers are then exact.
    """
    edges = np.linspace(0, stored, delivered + 1)
    pixel = np.arange(stored)
    overlap = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
    return np.maximum(overlap, 0).astype(np.float32)
