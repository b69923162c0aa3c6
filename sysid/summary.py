"""Scores over folds and seeds, models side by side, controls beside what they control."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs

from sysid.atomic import make_folder, write_json, write_text
from sysid.bootstrap import Interval
from sysid.comparison import Difference, difference_from
from sysid.control import Control, controls_of
from sysid.disk_trouble import disk_trouble
from sysid.ensemble import (
    Parts,
    as_folds,
    average_over_folds,
    ceiling,
    ensemble_fold,
    ensemble_parts,
    ensemble_scores,
    mean_correlation,
    mean_of,
)
from sysid.finished_run import FinishedRun, group_runs
from sysid.recording import COUNTS
from sysid.run_search import RUNS
from sysid.score_table import score_table

Scored = tuple[int, dict[str, Any]]
"""The seed of a run, and its scores as in `metrics.json`."""


@attrs.frozen
class Row:
    """One variant on one dataset, over all its folds and seeds.

    CC is per cell within a fold, averaged over the cells of all sessions, then over folds: one CC over pooled
    folds would be biased downwards.

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
        response_kind: of its responses; those that are not counts have no `bits_per_spike`.
        session: whose row it is; nothing where it is that of all sessions.
        sessions: a row for each session, where there are several.
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
    response_kind: str = COUNTS
    session: str = ""
    sessions: tuple["Row", ...] = ()

    @property
    def place(self) -> str:
        """The dataset, and the session where it is that of one."""
        return f"{self.dataset}/{self.session}" if self.session else self.dataset


@attrs.frozen
class Summary:
    """All rows of a recipe, in its order, and where they were written."""

    rows: tuple[Row, ...]
    folder: Path


def summarize(runs: Iterable[FinishedRun], folder: Path) -> Summary:
    """Score every variant on every dataset over its folds and seeds, from the run folders alone.

    Writes `summary.json`, `scores.csv` and, so that the runs are found again, `runs.json` into `folder`. The
    first variant on a dataset is what the others on it are compared with.

    Raises:
        SysidError: a run folder cannot be read, or `folder` cannot be written.
    """
    listed = list(runs)
    summary = Summary(score_rows(listed), folder)
    with disk_trouble(folder):
        make_folder(folder)
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
    """Score one variant on one dataset: over all sessions, and each alone where there are several."""
    folds = by_fold(group)
    parts = [ensemble_parts([run.folder for run in runs]) for runs in folds.values()]
    scores = [[(run.seed, run.folder.scores()) for run in runs] for runs in folds.values()]
    sessions = [
        _make_row(
            group[0],
            [{session: of_fold[session]} for of_fold in parts],
            [[(seed, stored["sessions"][session]) for seed, stored in of_fold] for of_fold in scores],
            session,
        )
        for session in _scored_alone(scores)
    ]
    return attrs.evolve(_make_row(group[0], parts, scores), sessions=tuple(sessions))


def _scored_alone(scores: list[list[Scored]]) -> tuple[str, ...]:
    """Return the sessions that every run has scores of; none where there is one, or a run is too old."""
    everything = [stored.get("sessions", {}) for of_fold in scores for _, stored in of_fold]
    return tuple(session for session in everything[0] if all(session in each for each in everything))


def _make_row(first: FinishedRun, parts: list[Parts], scores: list[list[Scored]], session: str = "") -> Row:
    """Score one variant on one dataset, or on one session of it.

    Args:
        first: of the runs.
        parts: by fold, what is predicted.
        scores: by fold, (seed, what `metrics.json` says of this) of every run.
        session: its name, nothing where it is all of them.
    """
    folds = [as_folds(of_fold) for of_fold in parts]
    everything = [stored for of_fold in scores for _, stored in of_fold]
    by_seed: dict[int, list[dict[str, Any]]] = {}
    for seed, stored in (each for of_fold in scores for each in of_fold):
        by_seed.setdefault(seed, []).append(stored)
    of_ensembles = [
        ensemble_scores(of_fold, [stored for _, stored in runs])
        for of_fold, runs in zip(parts, scores, strict=True)
    ]
    return Row(
        variant=first.variant,
        dataset=first.dataset,
        session=session,
        simulated=first.simulated,
        folds=len(folds),
        seeds=len(by_seed),
        cells=everything[0]["cells"],
        excluded=_in_all(stored["excluded"] for stored in everything),
        correlation=mean_correlation(folds),
        seed_correlations=tuple(
            mean_of(stored["correlation"]["mean"] for stored in of_seed)
            for _, of_seed in sorted(by_seed.items())
        ),
        failed=tuple(sorted({cell for stored in everything for cell in stored["failed"]})),
        max_correlation=ceiling(folds),
        not_recorded=_in_all(stored.get("not_recorded", ()) for stored in everything),
        response_kind=everything[0].get("response_kind", COUNTS),
        **average_over_folds(of_ensembles),
    )


def _in_all(lists: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(sorted(set.intersection(*map(set, lists))))


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
        [ensemble_fold([run.folder for run in runs]) for runs in one.values()],
        [ensemble_fold([run.folder for run in runs]) for runs in other.values()],
    )


def by_fold(group: list[FinishedRun]) -> dict[int, list[FinishedRun]]:
    """Return the runs of each fold, one per seed."""
    folds: dict[int, list[FinishedRun]] = {}
    for run in sorted(group, key=lambda run: run.fold):
        folds.setdefault(run.fold, []).append(run)
    return folds
