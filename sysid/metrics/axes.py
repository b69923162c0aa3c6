"""Check the axes of responses and predictions, and go through neurons in groups that fit in memory."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from jaxtyping import Float64

from sysid.errors import SysidError

Baseline = np.ndarray | np.floating | float | int

GROUP_VALUES = 4_000_000  # responses held in float64 at once: 32 MB


def check_axes(
    responses: np.ndarray, prediction: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return responses (repeat, frame, neuron) and prediction (frame, neuron), whichever form was given.

    Raises:
        SysidError: axes that are not those, do not fit together, or hold no repeat or no frame; not numbers.
    """
    responses = _numbers("responses", responses)
    if responses.ndim not in (2, 3):
        raise SysidError(
            "responses: expected 2 axes (repeat, frame) or 3 (repeat, frame, neuron), "
            f"got {responses.ndim} of shape {responses.shape}"
        )
    if 0 in responses.shape[:2]:
        raise SysidError(
            f"responses: expected at least one repeat and one frame, got shape {responses.shape}"
        )
    if prediction is not None:
        prediction = _numbers("prediction", prediction)
        if prediction.shape != responses.shape[1:]:
            axes = "(frame,)" if responses.ndim == 2 else "(frame, neuron)"
            raise SysidError(
                f"prediction: expected {axes} of shape {responses.shape[1:]} as in responses, "
                f"got {prediction.shape}"
            )
    if responses.ndim == 3:
        return responses, prediction
    return responses[:, :, None], None if prediction is None else prediction[:, None]


def _numbers(name: str, values: Any) -> np.ndarray:
    values = np.asarray(values)
    if values.dtype.kind not in "biuf":
        raise SysidError(f"{name}: expected real numbers, got {values.dtype}")
    return values


def neuron_groups(responses: np.ndarray) -> Iterator[slice]:
    """Yield slices of the neuron axis of responses (repeat, frame, neuron), each small enough for float64."""
    repeats, frames, neurons = responses.shape
    step = max(1, GROUP_VALUES // (repeats * frames))
    for start in range(0, neurons, step):
        yield slice(start, min(start + step, neurons))


def read_responses(responses: np.ndarray, group: slice) -> Float64[np.ndarray, "repeat frame neuron"]:
    """Return a group of neurons in float64.

    Raises:
        SysidError: a response is infinite.
    """
    values = responses[:, :, group].astype(np.float64)
    infinite = np.isinf(values)
    if infinite.any():
        raise SysidError(
            f"responses: expected finite numbers or NaN (not recorded), got infinity in {infinite.sum()} bins"
        )
    return values


def read_prediction(prediction: np.ndarray, group: slice) -> Float64[np.ndarray, "frame neuron"]:
    """Return a group of neurons in float64; a prediction that is infinite anywhere becomes NaN throughout.

    A model that diverged has no score, rather than the score of the bins where it did not.
    """
    values = prediction[:, group].astype(np.float64)
    values[:, np.isinf(values).any(axis=0)] = np.nan
    return values


def per_neuron(
    compute: Callable[..., np.ndarray],
    responses: np.ndarray,
    prediction: np.ndarray | None = None,
    baseline: Baseline | None = None,
) -> Any:
    """Apply `compute` to groups of neurons and join the results; a plain number for the one-neuron form.

    `compute` takes float64 responses (repeat, frame, neuron) and, where given, prediction (frame, neuron) and
    baseline (neuron,), and returns (neuron,).
    """
    one_neuron = np.ndim(responses) == 2
    responses, prediction = check_axes(responses, prediction)
    neurons = responses.shape[2]
    if baseline is not None:
        baseline = _numbers("baseline", baseline).astype(np.float64)
        if baseline.shape not in ((), (neurons,)):
            raise SysidError(
                f"baseline: expected one number or one per neuron ({neurons}), got shape {baseline.shape}"
            )
        baseline = np.broadcast_to(baseline, (neurons,))
    results = []
    for group in neuron_groups(responses):
        arguments = [read_responses(responses, group)]
        if prediction is not None:
            arguments.append(read_prediction(prediction, group))
        if baseline is not None:
            arguments.append(baseline[group])
        results.append(compute(*arguments))
    joined = np.concatenate(results) if results else np.zeros(0)
    return joined[0].item() if one_neuron else joined
