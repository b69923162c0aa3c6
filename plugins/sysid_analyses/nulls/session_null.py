"""Score one session's test part and its nulls: other responses, and time alone."""

import attrs
import numpy as np
from jaxtyping import Bool, Float

import sysid
from sysid_analyses.nulls.drift import DriftPrediction, predict_drift
from sysid_analyses.nulls.shuffled_pairing import Pairings, draw_pairings, shuffled_correlations
from sysid_analyses.repeat_mean import average_repeats


@attrs.frozen(eq=False)
class SessionNull:
    """Hold the scores of one session's cells, true and null.

    Attributes:
        scorable: (neuron,), whose response is not constant; means are over these.
        correlation: (neuron,), of the true pairing.
        pairings: which other responses the predictions were paired with.
        shuffled: (draw, neuron), of those pairings.
        drift: what the time of a bin says.
        drift_correlation: (neuron,); NaN where the drift predictor is constant.
    """

    scorable: Bool[np.ndarray, " neuron"]
    correlation: Float[np.ndarray, " neuron"]
    pairings: Pairings
    shuffled: Float[np.ndarray, "draw neuron"]
    drift: DriftPrediction
    drift_correlation: Float[np.ndarray, " neuron"]


def score_nulls(
    part: dict[str, np.ndarray],
    training: list[np.ndarray],
    reach: int,
    draws: int,
    generator: np.random.Generator,
) -> SessionNull:
    """Score a session's test part with its true responses, with others, and by time alone.

    Presentations count as shown one right after the other.

    Args:
        part: the stored test part, by name as in `sysid.RunFolder.predictions`.
        training: by presentation, (repeat, frame, neuron), NaN but in the training bins.
        reach: how many frames before the bin the oldest frame of a window lies.
        draws: pairings at the most.
        generator: what they are drawn with.
    """
    responses = average_repeats(part["responses"])
    prediction = part["prediction"].astype(np.float64)
    pairings = draw_pairings(part["presentation"], part["frame"], reach, draws, generator)
    mean = np.concatenate([average_repeats(each) for each in training])  # frame neuron
    begins = np.cumsum([0, *(each.shape[1] for each in training[:-1])])
    train = np.flatnonzero(~np.isnan(mean).all(axis=1))
    drift = predict_drift(begins[part["presentation"]] + part["frame"], train, mean[train])
    return SessionNull(
        scorable=sysid.metrics.scorable(responses[None]),
        correlation=sysid.metrics.correlation(responses[None], prediction),
        pairings=pairings,
        shuffled=shuffled_correlations(responses, prediction, pairings.partner),
        drift=drift,
        drift_correlation=sysid.metrics.correlation(responses[None], drift.prediction),
    )


def mean_over_cells(
    scores: Float[np.ndarray, "*draws neuron"], scorable: Bool[np.ndarray, " neuron"]
) -> Float[np.ndarray, "*draws"]:
    """Average over the scorable cells; a scorable cell without a score counts as 0, as in `sysid.metrics`."""
    return np.asarray(np.nan_to_num(scores[..., scorable]).mean(axis=-1))  # one number has no axes
