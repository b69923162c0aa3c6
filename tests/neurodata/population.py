"""Neurons whose filters are known: separable in space and time, then a nonlinearity, then chance."""

from collections.abc import Sequence
from typing import Literal

import attrs
import numpy as np
from jaxtyping import Float, Int

RETINA_KERNEL = (0.05, 0.35, 1.0, 0.5, -0.1, -0.4, -0.25, -0.1)
"""Biphasic; lag 0 is the frame on the screen, the peak is at lag 2."""
CORTEX_KERNEL = (0.0, 0.1, 0.4, 1.0, 0.45, -0.3, -0.35, -0.1)
"""Later, with the peak at lag 3."""
CALCIUM_KERNEL = (0.05, 0.3, 1.0, 0.4, 0.15, 0.05)
"""Of one sign, with the peak at lag 2."""


@attrs.frozen(eq=False)
class Cells:
    """Cells that look at a screen.

    Attributes:
        filters: (cell, lag, height, width), of unit norm; all zero for a unit that is only noise.
        peak_lag: at which all filters are largest.
    """

    filters: np.ndarray
    peak_lag: int

    def drive(self, contrast: Float[np.ndarray, "frame height width"]) -> Float[np.ndarray, "frame cell"]:
        """Filter frames in which grey is 0; before the first frame the screen was grey."""
        flat = contrast.reshape(len(contrast), -1).astype(np.float64)
        total = np.zeros((len(contrast), len(self.filters)))
        for lag in range(self.filters.shape[1]):
            weights = self.filters[:, lag].reshape(len(self.filters), -1)
            total[lag:] += flat[: len(flat) - lag] @ weights.T
        return total

    def counts(
        self,
        contrast: Float[np.ndarray, "frame height width"],
        duration_s: Float[np.ndarray, " frame"],
        generator: np.random.Generator,
        *,
        rate_hz: float = 15.0,
        gain: float = 1.0,
        modulation: Float[np.ndarray, " frame"] | float = 1.0,
    ) -> Int[np.ndarray, "frame cell"]:
        """Draw Poisson counts of an exponential of the drive, of a bounded rate; a longer frame has more."""
        drive = self.drive(contrast)
        scale = drive.std(axis=0)
        standard = gain * drive / np.where(scale > 0, scale, 1)
        rates_hz = rate_hz * np.exp(np.clip(standard - gain**2 / 2, -5, 3))
        return generator.poisson(rates_hz * (duration_s * modulation)[:, None])


def make_cells(
    count: int,
    kernel: Sequence[float],
    height: int,
    width: int,
    generator: np.random.Generator,
    *,
    kind: Literal["gaussian", "gabor"] = "gaussian",
    noise_units: int = 0,
) -> Cells:
    """Make cells with receptive fields away from the middle lines, so that a flipped frame is noticed."""
    time = np.array(kernel)
    space = np.stack([_draw_field(height, width, generator, kind) for _ in range(count)])
    filters = time[None, :, None, None] * space[:, None]
    filters /= np.linalg.norm(filters.reshape(count, -1), axis=1)[:, None, None, None]
    silent = np.zeros((noise_units, *filters.shape[1:]))
    return Cells(np.concatenate([filters, silent]), int(np.abs(time).argmax()))


def _draw_field(height: int, width: int, generator: np.random.Generator, kind: str) -> np.ndarray:
    y, x = np.mgrid[:height, :width].astype(float)
    centre_y = (height - 1) / 2 + generator.choice([-1, 1]) * generator.uniform(0.2, 0.33) * height
    centre_x = (width - 1) / 2 + generator.choice([-1, 1]) * generator.uniform(0.2, 0.33) * width
    sd_px = generator.uniform(1.0, 1.4)
    field = np.exp(-((x - centre_x) ** 2 + (y - centre_y) ** 2) / (2 * sd_px**2))
    if kind == "gabor":
        angle, phase = generator.uniform(0, np.pi), generator.uniform(0, 2 * np.pi)
        across = (x - centre_x) * np.cos(angle) + (y - centre_y) * np.sin(angle)
        field *= np.cos(2 * np.pi * across / 4.5 + phase)
    return field * generator.choice([-1, 1])
