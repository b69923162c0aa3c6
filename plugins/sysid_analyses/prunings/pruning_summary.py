"""Put pruning curves into numbers and sentences."""

import math
from collections.abc import Sequence

import numpy as np

from sysid_analyses.prunings.pruning_order import NAMES
from sysid_analyses.prunings.pruning_score import Curve, Score
from sysid_analyses.wording import counted


def summarize_pruning(curves: Sequence[Curve], full: Score) -> dict[str, float | str]:
    """Return headline numbers; those of random orders are means over draws.

    `area.RANK` is the mean height of the curve of mean CC, `sufficient.RANK` the fewest kernels that keep
    95 % of the whole model's mean CC, `draws_below.RANK` how many random orders have a smaller area.
    """
    numbers: dict[str, float | str] = {
        "full_correlation": full.correlation,
        "full_population_correlation": full.population_correlation,
    }
    random = [curve for curve in curves if curve.order == "random"]
    for name in dict.fromkeys(curve.order for curve in curves):
        members = [curve for curve in curves if curve.order == name]
        sufficient = [curve.sufficient(full.correlation) for curve in members]
        numbers[f"sufficient.{name}"] = float(np.mean(sufficient))
        numbers[f"area.{name}"] = float(np.mean([curve.area for curve in members]))
        if name != "random" and random:
            numbers[f"draws_below.{name}"] = float(sum(each.area < members[0].area for each in random))
    return numbers


def state_pruning(numbers: dict[str, float | str], full: Score, kernels: int, draws: int) -> list[str]:
    """Say how good the whole model is, how many kernels each order needs, and whether the order matters."""
    bounds = f" (95 % interval {_shown(full.low)} to {_shown(full.high)})" if math.isfinite(full.low) else ""
    whole = f"all {kernels} kernels" if kernels > 1 else "its one kernel"
    sentences = [f"With {whole} the mean CC is {_shown(full.correlation)}{bounds}."]
    if full.correlation <= 0:
        return [*sentences, "The model does not predict the test part, so what pruning costs cannot be told."]
    if full.low <= 0:
        sentences.append("That is not beyond zero, so what pruning does to it means little.")
    for name in [name.removeprefix("area.") for name in numbers if name.startswith("area.")]:
        sentences.append(_describe(numbers, name, kernels, draws))
    return sentences


def _describe(numbers: dict[str, float | str], name: str, kernels: int, draws: int) -> str:
    sufficient = float(numbers[f"sufficient.{name}"])
    who = f"Kept in random order ({counted(draws, 'draw')})" if name == "random" else f"Kept by {NAMES[name]}"
    if math.isfinite(sufficient):
        keep = "keeps" if sufficient == 1 else "keep"
        sentence = f"{who}, {sufficient:.3g} of {counted(kernels, 'kernel')} {keep} 95 % of the mean CC"
    else:
        sentence = f"{who}, no number of kernels that was tried keeps 95 % of the mean CC"
    below = numbers.get(f"draws_below.{name}")
    if below is not None:
        sentence += (
            f"; the area under the curve exceeds that of {below:.0f} of {counted(draws, 'random order')}"
        )
    return f"{sentence}."


def _shown(value: float) -> str:
    return f"{value:.3f}".replace("-", "−")
