"""Choose sizes of a model that fit its data: history, kernels, window, frames."""

import math

import attrs

SPIKE_HISTORY_S = 0.3
TRACE_HISTORY_S = 0.5
MOST_HISTORY = 60  # frames: each is an input channel of the first layer
CHANNELS = (16, 8)
LARGEST_KERNEL_PX = 11
MOST_WEIGHTS = 1500  # of a window readout's cell: least squares solves as many equations
MOST_WEIGHTS_OF_MANY = 600
MANY_CELLS = 150
MOST_PIXELS = 1300  # of a frame: about 36 × 36, with which a run takes minutes on a laptop


@attrs.frozen
class ModelSize:
    """Hold the sizes.

    Attributes:
        channels, kernels_px: of each layer of the encoder.
        window_px: side of the linear model's window.
    """

    channels: tuple[int, ...]
    kernels_px: tuple[int, ...]
    window_px: int


def choose_size(history: int, size_px: tuple[int, int], neurons: int) -> ModelSize:
    """Return sizes that fit a history in bins, frames (height, width), and so many cells."""
    smaller = min(size_px)
    kernels = choose_kernels(smaller)
    weights = MOST_WEIGHTS if neurons <= MANY_CELLS else MOST_WEIGHTS_OF_MANY
    window = int((weights / history) ** 0.5)
    return ModelSize(CHANNELS[: len(kernels)], kernels, _odd(min(window, smaller)))


def choose_history(bin_s: float, bins: int, *, is_image: bool, is_spikes: bool) -> int:
    """Return how many bins a model looks back: 1 for single images, a tenth of what there is at most."""
    if is_image:
        return 1
    history_s = SPIKE_HISTORY_S if is_spikes else TRACE_HISTORY_S
    return max(1, min(MOST_HISTORY, round(history_s / bin_s), bins // 10))


def choose_kernels(smaller_px: int) -> tuple[int, ...]:
    """Return the kernels of one or two layers for frames whose smaller side has so many pixels."""
    first = min(LARGEST_KERNEL_PX, _odd(max(min(3, smaller_px), smaller_px // 3 + 1)))
    return (first, 3) if smaller_px - first + 1 >= 5 else (first,)


def _odd(count: int) -> int:
    """Return the largest odd number up to a count, 1 at least."""
    return max(1, count - (count + 1) % 2)


def choose_height(size_px: tuple[int, int]) -> int | None:
    """Return the height to which large frames are averaged, their width in proportion; None = as stored.

    Where it can, a whole number of stored pixels becomes one pixel.
    """
    height, width = size_px
    if height * width <= MOST_PIXELS:
        return None
    wanted = max(1, math.isqrt(MOST_PIXELS * height // width))  # height' · width' = MOST_PIXELS
    common = math.gcd(height, width)
    whole = [height // step for step in range(1, common + 1) if common % step == 0]
    fitting = [each for each in whole if wanted / 2 <= each <= wanted]
    return max(fitting, default=wanted)
