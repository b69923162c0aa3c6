"""Receptive fields of a model by white noise in silico: what it answers to noise that it never saw."""

from collections.abc import Callable, Iterator

import attrs
import numpy as np
from jaxtyping import Float, Float32

PIXELS_AT_ONCE = 1 << 22  # 16 MiB of float32: 25 windows of 20 frames of 90×90 px
NULL_VALUES_AT_ONCE = 1 << 24  # values of shuffled fields held at once: 128 MiB, twice over for the halves

Predict = Callable[[Float32[np.ndarray, "window lag height width"]], Float[np.ndarray, "window neuron"]]
"""Gives the rate that follows each window; frames run from the oldest to the newest."""


@attrs.frozen
class WhiteNoise:
    """Describe independent windows of binary noise that can be drawn again and again, never all at once.

    Attributes:
        windows: how many.
        lags: frames in a window.
        height, width: of a frame in pixels.
        block_px: pixels of one block share a value; the blocks begin at the first pixel, and what is left at
            the right and lower border is smaller.
        seed: the same seed gives the same windows.
    """

    windows: int
    lags: int
    height: int
    width: int
    block_px: int = 1
    seed: int = 0

    @property
    def shape(self) -> tuple[int, int, int]:
        """(lag, block row, block column) of one window."""
        return self.lags, -(-self.height // self.block_px), -(-self.width // self.block_px)

    def draw(self) -> Iterator[Float32[np.ndarray, "window lag row column"]]:
        """Yield all windows in batches, in blocks of −1 or 1 with even odds, the oldest frame first."""
        generator = np.random.default_rng(self.seed)
        size = max(2, min(256, PIXELS_AT_ONCE // (self.lags * self.height * self.width)) // 2 * 2)
        for start in range(0, self.windows, size):  # even, so that every batch begins with the first half
            count = min(size, self.windows - start)
            bits = generator.integers(0, 2, (count, *self.shape), dtype=np.int8)
            yield (2 * bits - 1).astype(np.float32)

    def show(self, blocks: Float[np.ndarray, "*more row column"]) -> Float[np.ndarray, "*more height width"]:
        """Return images in pixels from images in blocks."""
        rows = np.arange(self.height) // self.block_px
        columns = np.arange(self.width) // self.block_px
        return blocks[..., rows[:, None], columns]

    @property
    def block_pixels(self) -> Float[np.ndarray, "row column"]:
        """How many pixels each block has."""
        _, rows, columns = self.shape
        tall = np.bincount(np.arange(self.height) // self.block_px, minlength=rows)
        broad = np.bincount(np.arange(self.width) // self.block_px, minlength=columns)
        return np.outer(tall, broad).astype(np.float64)


@attrs.frozen(eq=False)
class NoiseFields:
    """Hold the receptive fields that white noise finds, and whether they are more than chance.

    Attributes:
        filters: (lag, height, width, neuron), lag 0 the newest frame that the model sees, in expected
            response per unit of the stimulus.
        agreement: (neuron,), correlation of the fields of every other window with those of the rest; NaN
            where the rate never changes.
        chance: (shuffle, neuron), the same with the rates shuffled against the windows.
        rate_variance: (neuron,), of the rates that the noise evokes.
    """

    filters: Float[np.ndarray, "lag height width neuron"]
    agreement: Float[np.ndarray, " neuron"]
    chance: Float[np.ndarray, "shuffle neuron"]
    rate_variance: Float[np.ndarray, " neuron"]

    @property
    def threshold(self) -> float:
        """The largest agreement of any neuron in any shuffle: among n shuffles, one population in n + 1
        without receptive fields has a neuron above it."""
        finite = self.chance[np.isfinite(self.chance)]
        return float(finite.max()) if finite.size else 0.0

    @property
    def found(self) -> np.ndarray:
        """(neuron,), whether the two halves agree beyond chance."""
        return np.nan_to_num(self.agreement, nan=-1.0) > self.threshold


def noise_receptive_fields(
    predict: Predict, noise: WhiteNoise, mean: float, amplitude: float, shuffles: int = 19
) -> NoiseFields:
    """Show binary noise of `mean` ± `amplitude` to a model, and return its receptive fields.

    A field is Σ (r − r̄)(x − mean) / (windows · amplitude²) over all windows x with their rates r: for a
    linear model its filter, within a sampling error of about sd(r) / (amplitude · √windows) per pixel. With
    blocks of several pixels it is the filter averaged over each block. The mean rate r̄ is over all windows.

    Nothing grows with the number of windows but the rates, (window, neuron). The noise is drawn again for
    every group of shuffles, which costs little beside what a network takes to answer it.

    The method is that of Zheng et al. 2021 (20,000 windows of ±½); halves and shuffles are ours.
    """
    rates = np.concatenate(
        [predict(mean + np.float32(amplitude) * noise.show(signs)) for signs in noise.draw()]
    ).astype(np.float64)
    rates -= rates.mean(axis=0)
    halves = weigh_windows(noise, rates)
    # an expectation of sign · rate is amplitude · Σ filter over the block
    fields = halves.sum(axis=0) / noise.windows / amplitude / noise.block_pixels  # neuron lag row column
    filters = np.moveaxis(noise.show(fields[:, ::-1]), 0, -1)  # lag height width neuron, the newest first
    variance = rates.var(axis=0)
    agreement = np.where(variance > 0, _correlate(*halves), np.nan)
    chance = np.where(variance > 0, _shuffled_agreement(noise, rates, shuffles), np.nan)
    return NoiseFields(filters, agreement, chance, variance)


def weigh_windows(
    noise: WhiteNoise, weights: Float[np.ndarray, "window column"]
) -> Float[np.ndarray, "2 column lag row column_block"]:
    """Return the sums of the windows' signs times their weights, over windows 0, 2, 4, … and 1, 3, 5, …"""
    sums = np.zeros((2, weights.shape[1], int(np.prod(noise.shape))))
    start = 0
    for signs in noise.draw():
        flat = signs.reshape(len(signs), -1)
        here = weights[start : start + len(signs)].astype(np.float32)
        for half in range(2):
            sums[half] += here[half::2].T @ flat[half::2]
        start += len(signs)
    return sums.reshape(2, -1, *noise.shape)


def _shuffled_agreement(
    noise: WhiteNoise, rates: Float[np.ndarray, "window neuron"], shuffles: int
) -> Float[np.ndarray, "shuffle neuron"]:
    """Return how well the halves agree when each window is given the rates of another."""
    generator = np.random.default_rng(noise.seed + 1)  # not the windows' own numbers
    neurons = rates.shape[1]
    group = max(1, NULL_VALUES_AT_ONCE // (neurons * int(np.prod(noise.shape))))
    found = []
    for start in range(0, shuffles, group):
        count = min(group, shuffles - start)
        orders = [generator.permutation(noise.windows) for _ in range(count)]
        shuffled = np.concatenate([rates[order] for order in orders], axis=1)  # window shuffle·neuron
        found.append(_correlate(*weigh_windows(noise, shuffled)).reshape(count, neurons))
    return np.concatenate(found) if found else np.empty((0, neurons))


def _correlate(
    first: Float[np.ndarray, "column lag row column_block"],
    second: Float[np.ndarray, "column lag row column_block"],
) -> Float[np.ndarray, " column"]:
    """Return Pearson's correlation of two sets of fields, field by field; 0 where one is constant."""
    a, b = (each.reshape(len(each), -1) - each.mean(axis=(1, 2, 3))[:, None] for each in (first, second))
    norms = np.sqrt(np.square(a).sum(axis=1) * np.square(b).sum(axis=1))
    return (a * b).sum(axis=1) / np.where(norms > 0, norms, 1)
