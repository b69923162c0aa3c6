"""Gradient ascent on a rate, from several starts at once, within limits."""

from collections.abc import Callable

import attrs
import numpy as np
import torch
from jaxtyping import Float
from scipy.ndimage import gaussian_filter
from torch import Tensor

from sysid_mei.limit import Limits, window_norm

Rate = Callable[[Tensor], Tensor]
"""A differentiable rate, (window, time, channel, height, width) → (window,)."""


@attrs.frozen
class Climb:
    """Say how far and how smoothly.

    Attributes:
        steps: of every start.
        step: how far the first goes, as a share of the norm; they shorten evenly to nothing.
        blur_px, blur_frames: standard deviations of the Gaussian that smooths each gradient.
    """

    steps: int
    step: float
    blur_px: float
    blur_frames: float


@attrs.frozen(eq=False)
class Peaks:
    """What the starts came to.

    Attributes:
        windows: (start, time, channel, height, width), the best on the way of each.
        rates: (start,), there.
        flat: whether no start ever had a gradient: nothing that was tried changes the rate.
    """

    windows: Float[np.ndarray, "start time channel height width"]
    rates: Float[np.ndarray, " start"]
    flat: bool


def ascend(
    rate: Rate, starts: Float[np.ndarray, "start time channel height width"], limits: Limits, climb: Climb
) -> Peaks:
    """Climb from every start along the smoothed gradient, back within the limits after every step."""
    windows = limits.apply(starts)
    best, highest, flat = windows, np.full(len(windows), -np.inf), True
    for number in range(climb.steps + 1):
        rates, gradient = _gradient(rate, windows)
        better = rates > highest
        best = np.where(better[:, None, None, None, None], windows, best)
        highest = np.where(better, rates, highest)
        size = window_norm(gradient)
        flat = flat and not size.any()
        length = limits.norm * climb.step * (1 - number / climb.steps)
        smooth = gaussian_filter(gradient, (0, climb.blur_frames, 0, climb.blur_px, climb.blur_px))
        smooth_size = window_norm(smooth)
        windows = limits.apply(windows + length * smooth / np.where(smooth_size > 0, smooth_size, 1))
    return Peaks(best, highest, flat)


def _gradient(
    rate: Rate, windows: Float[np.ndarray, "start time channel height width"]
) -> tuple[Float[np.ndarray, " start"], Float[np.ndarray, "start time channel height width"]]:
    """Return the rates of windows and how each grows with every pixel of its own window."""
    stimulus = torch.from_numpy(windows).requires_grad_()
    rates = rate(stimulus)
    (gradient,) = torch.autograd.grad(rates.sum(), stimulus)  # a window's rate depends on that window alone
    return rates.detach().double().numpy(), gradient.numpy()


def draw_starts(
    count: int, shape: tuple[int, ...], blur: tuple[float, float], generator: np.random.Generator
) -> Float[np.ndarray, "start time channel height width"]:
    """Return smooth noise around zero, of a shape (time, channel, height, width); `blur` in px and frames."""
    pixels, frames = blur
    return gaussian_filter(generator.normal(size=(count, *shape)), (0, frames, 0, pixels, pixels))
