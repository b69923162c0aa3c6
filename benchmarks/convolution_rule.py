"""Fit the cost rule of `method = "auto"`: time many layers either way on one core, say how well it chooses.

    python -m benchmarks.convolution_rule [--few]

takes about six minutes. Coefficients go to `plugins/sysid_encoders/convolution.py` by hand.
"""

import itertools
import sys
import time
from collections.abc import Callable, Iterator

import attrs
import numpy as np
import torch
from scipy.optimize import nnls
from torch import Tensor
from torch.nn.functional import conv2d

from sysid_encoders.convolution import Geometry, direct_milliseconds, fourier_milliseconds
from sysid_encoders.fourier import fourier_conv2d

SIZES = ((12, 24, 48, 90), (1, 3, 5, 7, 9, 13, 21), (1, 8, 20, 64), (8, 32, 128), (16, 64))
FEW = ((12,), (3, 7), (1, 8), (8,), (16,))
MOST_VALUES, MOST_PRODUCTS = 8e6, 4e10  # beyond which a layer takes more than seconds
REPEATS = 3


@attrs.frozen
class Timed:
    """One layer and its milliseconds, of a step of so many images, either way."""

    geometry: Geometry
    images: int
    direct: float
    fourier: float


def time_layers(sizes: tuple[tuple[int, ...], ...]) -> Iterator[Timed]:
    """Yield layers of all pixels × kernels × channels × maps × images."""
    for pixels, kernel, channels, maps, images in itertools.product(*sizes):
        geometry = Geometry(channels, maps, pixels, pixels, kernel, kernel)
        values = images * pixels**2 * max(channels, maps)
        if (
            kernel > pixels
            or values > MOST_VALUES
            or values * min(channels, maps) * kernel**2 > MOST_PRODUCTS
        ):
            continue
        inputs = (
            torch.randn(images, channels, pixels, pixels, requires_grad=True),
            torch.randn(maps, channels, kernel, kernel, requires_grad=True),
        )
        yield Timed(geometry, images, time_step(conv2d, inputs), time_step(fourier_conv2d, inputs))


def time_step(convolve: Callable[..., Tensor], inputs: tuple[Tensor, Tensor]) -> float:
    """Return the milliseconds of forward and both gradients, the best of some after one to warm up."""
    best = float("inf")
    for _ in range(1 + REPEATS):
        started = time.perf_counter()
        torch.autograd.grad(convolve(*inputs).sum(), inputs)
        best = min(best, time.perf_counter() - started) if _ else best
    return 1e3 * best


def features(timed: Timed) -> tuple[list[float], list[float]]:
    """Return what each estimate is a sum of: operations, numbers that are moved, and what is constant."""
    geometry, images = timed.geometry, timed.images
    outputs = images * geometry.maps * geometry.map_pixels
    inputs = images * geometry.channels * geometry.height * geometry.width
    taps = outputs * geometry.kernel_height * geometry.kernel_width
    sides = images * (geometry.channels + geometry.maps) + geometry.channels * geometry.maps
    direct = [geometry.direct_operations() * images, taps, inputs + outputs]
    fourier = [geometry.fourier_operations(images) * images, 2 * geometry.frequencies * sides, 1.0]
    return direct, fourier


def main() -> None:
    """Print coefficients as fitted here, and how often and how dearly the rule as it stands errs."""
    torch.set_num_threads(1)
    layers = list(time_layers(FEW if "--few" in sys.argv else SIZES))
    for number, name in enumerate(("direct", "fourier")):
        times = np.array([getattr(layer, name) for layer in layers])
        parts = np.array([features(layer)[number] for layer in layers])
        coefficients, _ = nnls(parts / times[:, None], np.ones(len(times)))  # relative errors
        print(f"{name}: milliseconds per operation, per number moved …: {coefficients}")
    cost = []
    for layer in layers:
        estimates = [f(layer.geometry, layer.images) for f in (direct_milliseconds, fourier_milliseconds)]
        chosen = layer.fourier if estimates[1] < estimates[0] else layer.direct
        cost.append(chosen / min(layer.direct, layer.fourier))
    dear = sum(each > 1.1 for each in cost)
    print(f"{len(cost)} layers; the choice costs {np.mean(cost):.3f} of the better method's time on average,")
    print(f"more than 1.1 in {dear}, at worst {max(cost):.2f}")


if __name__ == "__main__":
    main()
