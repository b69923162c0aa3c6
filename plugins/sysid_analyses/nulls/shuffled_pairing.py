"""Pair predictions with responses to other stretches of the stimulus: what chance scores."""

import attrs
import numpy as np
from jaxtyping import Float, Int

import sysid

FEWEST_STRETCHES = 5  # so many can be paired with one another in 44 ways
LONGEST_PER_MEDIAN = 2  # stretches that differ more in length are not exchanged for one another
BATCH = 256  # orders drawn at once


@attrs.frozen(eq=False)
class Pairings:
    """Hold ways to pair each bin's prediction with the response of another bin.

    Attributes:
        partner: (draw, bin), the number of the bin whose response the prediction is paired with.
        scheme: "stretches" where whole stretches of adjacent bins are exchanged for one another, "shifts"
            where all bins are shifted along the test part, end joined to start.
        possible: how many pairings of the scheme there are, or that many and more were drawn.
    """

    partner: Int[np.ndarray, "draw bin"]
    scheme: str
    possible: int


def draw_pairings(
    presentation: Int[np.ndarray, " bin"],
    frame: Int[np.ndarray, " bin"],
    reach: int,
    draws: int,
    generator: np.random.Generator,
) -> Pairings:
    """Draw different ways to pair predictions with responses that lie more than the history away.

    Where the bins form at least five stretches of similar length (sections of a recording, images), whole
    stretches are exchanged, the first bin of one for the first of the other: what all stretches have in
    common, such as a transient at their onset, stays in the null. Otherwise the responses are shifted
    circularly along all bins, which keeps their autocorrelation but for where the end meets the start; there
    are fewer shifts than bins. No bin is ever paired with one of its own presentation that is `reach` frames
    away or less.

    Args:
        presentation, frame: of each bin, in order of time.
        reach: how many frames before the bin the oldest frame of a window lies.
        draws: at most so many pairings, all different.
        generator: what they are drawn with.
    """
    start, length = find_stretches(presentation, frame)
    if len(start) >= FEWEST_STRETCHES and length.max() <= LONGEST_PER_MEDIAN * np.median(length):
        orders = _draw_orders(presentation[start], frame[start], reach, draws, generator)
        if len(orders):
            return Pairings(_exchange(start, length, orders), "stretches", len(orders))
    shifts = admissible_shifts(presentation, frame, reach)
    chosen = generator.permutation(shifts)[:draws]
    partner = (np.arange(len(frame)) + chosen[:, None]) % max(1, len(frame))  # draw bin
    return Pairings(partner, "shifts", len(shifts))


def find_stretches(
    presentation: Int[np.ndarray, " bin"], frame: Int[np.ndarray, " bin"]
) -> tuple[Int[np.ndarray, " stretch"], Int[np.ndarray, " stretch"]]:
    """Return first bin and length of each run of bins that follow one another without a gap."""
    if not len(frame):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    breaks = (np.diff(presentation) != 0) | (np.diff(frame) != 1)
    start = np.flatnonzero(np.concatenate([[True], breaks]))
    return start, np.diff(np.append(start, len(frame)))


def admissible_shifts(
    presentation: Int[np.ndarray, " bin"], frame: Int[np.ndarray, " bin"], reach: int
) -> Int[np.ndarray, " shift"]:
    """Return the circular shifts, in bins, that pair no bin with one `reach` frames away or less.

    Bins are in order of time.
    """
    count = len(frame)
    admissible = np.arange(count) > 0  # shift
    for offset in range(1, min(reach, count - 1) + 1):  # bins further apart are further apart in time too
        near = (presentation[offset:] == presentation[:-offset]) & (frame[offset:] - frame[:-offset] <= reach)
        if near.any():
            admissible[[offset, count - offset]] = False
    return np.flatnonzero(admissible)


def shuffled_correlations(
    responses: Float[np.ndarray, "bin neuron"],
    prediction: Float[np.ndarray, "bin neuron"],
    partner: Int[np.ndarray, "draw bin"],
) -> Float[np.ndarray, "draw neuron"]:
    """Correlate predictions with the mean responses that each pairing gives them; NaN = not recorded."""
    scores = [sysid.metrics.correlation(responses[order][None], prediction) for order in partner]
    return np.stack(scores) if scores else np.zeros((0, prediction.shape[1]))


def p_value(score: float, null: Float[np.ndarray, " draw"]) -> float:
    """Return p = (1 + number of null scores that reach the score)/(1 + draws), one-sided.

    It is never 0: the true pairing is one of all (Phipson and Smyth 2010, doi:10.2202/1544-6115.1585).
    """
    return (1 + int((null >= score).sum())) / (1 + len(null))


def _draw_orders(
    presentation: Int[np.ndarray, " stretch"],
    frame: Int[np.ndarray, " stretch"],
    reach: int,
    draws: int,
    generator: np.random.Generator,
) -> Int[np.ndarray, "draw stretch"]:
    """Draw different orders of the stretches in which none stands at its own or a near one's place."""
    count = len(frame)
    near = (presentation[:, None] == presentation) & (np.abs(frame[:, None] - frame) <= reach)
    found: dict[tuple[int, ...], None] = {}
    for _ in range(
        1 + draws
    ):  # of many stretches one order in 3 leaves none in place, one in 20 none near it
        orders = np.argsort(generator.random((BATCH, count)), axis=1)
        good = ~near[np.arange(count), orders].any(axis=1)
        found |= dict.fromkeys(map(tuple, orders[good].tolist()))
        if len(found) >= draws:
            break
    return np.array(list(found)[:draws], dtype=np.int64).reshape(-1, count)


def _exchange(
    start: Int[np.ndarray, " stretch"],
    length: Int[np.ndarray, " stretch"],
    orders: Int[np.ndarray, "draw stretch"],
) -> Int[np.ndarray, "draw bin"]:
    """Pair bin by bin; where the other stretch is shorter, its bins are taken again from its first."""
    stretch = np.repeat(np.arange(len(start)), length)  # of each bin
    within = np.arange(len(stretch)) - start[stretch]
    other = orders[:, stretch]  # draw bin
    return start[other] + within % length[other]
