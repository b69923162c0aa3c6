"""What the runs of one variant on one dataset predict together: seeds averaged, folds side by side."""

from collections.abc import Iterable
from typing import Any

import attrs
import numpy as np

from sysid.bootstrap import Fold, Interval, bootstrap_pooled_correlation
from sysid.evaluation import TestPart, average_scores, score_neurons
from sysid.metrics import max_correlation
from sysid.run_folder import RunFolder

Parts = dict[str, TestPart]
"""By session, the test part of one fold with the mean prediction over its seeds."""


def ensemble_parts(runs: list[RunFolder]) -> Parts:
    """Return, by session, the test part of one fold with the mean prediction over its seeds."""
    stored = [run.predictions() for run in runs]
    return {
        session: attrs.evolve(
            TestPart(**part),
            prediction=np.mean([each[session]["prediction"] for each in stored], axis=0),
        )
        for session, part in stored[0].items()
    }


def ensemble_fold(runs: list[RunFolder]) -> list[Fold]:
    """Return, by session, the test bins of one fold with the mean prediction over its seeds."""
    return as_folds(ensemble_parts(runs))


def as_folds(parts: Parts) -> list[Fold]:
    """Return the test bins of one fold by session, as the bootstrap takes them."""
    return [Fold(part.responses, part.prediction, part.block) for part in parts.values()]


def ensemble_scores(parts: Parts, of_runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the scores of the mean prediction over seeds; those of a single seed are there already."""
    if len(of_runs) == 1:
        return of_runs[0]
    return average_scores(parts, {session: score_neurons(part) for session, part in parts.items()})


def average_over_folds(folds: list[dict[str, Any]]) -> dict[str, float]:
    """Average scores over folds."""
    return {
        "population_correlation": mean_of(scores.get("population_correlation") for scores in folds),
        "normalized_correlation": mean_of(scores["normalized_correlation"]["mean"] for scores in folds),
        "feve": mean_of(scores["feve"]["median"] for scores in folds),
        "bits_per_spike": mean_of(scores["bits_per_spike"]["median"] for scores in folds),
    }


def ceiling(folds: list[list[Fold]]) -> float:
    """Return CCmax over the bins of all folds, averaged over the cells of all sessions that have one."""
    cells = []
    for session in zip(*folds, strict=True):
        repeats = min(len(fold.responses) for fold in session)
        together = np.concatenate([fold.responses[:repeats] for fold in session], axis=1)
        cells.append(max_correlation(together))
    return mean_of(value for value in np.concatenate(cells) if np.isfinite(value))


def mean_correlation(folds: list[list[Fold]]) -> Interval:
    """Return the mean CC over the cells of all sessions, then over folds, given by fold and session."""
    return bootstrap_pooled_correlation(list(zip(*folds, strict=True)))


def mean_of(values: Iterable[float | None]) -> float:
    """Average what is defined; NaN where nothing is."""
    numbers = [value for value in values if value is not None]
    return float(np.mean(numbers)) if numbers else float("nan")
