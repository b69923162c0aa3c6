"""Spike times from counts, and counts from spike times."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64


def place_spikes(
    counts: np.ndarray, edges_s: Float64[np.ndarray, " edge"], generator: np.random.Generator
) -> np.ndarray:
    """Return sorted times of `counts` (bin,) spikes, some of them just when a bin begins."""
    bins = np.repeat(np.arange(len(counts)), counts)
    share = generator.uniform(0.001, 0.999, len(bins))
    first = np.concatenate([[True], bins[1:] != bins[:-1]]) if len(bins) else np.zeros(0, bool)
    share[first & (counts[bins] > 1)] = 0.0  # on the edge: such a spike belongs to the bin it begins
    return np.sort(edges_s[bins] + share * np.diff(edges_s)[bins])


def count_spikes(trains: Sequence[np.ndarray], edges_s: Float64[np.ndarray, " edge"]) -> np.ndarray:
    """Return the spikes from each edge on and before the next: (bin, cell), float32."""
    below = [np.searchsorted(np.sort(times), edges_s, side="left") for times in trains]
    return np.diff(np.stack(below, axis=1), axis=0).astype(np.float32)


def spontaneous_spikes(
    cells: int, span_s: tuple[float, float], generator: np.random.Generator, rate_hz: float = 0.5
) -> list[np.ndarray]:
    """Return a few spikes of each cell that nothing on the screen caused, over the whole session."""
    expected = rate_hz * (span_s[1] - span_s[0])
    return [np.sort(generator.uniform(*span_s, generator.poisson(expected))) for _ in range(cells)]


def join_trains(*parts: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return each cell's times from several stretches, sorted."""
    return [np.sort(np.concatenate(times)) for times in zip(*parts, strict=True)]
