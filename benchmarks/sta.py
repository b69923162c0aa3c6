"""Spike-triggered averages of a population: ours, windows made in memory, and a loop over spikes."""

from collections.abc import Iterator

import attrs
import numpy as np
from jaxtyping import Float32, Float64, Real

from benchmarks.comparison import Call, Comparison, Growth, Peer
from sysid_analyses.lagged.choice import choose_exact, choose_single_precision
from sysid_analyses.lagged.cosine import CosineCorrelation
from sysid_analyses.sta import spike_triggered_average

SPIKES_PER_BIN = 0.3  # 9 Hz in bins of 1 / 30 s
CHECKED_CELLS = 20


@attrs.frozen
class Sizes:
    """Frames, their side, cells, those of them that the loop is timed on, lags, and what grows."""

    frames: int
    pixels: int
    cells: int
    looped_cells: int
    lags: int
    durations: tuple[int, ...]
    populations: tuple[int, ...]


FULL = Sizes(20_000, 30, 1000, 10, 20, (5_000, 10_000, 20_000, 40_000), (125, 250, 500, 1000))
QUICK = Sizes(200, 4, 6, 2, 5, (100, 200, 400), (2, 4, 8))


def comparisons(sizes: Sizes) -> Iterator[Comparison]:
    """Yield the average for binary noise, for 8-bit grey noise, and for Gaussian noise."""
    responses = draw_responses(sizes.frames, sizes.cells)
    for kind in ("binary", "grey", "Gaussian"):
        stimulus = draw_stimulus(kind, sizes.frames, sizes.pixels)
        yield Comparison(
            f"Spike-triggered average, {kind} noise ({stimulus.dtype})",
            f"{state_sizes(sizes)}; ours: {state_way(kind)}, less the average over all bins, which the "
            "others leave out; windows are made in float32",
            average_call(stimulus, responses, sizes.lags),
            {
                "all windows in memory, R.T @ X": Peer(window_call(stimulus, responses, sizes.lags)),
                "loop over spikes": Peer(
                    loop_call(stimulus, responses[:, : sizes.looped_cells], sizes.lags),
                    share=sizes.looped_cells / sizes.cells,
                ),
            },
            operations=None if is_exact(kind) else count_operations(sizes),
            agreement=lambda stimulus=stimulus: agreement(stimulus, responses[:, :CHECKED_CELLS], sizes.lags),
        )


def growths(sizes: Sizes) -> Iterator[Growth]:
    """Yield our averages of binary and of Gaussian noise by frames, and by cells."""
    for kind in ("binary", "Gaussian"):

        def lengthen(frames: int, kind: str = kind) -> Call:
            stimulus = draw_stimulus(kind, frames, sizes.pixels)
            return average_call(stimulus, draw_responses(frames, sizes.cells), sizes.lags)

        def enlarge(cells: int, kind: str = kind) -> Call:
            stimulus = draw_stimulus(kind, sizes.frames, sizes.pixels)
            return average_call(stimulus, draw_responses(sizes.frames, cells), sizes.lags)

        yield Growth(f"Spike-triggered average, {kind} noise", "frames", sizes.durations, lengthen)
        yield Growth(f"Spike-triggered average, {kind} noise", "cells", sizes.populations, enlarge)


def draw_stimulus(kind: str, frames: int, pixels: int) -> Real[np.ndarray, "frame height width"]:
    """Return white noise of two values, of 256, or of a normal distribution."""
    generator, shape = np.random.default_rng(0), (frames, pixels, pixels)
    if kind == "Gaussian":
        return generator.standard_normal(shape, dtype=np.float32)
    return generator.integers(0, 2 if kind == "binary" else 256, shape, dtype=np.uint8)


def draw_responses(frames: int, cells: int) -> Float32[np.ndarray, "frame cell"]:
    """Return spike counts."""
    return np.random.default_rng(1).poisson(SPIKES_PER_BIN, (frames, cells)).astype(np.float32)


def average_call(
    stimulus: Real[np.ndarray, "frame height width"], responses: Float32[np.ndarray, "frame cell"], lags: int
) -> Call:
    """Return a call of ours."""
    return lambda: spike_triggered_average(stimulus, responses, lags)


def window_call(
    stimulus: Real[np.ndarray, "frame height width"], responses: Float32[np.ndarray, "frame cell"], lags: int
) -> Call:
    """Return a call that makes all windows in memory and multiplies them by the responses."""

    def call() -> Float32[np.ndarray, "cell feature"]:
        frames, pixels = len(stimulus), stimulus[0].size
        windows = np.empty((frames - lags + 1, lags, pixels), dtype=np.float32)
        for lag in range(lags):
            windows[:, lag] = stimulus[lags - 1 - lag : frames - lag].reshape(-1, pixels)
        used = responses[lags - 1 :]
        return used.T @ windows.reshape(len(windows), -1) / used.sum(axis=0)[:, None]

    return call


def loop_call(
    stimulus: Real[np.ndarray, "frame height width"], responses: Float32[np.ndarray, "frame cell"], lags: int
) -> Call:
    """Return a call that adds up windows spike by spike."""

    def call() -> Float64[np.ndarray, "cell lag height width"]:
        averages = np.zeros((responses.shape[1], lags, *stimulus.shape[1:]))
        for average, own in zip(averages, responses.T, strict=True):
            for bin in np.flatnonzero(own[lags - 1 :]) + lags - 1:
                average += own[bin] * stimulus[bin - lags + 1 : bin + 1][::-1]
            average /= own[lags - 1 :].sum()
        return averages

    return call


def is_exact(kind: str) -> bool:
    """Tell whether ours multiplies whole numbers of 8 bits for this noise on this machine."""
    return kind == "binary" and choose_exact() is not None


def state_way(kind: str) -> str:
    """Return which products ours takes on this machine."""
    if is_exact(kind):
        return "exact, in products of 8 bits"
    return "single precision" + (", as there are no units for products of 8 bits" if kind == "binary" else "")


def state_sizes(sizes: Sizes) -> str:
    """Return the sizes, and what the definition costs."""
    operations = 2.0 * sizes.frames * sizes.lags * sizes.pixels**2 * sizes.cells
    return (
        f"{sizes.frames:,} frames of {sizes.pixels} × {sizes.pixels} px, {sizes.cells} cells, "
        f"{sizes.lags} lags: {operations / 1e9:.3g} GFLOP lag by lag"
    )


def count_operations(sizes: Sizes) -> float:
    """Return the additions and multiplications of ours in single precision, both transforms among them."""
    way, pixels = choose_single_precision(sizes.lags, sizes.cells), sizes.pixels**2
    if not isinstance(way, CosineCorrelation):
        return 2.0 * sizes.frames * sizes.lags * pixels * sizes.cells
    stretches = -(-sizes.frames // way.bins)
    passes = -(-stretches // way.stretches)
    there = stretches * (way.window * pixels + way.bins * sizes.cells)
    back = passes * sizes.lags * pixels * sizes.cells
    return 2.0 * way.points * (stretches * pixels * sizes.cells + there + back)


def agreement(
    stimulus: Real[np.ndarray, "frame height width"], responses: Float32[np.ndarray, "frame cell"], lags: int
) -> str:
    """Hold both ways, less the plain average, against double precision, for the first cells."""
    frames, cells = responses.shape
    ours = spike_triggered_average(stimulus, responses, lags).reshape(lags, -1, cells)
    theirs = window_call(stimulus, responses, lags)().reshape(cells, lags, -1).transpose(1, 2, 0)
    ours_off, theirs_off, size = np.zeros(3)
    used = responses[lags - 1 :].astype(np.float64)
    for lag in range(lags):
        seen = stimulus[lags - 1 - lag : frames - lag].reshape(len(used), -1).astype(np.float64)
        mean = seen.mean(axis=0)[:, None]
        exact = seen.T @ used / used.sum(axis=0) - mean
        ours_off += np.square(ours[lag] - exact).sum()
        theirs_off += np.square(theirs[lag] - mean - exact).sum()
        size += np.square(exact).sum()
    return (
        f"- {cells} cells, relative error of the average against double precision: "
        f"sysid {np.sqrt(ours_off / size):.1e}, windows in memory {np.sqrt(theirs_off / size):.1e}"
    )
