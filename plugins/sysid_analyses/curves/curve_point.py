"""Measure what a curve draws: the score of a variant on a dataset, with its interval and its seeds."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import attrs
import numpy as np

from sysid import Interval, RunFolder, key
from sysid_analyses.comparisons.ensemble import Ensemble, configuration_of, read_ensemble

LEVEL = 0.95


@attrs.frozen
class Point:
    """Name one point of a curve: a variant on a dataset, and where it stands on the axis."""

    variant: str = key("of the recipe")
    dataset: str | None = key(
        "of the recipe; left out, every dataset that the variant ran on, but for controls", default=None
    )
    panel: str | None = key("of the figure; left out, a panel for each dataset, named after it", default=None)
    series: str = key("which line it belongs to", default="")
    x: float | None = key("where it stands on the axis", default=None)
    label: str | None = key("in place of x: a position in words; positions come in their order", default=None)


@attrs.frozen
class Number:
    """Name the headline number of an analysis that is drawn in place of CC."""

    analysis: str
    name: str


@attrs.frozen(eq=False)
class Measured:
    """Hold one point of a curve with its score.

    Attributes:
        point: as the recipe names it.
        dataset, panel: where it was measured and where it is drawn.
        simulated: whether the responses were computed.
        value: CC of the mean prediction over seeds, averaged over cells and folds, or a number of an
            analysis, averaged over runs and without an interval.
        by_seed: seed → the same of that seed alone.
        ensemble: what CC was computed from; None for a number.
    """

    point: Point
    dataset: str
    panel: str
    simulated: bool
    value: Interval
    by_seed: dict[int, float]
    ensemble: Ensemble | None

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        return self.point.label if self.point.label is not None else f"{self.point.x:g}"


def measure_points(
    points: Sequence[Point], runs: Iterable[RunFolder], number: Number | None
) -> tuple[list[Measured], list[str]]:
    """Return the points that can be measured, in the order asked for, and what is left out, and why."""
    groups: dict[tuple[str, str], list[RunFolder]] = {}
    for run in runs:
        configuration = configuration_of(run)
        groups.setdefault((configuration["variant"], configuration["dataset_name"]), []).append(run)
    measured: list[Measured] = []
    left_out: list[str] = []
    for point in points:
        chosen = [dataset for variant, dataset in groups if variant == point.variant]
        if point.dataset is None:
            chosen = [each for each in chosen if not _is_control(groups[point.variant, each][0])]
        else:
            chosen = [each for each in chosen if each == point.dataset]
        if not chosen:
            where = f" on {point.dataset}" if point.dataset else ""
            left_out.append(f"{point.variant}{where}: there is no such run")
        for dataset in chosen:
            found = measure(point, dataset, tuple(groups[point.variant, dataset]), number)
            if isinstance(found, str):
                left_out.append(f"{point.variant} on {dataset}: {found}")
            else:
                measured.append(found)
    return measured, left_out


def measure(point: Point, dataset: str, runs: tuple[RunFolder, ...], number: Number | None) -> Measured | str:
    """Return one point with its score, or why it has none."""
    panel = point.panel or dataset
    simulated = bool(runs[0].information()["simulated"])
    if number is not None:
        values = {run: read_number(run.path, number) for run in runs}
        if any(value is None for value in values.values()):
            return f'no "{number.name}" from the analysis "{number.analysis}"'
        mean = float(np.mean([value for value in values.values() if value is not None]))
        value = Interval(mean, np.nan, np.nan, np.nan, LEVEL)
        return Measured(point, dataset, panel, simulated, value, _by_seed(values), None)
    ensemble = read_ensemble(point.variant, dataset, runs)
    if ensemble is None:
        return "it has several sessions"
    scores = {run: run.scores()["correlation"]["mean"] for run in runs}
    return Measured(point, dataset, panel, simulated, ensemble.mean_correlation(), _by_seed(scores), ensemble)


def read_number(run: Path, number: Number) -> float | None:
    """Return a headline number of one run's analysis; None where there is none."""
    file = run / "analyses" / number.analysis / "findings.json"
    if not file.exists():
        return None
    value = json.loads(file.read_text(encoding="utf-8"))["findings"]["numbers"].get(number.name)
    return float(value) if isinstance(value, int | float) else None


def _is_control(run: RunFolder) -> bool:
    return run.information().get("control_of") is not None


def _by_seed(values: dict[RunFolder, float | None]) -> dict[int, float]:
    """Average over the folds of each seed; NaN where nothing is defined."""
    by_seed: dict[int, list[float]] = {}
    for run, value in values.items():
        by_seed.setdefault(configuration_of(run)["seed"], []).append(np.nan if value is None else value)
    return {
        seed: float(np.nanmean(each)) if np.isfinite(each).any() else float("nan")
        for seed, each in sorted(by_seed.items())
    }
