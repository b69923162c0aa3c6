"""Describe filters by smooth cosine waves in space and time, in which a smoothness penalty is a plain sum."""

from collections.abc import Iterator

import attrs
import numpy as np
from jaxtyping import Float, Int, Real
from scipy import fft

NUMBERS_AT_ONCE = 1 << 22  # numbers of windows held at once: 32 MiB


@attrs.frozen(eq=False)
class CosineBasis:
    """Hold cosine components, scaled so that a filter's penalty is the sum of squares of its coefficients.

    Differences of neighbours along an axis of n points have the eigenvectors of the discrete cosine
    transform (type II), with eigenvalues 2 − 2 cos(π k / n), k = 0 … n − 1.

    Attributes:
        shape: (lag, height, width) of a filter.
        index: (3, component), wave numbers in lag, row and column.
        scale: (component,), one over the root of the penalty of a wave of unit norm.
    """

    shape: tuple[int, int, int]
    index: Int[np.ndarray, "3 component"]
    scale: Float[np.ndarray, " component"]

    def filters(
        self, coefficients: Float[np.ndarray, "component neuron"]
    ) -> Float[np.ndarray, "lag height width neuron"]:
        """Return the filters that have these coefficients."""
        waves = np.zeros((*self.shape, coefficients.shape[1]))
        waves[tuple(self.index)] = self.scale[:, None] * coefficients
        return fft.idctn(waves, axes=(0, 1, 2), norm="ortho")

    def transform(self, stimulus: Real[np.ndarray, "frame height width"]) -> "Waves":
        """Return what of a movie the components need."""
        lags, height, width = self.shape
        spatial = self.index[1] * width + self.index[2]
        used, of_component = np.unique(spatial, return_inverse=True)
        images = np.empty((len(stimulus), len(used)), dtype=np.float32)
        first, step = stimulus[0].astype(np.float64), max(1, NUMBERS_AT_ONCE // (height * width))
        for start in range(0, len(stimulus), step):
            chunk = stimulus[start : start + step] - first  # a constant image changes nothing but digits
            images[start : start + step] = fft.dctn(chunk, axes=(1, 2), norm="ortho").reshape(len(chunk), -1)[
                :, used
            ]
        times = fft.dct(np.eye(lags), axis=0, norm="ortho")  # wave lag
        return Waves(images, times, self.index[0], of_component, self.scale)


@attrs.frozen(eq=False)
class Waves:
    """A movie in space components, from which rows of the regression are made when they are asked for."""

    images: Float[np.ndarray, "frame image"]
    times: Float[np.ndarray, "wave lag"]
    wave: Int[np.ndarray, " component"]
    image: Int[np.ndarray, " component"]
    scale: Float[np.ndarray, " component"]

    def rows(self, bins: Int[np.ndarray, " bin"]) -> Iterator[Float[np.ndarray, "block component"]]:
        """Yield the components of the windows of some bins, in order, some bins at a time."""
        lags = np.arange(self.times.shape[1])
        step = max(1, NUMBERS_AT_ONCE // (len(lags) * max(self.images.shape[1], 1)))
        for start in range(0, len(bins), step):
            windows = self.images[bins[start : start + step, None] - lags]  # bin lag image
            waves = np.einsum("bli,wl->bwi", windows, self.times, optimize=True)
            yield waves[:, self.wave, self.image] * self.scale


def choose_components(
    shape: tuple[int, int, int], space: float, time: float, ridge: float, count: int
) -> CosineBasis:
    """Return the `count` smoothest components of filters (lag, height, width), or all there are.

    The penalty of w is ridge Σ w² + space Σ (differences of neighbouring pixels)² + time Σ (differences of
    neighbouring lags)².
    """
    lag, row, column = (2 - 2 * np.cos(np.pi * np.arange(points) / points) for points in shape)
    stiffness = ridge + time * lag[:, None, None] + space * (row[:, None] + column)
    chosen = np.sort(np.argsort(stiffness, axis=None, kind="stable")[:count])
    index = np.stack(np.unravel_index(chosen, shape))
    return CosineBasis(shape, index, 1 / np.sqrt(stiffness[tuple(index)]))
