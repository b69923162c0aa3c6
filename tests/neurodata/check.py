"""Whether frames and responses belong together: the check that every wrong reading must fail."""

from collections.abc import Iterable

import numpy as np

from tests.neurodata.truth import FileTruth

Pieces = list[tuple[np.ndarray, np.ndarray]]
"""Frames (bin, height, width) and responses (bin, cell) of each presentation and repeat."""


def average(pieces: Pieces, lags: int) -> np.ndarray:
    """Return the response-weighted average of the frames before, by cell: (cell, lag, height, width).

    A bin without response does not count for its cell, and no history leaves its piece.
    """
    cells, shape = pieces[0][1].shape[1], pieces[0][0].shape[1:]
    total = np.zeros((cells, lags, int(np.prod(shape))))
    everything = np.concatenate([responses[lags - 1 :] for _, responses in pieces])
    mean = np.nanmean(everything, axis=0)
    grey = np.mean([frames.mean() for frames, _ in pieces])
    for frames, responses in pieces:
        weights = np.nan_to_num(responses[lags - 1 :] - mean, nan=0.0).astype(np.float64)
        flat = frames.reshape(len(frames), -1).astype(np.float64) - grey
        for lag in range(lags):
            total[:, lag] += weights.T @ flat[lags - 1 - lag : len(flat) - lag]
    return total.reshape(cells, lags, *shape)


def rank_one(averages: np.ndarray) -> np.ndarray:
    """Return the nearest separable filter of each cell, of unit norm: (cell, lag, height, width)."""
    flat = averages.reshape(*averages.shape[:2], -1)
    time, strength, space = np.linalg.svd(flat, full_matrices=False)
    nearest = time[:, :, :1] * space[:, :1, :]
    del strength  # the norm says how strongly a cell responds, not to what
    return nearest.reshape(averages.shape)


def cosines(pieces: Pieces, truth: FileTruth) -> tuple[np.ndarray, np.ndarray]:
    """Return each informative cell's cosine with its true filter, and the lag of its peak."""
    found = rank_one(average(pieces, truth.filters.shape[1]))
    cosine = (found * truth.filters).sum(axis=(1, 2, 3))
    peak = np.abs(found).max(axis=(2, 3)).argmax(axis=1)
    return cosine[truth.informative], peak[truth.informative]


def complaints(pieces: Pieces, truth: FileTruth, bound: float) -> list[str]:
    """Say what is wrong with frames and responses; nothing if they belong together."""
    expected = truth.filters.shape[2:]
    if pieces[0][0].shape[1:] != expected:
        return [f"frames are {pieces[0][0].shape[1:]}, not {expected}"]
    cosine, peak = cosines(pieces, truth)
    found = []
    if not np.median(cosine) > bound:
        found.append(f"median cosine {np.median(cosine):.3f}, not above {bound}")
    if np.median(peak) != truth.peak_lag or (peak == truth.peak_lag).mean() < 0.9:
        found.append(f"peaks at lags {sorted(set(peak.tolist()))}, not at {truth.peak_lag}")
    numbers = np.flatnonzero(truth.informative).tolist()
    for cell in truth.fragile:
        alone = cosine[numbers.index(cell)]
        if not alone > bound - 0.05:  # it has fewer spikes than the others
            found.append(f"unit {truth.ids[cell]}: cosine {alone:.3f}")
    return found


def pieces_of(presentations: Iterable) -> Pieces:
    """Return the pieces of a recording's presentations, each repeat one, channels left out."""
    pieces = []
    for presentation in presentations:
        frames = np.asarray(presentation.stimulus[0 : presentation.stimulus.shape[0]])[:, 0]
        pieces += [(frames, repeat) for repeat in presentation.responses]
    return pieces


def shown_pieces(truth: FileTruth, names: Iterable[str], *, masked: bool = True) -> Pieces:
    """Return the pieces that the truth knows."""
    pieces = []
    for name in names:
        shown = truth.shown[name]
        pieces += [(shown.frames, repeat) for repeat in (shown.responses if masked else shown.unmasked)]
    return pieces


def wrong_readings(truth: FileTruth, name: str) -> dict[str, Pieces]:
    """Return frames and responses as readers with one defect each would have them."""
    shown = truth.shown[name]
    right = shown_pieces(truth, [name])
    height, width = shown.frames.shape[1:]
    return {
        "constant clock": [(shown.frames, _on_constant_clock(truth, edges)) for edges in shown.edges_s],
        "one bin late": [(frames, np.roll(responses, 1, axis=0)) for frames, responses in right],
        "one bin early": [(frames, np.roll(responses, -1, axis=0)) for frames, responses in right],
        "upside down": [(frames[:, ::-1], responses) for frames, responses in right],
        "mirrored": [(frames[:, :, ::-1], responses) for frames, responses in right],
        "transposed": [(frames.transpose(0, 2, 1), responses) for frames, responses in right],
        "taken for the other axis order": [
            (frames.transpose(0, 2, 1).reshape(-1, height, width), responses) for frames, responses in right
        ],
    }


def _on_constant_clock(truth: FileTruth, edges_s: np.ndarray) -> np.ndarray:
    """Respond as if every frame had lasted as long as most did."""
    interval_s = np.median(np.diff(edges_s))
    return truth.respond(edges_s[0] + interval_s * np.arange(len(edges_s)))
