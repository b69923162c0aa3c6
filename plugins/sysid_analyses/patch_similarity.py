"""Structural similarity (SSIM) of many pairs of patches at once."""

import attrs
import numpy as np
from jaxtyping import Float, Float64, Integer, Real, UInt8

GREY_LEVELS = 255.0  # the range of bytes
K1, K2 = 0.01, 0.03


@attrs.frozen(eq=False)
class Strip:
    """Hold patches side by side, in several frames; the axes that are added along come first, for speed.

    Everything that concerns one patch alone is worked out once here, as each is compared with many.

    Attributes:
        pixels: (y, x, patch, frame), y and x within the patch: whole numbers, or floats less the mean of
            their patch, which no covariance depends on and which would cost it digits.
        sums: (top, left, patch, frame), of the n `pixels` in the window that begins there.
        levels: the same of what was shown; None where that is `pixels`.
        brightness: (top, left, patch, frame), its half of the luminance term's denominator, n² times
            (mean² + C1 / 2) / 2.
        spread: (top, left, patch, frame), its half of the contrast term's, n(n − 1) times
            (sample variance + C2 / 2) / 2.
        window_px: height and width of the window.
        data_range: difference between the largest and the smallest value that is possible.
    """

    pixels: Real[np.ndarray, "y x patch frame"]
    sums: Float64[np.ndarray, "top left patch frame"]
    levels: Float64[np.ndarray, "top left patch frame"] | None
    brightness: Float64[np.ndarray, "top left patch frame"]
    spread: Float64[np.ndarray, "top left patch frame"]
    window_px: int
    data_range: float

    def take(self, patches: slice) -> "Strip":
        """Return some of the patches, as views."""
        return attrs.evolve(
            self,
            pixels=self.pixels[:, :, patches],
            sums=self.sums[:, :, patches],
            levels=None if self.levels is None else self.levels[:, :, patches],
            brightness=self.brightness[:, :, patches],
            spread=self.spread[:, :, patches],
        )


def cut_strips(
    frames: UInt8[np.ndarray, "frame height width"] | Float[np.ndarray, "frame height width"],
    patch_px: int,
    window_px: int,
    data_range: float = GREY_LEVELS,
) -> list[Strip]:
    """Cut frames into whole patches from the upper left corner on, one strip per row of patches."""
    rows, columns = frames.shape[1] // patch_px, frames.shape[2] // patch_px
    whole = frames[:, : rows * patch_px, : columns * patch_px]
    tiles = whole.reshape(len(frames), rows, patch_px, columns, patch_px)  # frame row y column x
    exact = np.int32 if window_px**2 * GREY_LEVELS**2 < 2**31 else np.int64  # whole numbers do not round
    kind = exact if frames.dtype == np.uint8 else np.float64
    return [
        _make_strip(
            np.ascontiguousarray(tiles[:, row].transpose(1, 3, 2, 0), dtype=kind), window_px, data_range
        )
        for row in range(rows)
    ]  # each y x column frame


def compare(first: Strip, second: Strip) -> Float64[np.ndarray, "patch frame"]:
    """Return the SSIM of each patch with that at the same place of another strip.

    Wang, Bovik, Sheikh and Simoncelli (2004), doi:10.1109/TIP.2003.819861, with the sample covariance (over
    n − 1), constants K1 = .01 and K2 = .03, and the mean over all windows that lie inside the patch: what
    scikit-image computes. Both terms are halved above and below, which cancels.
    """
    luminance, contrast = _constants(first.window_px, first.data_range)
    product = first.sums * second.sums
    covariance = add_windows(first.pixels * second.pixels, first.window_px) * float(first.window_px**2)
    covariance -= product
    covariance += contrast / 2
    levels = product if first.levels is None else first.levels * second.levels
    levels += luminance / 2
    similarity = np.multiply(levels, covariance, out=covariance)
    denominator = first.brightness + second.brightness
    denominator *= first.spread + second.spread
    similarity /= denominator
    return similarity.mean(axis=(0, 1))


def add_windows(
    values: Real[np.ndarray, "y x patch frame"], window_px: int
) -> Real[np.ndarray, "top left patch frame"]:
    """Add up the values in every square window that lies inside the patch.

    Along one axis and then the other. In a window of 7 px that is five times faster here than differences
    of an integral image, and it does not subtract large sums, which costs floats their digits.
    """
    tops, lefts = (size - window_px + 1 for size in values.shape[:2])
    columns = values[:tops].copy()
    for offset in range(1, window_px):
        columns += values[offset : offset + tops]
    sums = columns[:, :lefts].copy()
    for offset in range(1, window_px):
        sums += columns[:, offset : offset + lefts]
    return sums


def _constants(window_px: int, data_range: float) -> tuple[float, float]:
    """Return C1 times n² (as means are squared) and C2 times n(n − 1) (as covariances)."""
    count = float(window_px**2)
    return count**2 * (K1 * data_range) ** 2, count * (count - 1) * (K2 * data_range) ** 2


def _make_strip(
    pixels: Integer[np.ndarray, "y x patch frame"] | Float64[np.ndarray, "y x patch frame"],
    window_px: int,
    data_range: float,
) -> Strip:
    levels = None
    if pixels.dtype.kind == "f":
        levels = add_windows(pixels, window_px)
        pixels = pixels - pixels.mean(axis=(0, 1))
    sums = add_windows(pixels, window_px).astype(np.float64)
    squares = add_windows(pixels * pixels, window_px)
    luminance, contrast = _constants(window_px, data_range)
    return Strip(
        pixels=pixels,
        sums=sums,
        levels=levels,
        brightness=(np.square(sums if levels is None else levels) + luminance / 2) / 2,
        spread=(float(window_px**2) * squares - np.square(sums) + contrast / 2) / 2,
        window_px=window_px,
        data_range=data_range,
    )
