"""Whether frames have the same pixels: by a look at a few, or at all where these are few."""

import hashlib

import numpy as np
from jaxtyping import Int64

from sysid_datasets.neurodata.pixels import PixelSource

LOOKED_AT = 6  # frames
MOST_BYTES = 64 << 20  # of frames that are all looked at
BLOCK = 256  # frames looked at at once


def same_content(
    pixels: PixelSource,
    frames: Int64[np.ndarray, " n"],
    other_pixels: PixelSource,
    other_frames: Int64[np.ndarray, " m"],
) -> bool:
    """Say whether the frames that both have are the same, from the first on; one may be longer.

    Frames that do not differ among themselves (a grey screen) tell nothing: then False.
    """
    count = min(len(frames), len(other_frames))
    if count < 1 or pixels.shape[1:] != other_pixels.shape[1:]:
        return False
    at = np.unique(np.linspace(0, count - 1, LOOKED_AT).astype(np.int64))
    own, other = pixels.take(frames[at]), other_pixels.take(other_frames[at])
    if not np.array_equal(own, other):
        return False
    return len(at) == 1 or bool((own != own[:1]).any())


def number_contents(pixels: PixelSource, first: int, stop: int) -> Int64[np.ndarray, " frame"] | None:
    """Return a number for each of some frames that those with the same pixels share.

    None where the frames are so many that they would take long to read.
    """
    if (stop - first) * int(np.prod(pixels.shape[1:])) * pixels.dtype.itemsize > MOST_BYTES:
        return None
    known: dict[bytes, int] = {}
    numbers = []
    for start in range(first, stop, BLOCK):
        for frame in pixels.take(np.arange(start, min(start + BLOCK, stop), dtype=np.int64)):
            digest = hashlib.blake2b(frame.tobytes(), digest_size=16).digest()
            numbers.append(known.setdefault(digest, len(known)))
    return np.array(numbers, dtype=np.int64)
