"""Scores over folds and seeds, models side by side, controls beside what they control."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from sysid.atomic import write_json, write_text
from sysid.bootstrap import Fold, Interval, bootstrap_mean_correlation
from sysid.comparison import Difference, difference_from
from sysid.control import Control, controls_of
from sysid.errors import SysidError
from sysid.evaluation import TestPart, average_scores, score_neurons
from sysid.finished_run import FinishedRun, group_runs
from sysid.metrics import max_correlation
from sysid.run_folder import RunFolder
from sysid.run_search import RUNS
from sysid.score_table import score_table


@attrs.frozen
class Row:
    """One variant on one dataset, over all its folds and seeds.

    CC is per cell within a fold, averaged over cells, then over folds: one CC over pooled folds would be
    biased downwards.

    Attributes:
        variant, dataset: as in the recipe.
        simulated: whether the responses were computed.
        folds, seeds, cells, excluded: how many; excluded cells have a constant response in every fold, or
            were not recorded.
        failed: cells whose prediction is constant in some run, which counts as 0 there.
        correlation: of the mean prediction over seeds, with its hierarchical bootstrap.
        seed_correlations: of each seed alone.
        max_correlation: CCmax over the test bins of all folds together, averaged over cells: a ceiling knows
            no prediction, so more bins only make it surer.
        population_correlation: CC of the mean over cells, where there is one session.
        normalized_correlation: averaged over cells. This and the others but `seed_correlations` are those of
            the mean prediction over seeds, averaged over folds.
        feve, bits_per_spike: medians over cells (see `sysid.evaluation.median`).
        difference: from the recipe's first variant on the same dataset.
        controls: what this row is compared with.
        published: figures of the paper, in words.
        not_recorded: those of `excluded` that were recorded in no test bin of any fold.
    """

    variant: str
    dataset: str
    simulated: bool
    folds: int
    seeds: int
    cells: int
    excluded: tuple[str, ...]
    correlation: Interval
    seed_correlations: tuple[float, ...]
    failed: tuple[str, ...]
    population_correlation: float
    max_correlation: float
    normalized_correlation: float
    feve: float
    bits_per_spike: float
    difference: Difference | None = None
    controls: tuple[Control, ...] = ()
    published: tuple[str, ...] = ()
    not_recorded: tuple[str, ...] = ()


@attrs.frozen
class Summary:
    """All rows of a recipe, in its order, and where they were written."""

    rows: tuple[Row, ...]
    folder: Path


def summarize(runs: Iterable[FinishedRun], folder: Path) -> Summary:
    """Score every variant on every dataset over its folds and seeds, from the run folders alone.

    Writes `summary.json`, `scores.csv` and, so that the runs are found again, `runs.json` into `folder`. The
    first variant on a dataset is what the others
    on it are compared with.

    Raises:
        SysidError: a run folder cannot be read, or `folder` cannot be written.
    """
    listed = list(runs)
    summary = Summary(score_rows(listed), folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SysidError(f"{folder}: cannot be written: {error.strerror or error}") from error
    write_json(folder / "summary.json", [attrs.asdict(row) for row in summary.rows])
    write_text(folder / "scores.csv", score_table(summary.rows))
    places = [os.path.relpath(run.folder.path, folder.parent) for run in listed]
    write_json(folder / RUNS, {"runs": places})
    return summary


def score_rows(runs: Iterable[FinishedRun]) -> tuple[Row, ...]:
    """Return one row for every variant on every dataset, in the order they come.

    Runs without scores are passed over: imported weights whose recording is not on this machine.
    """
    groups = group_runs(run for run in runs if run.folder.scores_file.exists())
    rows = {name: score(group) for name, group in groups.items()}
    return tuple(
        attrs.evolve(
            row,
            difference=difference_from_first(name, groups),
            controls=controls_of(name, rows, groups),
            published=() if row.simulated else _in_words(groups[name][0]),
        )
        for name, row in rows.items()
    )


def _in_words(run: FinishedRun) -> tuple[str, ...]:
    return tuple(f"{figure.correlation:.3f} ({figure.source})" for figure in run.published)


def score(group: list[FinishedRun]) -> Row:
    """Score one variant on one dataset."""
    folds = by_fold(group)
    by_seed: dict[int, list[RunFolder]] = {}
    for run in group:
        by_seed.setdefault(run.seed, []).append(run.folder)
    ensembles = [ensemble_fold(folders) for folders in folds.values()]
    everything = [folder.scores() for folders in folds.values() for folder in folders]
    excluded = set.intersection(*(set(scores["excluded"]) for scores in everything))
    unrecorded = set.intersection(*(set(scores.get("not_recorded", ())) for scores in everything))
    return Row(
        variant=group[0].variant,
        dataset=group[0].dataset,
        simulated=group[0].simulated,
        folds=len(folds),
        seeds=len(by_seed),
        cells=everything[0]["cells"],
        excluded=tuple(sorted(excluded)),
        correlation=mean_correlation(ensembles),
        seed_correlations=tuple(
            _mean(folder.scores()["correlation"]["mean"] for folder in folders)
            for _, folders in sorted(by_seed.items())
        ),
        failed=tuple(sorted({cell for scores in everything for cell in scores["failed"]})),
        max_correlation=ceiling(ensembles),
        not_recorded=tuple(sorted(unrecorded)),
        **average_over_folds([ensemble_scores(folders) for folders in folds.values()]),
    )


def ensemble_parts(runs: list[RunFolder]) -> dict[str, TestPart]:
    """Return, by session, the test part of one fold with the mean prediction over its seeds."""
    stored = [run.predictions() for run in runs]
    return {
        session: attrs.evolve(
            TestPart(**part),
            prediction=np.mean([each[session]["prediction"] for each in stored], axis=0),
        )
        for session, part in stored[0].items()
    }


def ensemble_scores(runs: list[RunFolder]) -> dict[str, Any]:
    """Return the scores of the mean prediction over seeds; those of a single seed are there already."""
    if len(runs) == 1:
        return runs[0].scores()
    parts = ensemble_parts(runs)
    return average_scores(parts, {session: score_neurons(part) for session, part in parts.items()})


def average_over_folds(folds: list[dict[str, Any]]) -> dict[str, float]:
    """Average scores over folds."""
    return {
        "population_correlation": _mean(scores.get("population_correlation") for scores in folds),
        "normalized_correlation": _mean(scores["normalized_correlation"]["mean"] for scores in folds),
        "feve": _mean(scores["feve"]["median"] for scores in folds),
        "bits_per_spike": _mean(scores["bits_per_spike"]["median"] for scores in folds),
    }


def difference_from_first(
    name: tuple[str, str], groups: dict[tuple[str, str], list[FinishedRun]]
) -> Difference | None:
    """Compare a row with the first variant on the same dataset; controls are compared otherwise."""
    variant, dataset = name
    first = next(each for each, of in groups if of == dataset)
    if first == variant or groups[name][0].control_of is not None:
        return None
    one, other = (by_fold(groups[each, dataset]) for each in (variant, first))
    return difference_from(
        first,
        [ensemble_fold(folders) for folders in one.values()],
        [ensemble_fold(folders) for folders in other.values()],
    )


def by_fold(group: list[FinishedRun]) -> dict[int, list[RunFolder]]:
    """Return the runs of each fold, one per seed."""
    folds: dict[int, list[RunFolder]] = {}
    for run in sorted(group, key=lambda run: run.fold):
        folds.setdefault(run.fold, []).append(run.folder)
    return folds


def ensemble_fold(runs: list[RunFolder]) -> list[Fold]:
    """Return, by session, the test bins of one fold with the mean prediction over its seeds."""
    return [Fold(part.responses, part.prediction, part.block) for part in ensemble_parts(runs).values()]


def ceiling(folds: list[list[Fold]]) -> float:
    """Return CCmax over the bins of all folds, averaged over the cells of all sessions that have one."""
    cells = []
    for session in zip(*folds, strict=True):
        repeats = min(len(fold.responses) for fold in session)
        together = np.concatenate([fold.responses[:repeats] for fold in session], axis=1)
        cells.append(max_correlation(together))
    return _mean(value for value in np.concatenate(cells) if np.isfinite(value))


def mean_correlation(folds: list[list[Fold]]) -> Interval:
    """Return the mean CC over sessions, folds and cells; sessions are weighted by their cells."""
    by_session = [bootstrap_mean_correlation(list(session)) for session in zip(*folds, strict=True)]
    if len(by_session) == 1:
        return by_session[0]
    weights = np.array([session.responses.shape[2] for session in folds[0]], dtype=np.float64)
    weights /= weights.sum()
    estimate = float(np.dot(weights, [interval.estimate for interval in by_session]))
    error = float(np.sqrt(np.dot(weights**2, [interval.standard_error**2 for interval in by_session])))
    return Interval(estimate, error, estimate - 1.96 * error, estimate + 1.96 * error, 0.95)


def _mean(values: Iterable[float | None]) -> float:
    """Average what is defined; NaN where nothing is."""
    numbers = [value for value in values if value is not None]
    return float(np.mean(numbers)) if numbers else float("nan")
