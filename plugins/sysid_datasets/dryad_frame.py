"""Read the deposit's raw frames and average them over areas."""

import functools
import math

import attrs
import numpy as np

from sysid import SysidError
from sysid_datasets.dryad_deposit import Deposit

CHUNK = 100  # frames decoded at once: 100 × 360 × 360 float32 is 52 MB
EXACT_FLOAT32 = 1 << 24  # whole numbers up to here have no rounding in float32


@attrs.frozen(eq=False)
class Frames:
    """Hold resized frames.

    Attributes:
        pixels: (frame, height, width), uint8, row 0 at the top. Shared by all who read them: copy to change.
        native_px: width and height in the file.
    """

    pixels: np.ndarray
    native_px: int


@functools.lru_cache(maxsize=4)
def read_frames(deposit: Deposit, folder: str, stem: str, size_px: int) -> Frames:
    """Return all frames of a stimulus, averaged over areas to `size_px` × `size_px` and rounded.

    Raises:
        SysidError: a frame that is missing, not square, or of another size than the first.
    """
    names = deposit.names(folder, stem)
    pixels = np.empty((len(names), size_px, size_px), dtype=np.uint8)
    native_px, waiting = 0, []
    for index, content in enumerate(deposit.read(names)):
        native_px = native_px or _side(len(content), f"{deposit.path}: {names[index]}")
        if len(content) != native_px**2:
            raise SysidError(
                f"{deposit.path}: {names[index]}: expected {native_px**2} bytes "
                f"({native_px} × {native_px} px, as the first frame), got {len(content)}"
            )
        waiting.append(content)
        if len(waiting) == CHUNK or index == len(names) - 1:
            raw = np.frombuffer(b"".join(waiting), dtype=np.uint8).reshape(-1, native_px, native_px)
            by_row = raw.swapaxes(1, 2)  # the files are column-major: frame width height → frame height width
            pixels[index + 1 - len(waiting) : index + 1] = np.rint(average_area(by_row, size_px))
            waiting = []
    return Frames(pixels, native_px)


def average_area(frames: np.ndarray, size_px: int) -> np.ndarray:
    """Return square frames (frame, n, n) as (frame, size, size), each pixel the mean of the area it covers.

    Where `size_px` does not divide n, pixels at the border of an area count by the share that lies in it.
    """
    native_px = frames.shape[-1]
    if size_px == native_px:
        return frames.astype(np.float32)
    overlap, area = _overlap(native_px, size_px)
    dtype = np.float32 if 255 * area**2 < EXACT_FLOAT32 else np.float64
    weights = overlap.astype(dtype)
    # whole numbers until the division, so that a mean of x.5 is the same on every machine
    sums = weights @ frames.astype(dtype) @ weights.T
    return sums / dtype(area**2)


def _overlap(native_px: int, size_px: int) -> tuple[np.ndarray, int]:
    """Return how much each pixel (column) lies in each area (row), in whole parts, and the parts per area."""
    shared = math.gcd(native_px, size_px)
    area, pixel = native_px // shared, size_px // shared  # lengths in parts: size · area = native · pixel
    area_start = np.arange(size_px)[:, None] * area
    pixel_start = np.arange(native_px)[None, :] * pixel
    end = np.minimum(area_start + area, pixel_start + pixel)
    return np.maximum(0, end - np.maximum(area_start, pixel_start)), area


def _side(size: int, where: str) -> int:
    side = math.isqrt(size)
    if side == 0 or side**2 != size:
        raise SysidError(f"{where}: expected a square frame of one byte per pixel, got {size} bytes")
    return side
