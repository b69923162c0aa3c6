"""Say in numbers and sentences how learned kernels differ from ones that learned nothing."""

import math

import numpy as np
from jaxtyping import Float

from sysid import Run
from sysid_analyses.first_layer.kernel_reference import regularity_examples
from sysid_analyses.kernel import KernelSet

INDICES = {"autocorrelation": "spatial autocorrelation", "regularity": "temporal regularity"}


def summarize_kernels(
    learned: KernelSet, untrained: KernelSet, subunits: KernelSet | None
) -> dict[str, float | str]:
    """Return medians of the indices, and how often a kernel exceeds an untrained one: .5 is chance."""
    numbers: dict[str, float | str] = {
        "kernels": float(len(learned.maps)),
        "median_separability": middle(learned.separability),
    }
    for index in INDICES:
        values, null = getattr(learned, index), getattr(untrained, index)
        numbers[f"median_{index}"] = middle(values)
        numbers[f"untrained_median_{index}"] = middle(null)
        numbers[f"{index}_above_untrained"] = exceedance(values, null)
        if subunits is not None:
            numbers[f"subunit_median_{index}"] = middle(getattr(subunits, index))
    return numbers


def middle(values: Float[np.ndarray, " kernel"]) -> float:
    """Return the median of what is defined."""
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if len(finite) else float("nan")


def exceedance(values: Float[np.ndarray, " kernel"], null: Float[np.ndarray, " other"]) -> float:
    """Return how often a value exceeds one of the null, over all pairs, ties half: .5 where they are alike.

    This is U/(n·m) of Mann and Whitney, the area under the ROC curve. NaN where either has no values.
    """
    differences = np.subtract.outer(values[np.isfinite(values)], null[np.isfinite(null)])
    return float((np.sign(differences).mean() + 1) / 2) if differences.size else float("nan")


def state_kernels(numbers: dict[str, float | str], lags: int, drawn_before: bool) -> tuple[str, ...]:
    """Put the numbers of `summarize_kernels` into sentences.

    Args:
        numbers: as there.
        lags: how many a kernel has.
        drawn_before: whether the kernels are still as they were drawn.
    """
    sentences = ["The kernels are still as they were drawn: the model is untrained."] if drawn_before else []
    for index, name in INDICES.items():
        if math.isfinite(float(numbers[f"median_{index}"])):
            sentences.append(_compare(numbers, index, name))
    if lags > 1:
        sentences.append(warn_of_peakedness(lags))
    else:
        sentences.append("A kernel sees one frame, so it has no time course and no temporal regularity.")
    share = float(numbers["median_separability"])
    sentences.append(
        f"The product of map and time course holds {100 * share:.0f} % of a kernel's power in the median; "
        "the indices say nothing of the rest."
    )
    return tuple(sentences)


def _compare(numbers: dict[str, float | str], index: str, name: str) -> str:
    sentence = (
        f"The median {name} is {_shown(numbers[f'median_{index}'])}, of untrained kernels "
        f"{_shown(numbers[f'untrained_median_{index}'])}; a learned kernel exceeds an untrained one in "
        f"{100 * float(numbers[f'{index}_above_untrained']):.0f} % of all pairs (chance 50 %)."
    )
    if f"subunit_median_{index}" in numbers:
        sentence += f" The true subunits have {_shown(numbers[f'subunit_median_{index}'])}."
    return sentence


def warn_of_peakedness(lags: int) -> str:
    """Say what temporal regularity measures, with examples of so many lags."""
    sine, noise, pulse = (_shown(each) for each in regularity_examples(lags))
    return (
        f"Temporal regularity measures peakedness, not smoothness: over {lags} lags one cycle of a sine has "
        f"{sine}, white noise {noise} on average, a pulse of one lag {pulse}."
    )


def describe_span(run: Run, lags: int) -> str:
    """Say when a kernel's lags were on screen, `−667 to −33 ms from the bin`, or how many frames from it."""
    oldest, newest = -(run.window.lead + lags - 1), -run.window.lead
    rates_hz = {session.get("frame_rate_hz") for session in run.information["sessions"].values()}
    rate_hz = rates_hz.pop()
    if rates_hz or rate_hz is None:
        return f"{oldest} to {newest} frames from the bin".replace("-", "−")
    return f"{1000 * oldest / rate_hz:.0f} to {1000 * newest / rate_hz:.0f} ms from the bin".replace("-", "−")


def _shown(value: float | str) -> str:
    return f"{float(value):.2f}".replace("-", "−")
