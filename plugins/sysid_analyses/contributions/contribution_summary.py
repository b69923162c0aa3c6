"""Put contributions of kernels into numbers and sentences."""

import numpy as np

from sysid_analyses.contributions.contribution import Contributions, count_enough
from sysid_analyses.kernel import KernelSet
from sysid_analyses.prunings.pruning_order import NAMES
from sysid_analyses.scenes.rank_correlation import rank_correlation
from sysid_analyses.wording import counted

INDICES = ("autocorrelation", "regularity", "l1_norm")  # what `pruning` ranks kernels by


def summarize_contributions(found: Contributions, kernels: KernelSet) -> dict[str, float | str]:
    """Return how many kernels carry the population and the median cell, the error, and rank correlations."""
    shares = found.population_share
    by_cell = [count_enough(share) for share in found.share.T]
    known = [count for count in by_cell if np.isfinite(count)]
    numbers: dict[str, float | str] = {
        "kernels": float(len(shares)),
        "kernels_for_90_percent": count_enough(shares),
        "kernels_for_90_percent_of_a_cell": float(np.median(known)) if known else float("nan"),
        "silent_kernels": float((found.strength.max(axis=1) == 0).sum()),
        "cells": float(len(known)),
        "bins": float(found.bins),
        "steps": float(found.steps),
        "completeness_error": found.error,
    }
    for index in INDICES:
        numbers[f"rank_correlation.{index}"] = rank_correlation(shares, getattr(kernels, index)).estimate
    return numbers


def state_contributions(
    numbers: dict[str, float | str], found: Contributions, neurons: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return a headline, and sentences on silence, completeness and what kernels are ranked by."""
    kernels = int(numbers["kernels"])
    headline = (
        f"{numbers['kernels_for_90_percent']:.0f} of {counted(kernels, 'kernel')} carry 90 % of what the "
        f"first layer adds to {counted(float(numbers['cells']), 'cell')}, and "
        f"{numbers['kernels_for_90_percent_of_a_cell']:.0f} that of the median cell."
    )
    sentences = [
        f"Contributions miss the change of the response by {100 * found.error:.2g} %, over "
        f"{counted(found.bins, 'test bin')} and {counted(found.steps, 'step')} from a grey screen to the "
        "stimulus."
    ]
    if numbers["silent_kernels"]:
        adds = "adds" if numbers["silent_kernels"] == 1 else "add"
        sentences.append(f"{counted(float(numbers['silent_kernels']), 'kernel')} {adds} nothing to any cell.")
    unmoved = found.share.shape[1] - int(numbers["cells"])
    if unmoved:
        sentences.append(f"The first layer adds nothing to {counted(unmoved, 'cell')}, without shares.")
    if neurons > found.share.shape[1]:
        sentences.append(f"{found.share.shape[1]} of {neurons} cells were looked at, those predicted best.")
    shown = [
        f"{NAMES[index]} {value:.2f}".replace("-", "−")
        for index in INDICES
        if np.isfinite(value := float(numbers[f"rank_correlation.{index}"]))
    ]
    if shown:
        sentences.append(
            f"Rank correlation of a kernel's share with what `pruning` ranks by: {', '.join(shown)}."
        )
    else:
        sentences.append("Fewer than five kernels, so no rank correlation with what `pruning` ranks by.")
    return (headline,), tuple(sentences)
