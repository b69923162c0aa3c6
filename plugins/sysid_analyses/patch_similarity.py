"""Structural similarity (SSIM) of many pairs of patches at once."""

import attrs
import numpy as np
from jaxtyping import Float64, Integer, UInt8

DATA_RANGE = 255
LUMINANCE, CONTRAST = (0.01 * DATA_RANGE) ** 2, (0.03 * DATA_RANGE) ** 2  # C1 and C2, with K1 .01, K2 .03


@attrs.frozen(eq=False)
class Strip:
    """Hold patches side by side, in several frames; the axes that are added along come first, for speed.

    Attributes:
        pixels: (y, x, patch, frame), whole numbers, y and x within the patch.
        sums: (top, left, patch, frame), of the n pixels in the window that begins there.
        spread: (top, left, patch, frame), n(n − 1) times their sample variance.
        window_px: height and width of the window.
    """

    pixels: Integer[np.ndarray, "y x patch frame"]
    sums: Float64[np.ndarray, "top left patch frame"]
    spread: Float64[np.ndarray, "top left patch frame"]
    window_px: int

    def take(self, patches: slice) -> "Strip":
        """Return some of the patches, as views."""
        values = (each[:, :, patches] for each in (self.pixels, self.sums, self.spread))
        return Strip(*values, self.window_px)


def cut_strips(frames: UInt8[np.ndarray, "frame height width"], patch_px: int, window_px: int) -> list[Strip]:
    """Cut frames into whole patches from the upper left corner on, one strip per row of patches."""
    rows, columns = frames.shape[1] // patch_px, frames.shape[2] // patch_px
    whole = frames[:, : rows * patch_px, : columns * patch_px]
    tiles = whole.reshape(len(frames), rows, patch_px, columns, patch_px)  # frame row y column x
    exact = np.int32 if window_px**2 * DATA_RANGE**2 < 2**31 else np.int64  # whole numbers do not round
    return [
        _make_strip(np.ascontiguousarray(tiles[:, row].transpose(1, 3, 2, 0), dtype=exact), window_px)
        for row in range(rows)
    ]  # each y x column frame


def compare(first: Strip, second: Strip) -> Float64[np.ndarray, "patch frame"]:
    """Return the SSIM of each patch with that at the same place of another strip.

    Wang, Bovik, Sheikh and Simoncelli (2004), doi:10.1109/TIP.2003.819861, with the sample covariance (over
    n − 1), constants K1 = .01 and K2 = .03, a data range of 255, and the mean over all windows that lie
    inside the patch: what scikit-image computes.
    """
    count = float(first.window_px**2)
    # numerators and denominators times n² (of means) and n(n − 1) (of covariances), which cancels
    luminance, contrast = count**2 * LUMINANCE, count * (count - 1) * CONTRAST
    product = first.sums * second.sums
    covariance = count * add_windows(first.pixels * second.pixels, first.window_px) - product
    similarity = (2 * product + luminance) * (2 * covariance + contrast)
    similarity /= (first.sums**2 + second.sums**2 + luminance) * (first.spread + second.spread + contrast)
    return similarity.mean(axis=(0, 1))


def add_windows(
    values: Integer[np.ndarray, "y x patch frame"], window_px: int
) -> Integer[np.ndarray, "top left patch frame"]:
    """Add up the values in every square window that lies inside the patch."""
    tops, lefts = (size - window_px + 1 for size in values.shape[:2])
    columns = values[:tops].copy()
    for offset in range(1, window_px):
        columns += values[offset : offset + tops]
    sums = columns[:, :lefts].copy()
    for offset in range(1, window_px):
        sums += columns[:, offset : offset + lefts]
    return sums


def _make_strip(pixels: Integer[np.ndarray, "y x patch frame"], window_px: int) -> Strip:
    sums = add_windows(pixels, window_px).astype(np.float64)
    squares = add_windows(pixels * pixels, window_px)
    return Strip(pixels, sums, float(window_px**2) * squares - sums**2, window_px)
