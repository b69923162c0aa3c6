"""Correlate predictions with responses: cell by cell, trial by trial, and over the population."""

import numpy as np
from jaxtyping import Float64

from sysid.errors import SysidError
from sysid.metrics.axes import check_axes, neuron_groups, per_neuron, read_prediction, read_responses
from sysid.metrics.moment import PREDICTION_RESOLUTION, centre, mean_of_finite, mean_over_repeats, pearson


def correlation(responses: np.ndarray, prediction: np.ndarray) -> float | np.ndarray:
    """Correlate the mean over recorded repeats with the prediction: CC = corr(ȳ, p), Pearson's.

    NaN where the mean response or the prediction is constant (a prediction that varies by less than
    single precision resolves is constant), or the prediction is infinite anywhere.

    Raises:
        SysidError: axes that do not fit together, or infinite responses.
    """
    return per_neuron(
        lambda recorded, predicted: pearson(
            mean_over_repeats(recorded), predicted, resolution=PREDICTION_RESOLUTION
        ),
        responses,
        prediction,
    )


def single_trial_correlation(
    responses: np.ndarray, prediction: np.ndarray, kind: str = "concatenated"
) -> float | np.ndarray:
    """Correlate single trials with the prediction, so that the noise of a trial counts.

    Concatenated, a drift of the rate from trial to trial counts as noise, and silent trials count too.

    Args:
        kind: "concatenated" for one CC over all trials put end to end, with the prediction repeated for each,
            or "per_trial" for the mean over trials of their CC, leaving out trials that are constant.

    Raises:
        SysidError: axes that do not fit together, infinite responses, or another kind.
    """

    def compute(recorded: np.ndarray, predicted: np.ndarray) -> np.ndarray:
        repeated = np.broadcast_to(predicted, recorded.shape)
        return correlate_trials(recorded, repeated, check_kind(kind), PREDICTION_RESOLUTION)

    return per_neuron(compute, responses, prediction)


def check_kind(kind: str) -> str:
    """Return `kind` if it is a way to treat trials.

    Raises:
        SysidError: it is not.
    """
    if kind not in ("concatenated", "per_trial"):
        raise SysidError(f'kind: expected "concatenated" or "per_trial", got {kind!r}')
    return kind


def correlate_trials(
    trials: Float64[np.ndarray, "repeat frame neuron"],
    predicted: Float64[np.ndarray, "repeat frame neuron"],
    kind: str,
    resolution: float,
) -> Float64[np.ndarray, "neuron"]:
    """Correlate each trial with a prediction of its own, over all trials at once or trial by trial."""
    if kind == "concatenated":
        neurons = trials.shape[2]
        return pearson(
            trials.reshape(-1, neurons),  # repeat·frame neuron
            predicted.reshape(-1, neurons),
            resolution=resolution,
        )
    return mean_of_finite(pearson(trials, predicted, axis=1, resolution=resolution))


def population_correlation(responses: np.ndarray, prediction: np.ndarray) -> float:
    """Correlate the mean over cells of the responses with the mean over cells of the predictions.

    Both means are over the cells that have a response and a prediction in the bin. Each cell's own mean over
    its bins is subtracted before and the mean of these is added after, which changes nothing where all is
    recorded, and otherwise keeps cells that come and go from passing for a prediction.
    NaN where either mean is constant or any prediction is infinite.

    Raises:
        SysidError: axes that do not fit together, or infinite responses.
    """
    responses, prediction = check_axes(responses, prediction)
    if np.isinf(prediction).any():
        return float("nan")
    frames = responses.shape[1]
    totals, levels = np.zeros((2, frames)), np.zeros(2)
    cells, count = 0, np.zeros(frames)
    for group in neuron_groups(responses):
        traces = np.stack(
            [mean_over_repeats(read_responses(responses, group)), read_prediction(prediction, group)]
        )  # 2 frame neuron
        mask = ~np.isnan(traces).any(axis=0)
        bins = np.maximum(mask.sum(axis=0), 1)
        levels += (np.where(mask, traces, 0).sum(axis=1) / bins).sum(axis=1)
        totals += np.stack([centre(trace, mask).sum(axis=1) for trace in traces])
        cells += int(mask.any(axis=0).sum())
        count += mask.sum(axis=1)
    means = np.full((2, frames), np.nan)
    covered = count > 0
    means[:, covered] = (levels / max(cells, 1))[:, None] + totals[:, covered] / count[covered]
    return pearson(means[0, :, None], means[1, :, None], resolution=PREDICTION_RESOLUTION).item()
