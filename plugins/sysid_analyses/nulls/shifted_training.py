"""Shift responses in time within a part of the split, so that a model trained on them learns no stimulus."""

import numpy as np
from jaxtyping import Float, Int

from sysid_analyses.nulls.shuffled_pairing import admissible_shifts


def part_bins(responses: Float[np.ndarray, "repeat frame neuron"]) -> Int[np.ndarray, " bin"]:
    """Return the frames at which anything was recorded."""
    return np.flatnonzero(~np.isnan(responses).all(axis=(0, 2)))


def shift_responses(
    responses: list[np.ndarray],
    bins: list[np.ndarray],
    reach: int,
    generator: np.random.Generator,
) -> list[np.ndarray] | None:
    """Return the responses with those of some bins shifted circularly along these bins, by a drawn number.

    The bins of all presentations with the same number of repeats are joined end to end, and shifted so that
    no response comes to a bin within `reach` frames of its own. All neurons and repeats move together, so
    what they share, and how slow it is, stays. All other bins stay as they are.

    Args:
        responses: by presentation, (repeat, frame, neuron).
        bins: by presentation, the frames that are shifted, increasing.
        reach: how many frames before the bin the oldest frame of a window lies.
        generator: what the shifts are drawn with.

    Returns:
        Copies, or None where there are too few bins for such a shift.
    """
    shifted = [each.copy() for each in responses]
    for repeats in sorted({len(each) for each, chosen in zip(responses, bins, strict=True) if len(chosen)}):
        members = [number for number, each in enumerate(responses) if len(each) == repeats]
        presentation = np.concatenate([np.full(len(bins[number]), number) for number in members])
        frame = np.concatenate([bins[number] for number in members])
        shifts = admissible_shifts(presentation, frame, reach)
        if not len(shifts):
            return None
        joined = np.concatenate([responses[number][:, bins[number]] for number in members], axis=1)
        moved = np.roll(joined, int(generator.choice(shifts)), axis=1)  # repeat bin neuron
        for number in members:
            shifted[number][:, bins[number]] = moved[:, presentation == number]
    return shifted
