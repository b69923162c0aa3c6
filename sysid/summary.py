"""Scores over folds and seeds, models side by side, controls beside what they control."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from sysid.atomic import write_json, write_text
from sysid.bootstrap import Fold, Interval, bootstrap_mean_correlation
from sysid.comparison import Difference, difference_from
from sysid.errors import SysidError
from sysid.evaluation import TestPart, average_scores, score_neurons
from sysid.metrics import max_correlation
from sysid.recipe import Recipe
from sysid.run_folder import RunFolder
from sysid.run_plan import RunPlan


@attrs.frozen
class Row:
    """One variant on one dataset, over all its folds and seeds.

    CC is per cell within a fold, averaged over cells, then over folds: one CC over pooled folds would be
    biased downwards.

    Attributes:
        variant, dataset: as in the recipe.
        simulated: whether the responses were computed.
        folds, seeds, cells, excluded: how many; excluded cells have a constant response in every fold.
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
    controls: tuple["Control", ...] = ()
    published: tuple[str, ...] = ()


@attrs.frozen
class Control:
    """A control beside what it controls.

    Attributes:
        dataset: the control's table in the recipe.
        draws: how often it was drawn; 1 where it is not random.
        mean: of the control's correlation over draws.
        sd: over draws; the bootstrap's standard error where there is one draw.
        difference: true minus control.
        difference_se: both errors added in quadrature.
        p: (1 + draws that reach the true score) / (1 + draws); None where there is one draw, or a score is
            not defined.
    """

    dataset: str
    draws: int
    mean: float
    sd: float
    difference: float
    difference_se: float
    p: float | None


@attrs.frozen
class Summary:
    """All rows of a recipe, in its order, and where they were written."""

    rows: tuple[Row, ...]
    folder: Path
    analyses: dict[str, dict[str, Any]] = attrs.Factory(dict)


def summarize(
    recipe: Recipe, plans: Iterable[RunPlan], folders: dict[str, RunFolder], folder: Path
) -> Summary:
    """Score every variant on every dataset over its folds and seeds, from the run folders alone.

    Writes `summary.json` and `scores.csv` into `folder`.

    Raises:
        SysidError: a run folder cannot be read, or `folder` cannot be written.
    """
    groups: dict[tuple[str, str], list[RunPlan]] = {}
    for plan in plans:
        groups.setdefault((plan.variant, plan.dataset_name), []).append(plan)
    rows = {name: score(group, folders) for name, group in groups.items()}
    tables = {name: group[0] for name, group in groups.items()}
    complete = tuple(
        attrs.evolve(
            row,
            difference=difference_from_first(name, groups, folders),
            controls=controls_of(name, rows, tables),
            published=() if row.simulated else published_for(recipe, name),
        )
        for name, row in rows.items()
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SysidError(f"{folder}: cannot be written: {error.strerror or error}") from error
    write_json(folder / "summary.json", [attrs.asdict(row) for row in complete])
    write_text(folder / "scores.csv", score_table(complete))
    return Summary(complete, folder)


def score(group: list[RunPlan], folders: dict[str, RunFolder]) -> Row:
    """Score one variant on one dataset."""
    folds = by_fold(group, folders)
    by_seed: dict[int, list[RunFolder]] = {}
    for plan in group:
        by_seed.setdefault(plan.seed, []).append(folders[plan.name])
    ensembles = [ensemble_fold(runs) for runs in folds.values()]
    everything = [folder.scores() for runs in folds.values() for folder in runs]
    excluded = set.intersection(*(set(scores["excluded"]) for scores in everything))
    return Row(
        variant=group[0].variant,
        dataset=group[0].dataset_name,
        simulated=folders[group[0].name].information()["simulated"],
        folds=len(folds),
        seeds=len(by_seed),
        cells=everything[0]["cells"],
        excluded=tuple(sorted(excluded)),
        correlation=mean_correlation(ensembles),
        seed_correlations=tuple(
            _mean(run.scores()["correlation"]["mean"] for run in runs) for _, runs in sorted(by_seed.items())
        ),
        failed=tuple(sorted({cell for scores in everything for cell in scores["failed"]})),
        max_correlation=ceiling(ensembles),
        **average_over_folds([ensemble_scores(runs) for runs in folds.values()]),
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
    name: tuple[str, str], groups: dict[tuple[str, str], list[RunPlan]], folders: dict[str, RunFolder]
) -> Difference | None:
    """Compare a row with the recipe's first variant on the same dataset; controls are compared otherwise."""
    variant, dataset = name
    first = next(each for each, of in groups if of == dataset)
    if first == variant or groups[name][0].control_of is not None:
        return None
    one, other = (by_fold(groups[each, dataset], folders) for each in (variant, first))
    return difference_from(
        first,
        [ensemble_fold(runs) for runs in one.values()],
        [ensemble_fold(runs) for runs in other.values()],
    )


def by_fold(group: list[RunPlan], folders: dict[str, RunFolder]) -> dict[int, list[RunFolder]]:
    """Return the runs of each fold, one per seed."""
    folds: dict[int, list[RunFolder]] = {}
    for plan in sorted(group, key=lambda plan: plan.fold):
        folds.setdefault(plan.fold, []).append(folders[plan.name])
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


def controls_of(
    name: tuple[str, str], rows: dict[tuple[str, str], Row], tables: dict[tuple[str, str], RunPlan]
) -> tuple[Control, ...]:
    """Gather the controls of one row: same variant, `control_of` its dataset; draws of one table together."""
    variant, dataset = name
    groups: dict[str, list[Row]] = {}
    for other, row in rows.items():
        if other[0] == variant and tables[other].control_of == dataset:
            groups.setdefault(tables[other].dataset_table, []).append(row)
    return tuple(compare(rows[name], table, group) for table, group in groups.items())


def compare(row: Row, table: str, draws: list[Row]) -> Control:
    """Compare a row with one control."""
    scores = np.array([draw.correlation.estimate for draw in draws])
    mean = float(scores.mean())
    many = len(draws) > 1
    comparable = many and bool(np.isfinite([row.correlation.estimate, *scores]).all())
    sd = float(scores.std(ddof=1)) if many else draws[0].correlation.standard_error
    return Control(
        dataset=table,
        draws=len(draws),
        mean=mean,
        sd=sd,
        difference=row.correlation.estimate - mean,
        difference_se=float(
            np.hypot(row.correlation.standard_error, sd / np.sqrt(len(draws)) if many else sd)
        ),
        p=(1 + int((scores >= row.correlation.estimate).sum())) / (1 + len(draws)) if comparable else None,
    )


def score_table(rows: tuple[Row, ...]) -> str:
    """Return the rows as CSV; an empty cell is a score that is not defined."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    numbers = (
        "population_correlation",
        "max_correlation",
        "normalized_correlation",
        "feve",
        "bits_per_spike",
    )
    writer.writerow(
        ["variant", "dataset", "simulated", "folds", "seeds", "cells", "correlation", "standard_error", "low",
         "high", "seed_correlations", *numbers]
    )  # fmt: skip
    for row in rows:
        interval = row.correlation
        shown = [interval.estimate, interval.standard_error, interval.low, interval.high]
        seeds = " ".join(f"{value:.4f}" for value in row.seed_correlations)
        counts = [row.variant, row.dataset, row.simulated, row.folds, row.seeds, row.cells]
        writer.writerow(
            [*counts, *map(_cell, shown), seeds, *(_cell(getattr(row, name)) for name in numbers)]
        )
    return text.getvalue()


def _cell(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.4f}"


def _mean(values: Iterable[float | None]) -> float:
    """Average what is defined; NaN where nothing is."""
    numbers = [value for value in values if value is not None]
    return float(np.mean(numbers)) if numbers else float("nan")


def published_for(recipe: Recipe, name: tuple[str, str]) -> tuple[str, ...]:
    """Return the figures of the paper for one variant and dataset, in words."""
    return tuple(
        f"{figure.correlation:.3f} ({figure.source})"
        for figure in recipe.published
        if (figure.variant, figure.dataset) == name
    )
