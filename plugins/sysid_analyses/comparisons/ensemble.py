"""Put the runs of one variant on one dataset together: seeds averaged, folds side by side."""

from collections.abc import Iterable
from typing import Any

import attrs
import numpy as np
from jaxtyping import Float64

from sysid import Fold, Interval, RunFolder, bootstrap_mean_correlation, metrics


@attrs.frozen(eq=False)
class Ensemble:
    """Hold what one variant predicts on one dataset.

    Attributes:
        variant, dataset: as in the recipe.
        runs: its runs, one per fold and seed.
        folds: fold number → test bins with the mean prediction over seeds; the responses are averaged over
            repeats, (1, bin, neuron), which is all that CC asks of them.
        neurons: ids.
    """

    variant: str
    dataset: str
    runs: tuple[RunFolder, ...]
    folds: dict[int, Fold]
    neurons: tuple[str, ...]

    def cell_correlations(self) -> Float64[np.ndarray, " neuron"]:
        """Return CC of every cell within a fold, averaged over folds; NaN where its response is constant."""
        scores = np.stack([_score(fold) for fold in self.folds.values()])
        counted = np.isfinite(scores)
        total = np.nansum(scores, axis=0)
        return np.divide(
            total, counted.sum(axis=0), out=np.full(len(total), np.nan), where=counted.any(axis=0)
        )

    def mean_correlation(self) -> Interval:
        """Return the mean CC over cells and folds, with the host's hierarchical bootstrap."""
        return bootstrap_mean_correlation(list(self.folds.values()))


def _score(fold: Fold) -> Float64[np.ndarray, " neuron"]:
    """Return CC of every cell; 0 where the prediction is constant, NaN where the response is."""
    scores = np.nan_to_num(metrics.correlation(fold.responses, fold.prediction))
    return np.where(metrics.scorable(fold.responses), scores, np.nan)


@attrs.frozen
class LeftOut:
    """Say why a variant is not compared on a dataset."""

    variant: str
    dataset: str
    reason: str


def gather_ensembles(runs: Iterable[RunFolder]) -> tuple[list[Ensemble], list[LeftOut]]:
    """Return the ensembles of a recipe's runs in its order, without controls, and what is left out, and why.

    Compared are variants that predict the same bins of the same single session: on every dataset the largest
    set of such, the earlier where two are as large.
    """
    groups: dict[tuple[str, str], list[RunFolder]] = {}
    for run in runs:
        configuration = configuration_of(run)
        if run.information().get("control_of") is None:
            groups.setdefault((configuration["variant"], configuration["dataset_name"]), []).append(run)
    ensembles: list[Ensemble] = []
    left_out: list[LeftOut] = []
    for (variant, dataset), group in groups.items():
        found = read_ensemble(variant, dataset, tuple(group))
        if found is None:
            left_out.append(LeftOut(variant, dataset, "it has several sessions"))
        else:
            ensembles.append(found)
    kept: list[Ensemble] = []
    for dataset in dict.fromkeys(each.dataset for each in ensembles):
        alike, others = choose_alike([each for each in ensembles if each.dataset == dataset])
        kept += alike
        left_out += [
            LeftOut(each.variant, dataset, f"it predicts other bins than {alike[0].variant}")
            for each in others
        ]
    return kept, left_out


def configuration_of(run: RunFolder) -> dict[str, Any]:
    """Return the resolved configuration of a run."""
    return dict(run.information()["identity"]["configuration"])


def read_ensemble(variant: str, dataset: str, runs: tuple[RunFolder, ...]) -> Ensemble | None:
    """Read the predictions of one variant on one dataset; None where there are several sessions."""
    by_fold: dict[int, list[RunFolder]] = {}
    for run in runs:
        by_fold.setdefault(configuration_of(run)["fold"], []).append(run)
    folds = {}
    for number, of_fold in sorted(by_fold.items()):
        stored = [run.predictions() for run in of_fold]
        if any(len(sessions) != 1 for sessions in stored):
            return None
        parts = [next(iter(sessions.values())) for sessions in stored]
        prediction = np.mean([part["prediction"] for part in parts], axis=0)
        folds[number] = Fold(_average(parts[0]["responses"]), prediction, parts[0]["block"])
    (session,) = runs[0].information()["sessions"].values()
    return Ensemble(variant, dataset, runs, folds, tuple(session["neurons"]))


def _average(responses: np.ndarray) -> Float64[np.ndarray, "1 bin neuron"]:
    """Average over the repeats recorded in each bin; NaN where there is none."""
    recorded = ~np.isnan(responses)
    count = recorded.sum(axis=0)
    total = np.where(recorded, responses, 0).sum(axis=0, dtype=np.float64)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)[None]


def choose_alike(ensembles: list[Ensemble]) -> tuple[list[Ensemble], list[Ensemble]]:
    """Return the largest set of ensembles of one dataset that predict the same bins, and the others."""
    groups: list[list[Ensemble]] = []
    for ensemble in ensembles:
        for group in groups:
            if same_bins(group[0], ensemble):
                group.append(ensemble)
                break
        else:
            groups.append([ensemble])
    largest = max(groups, key=len)
    return largest, [each for group in groups if group is not largest for each in group]


def same_bins(one: Ensemble, other: Ensemble) -> bool:
    """Say whether two ensembles have the same folds, cells and responses."""
    return (
        one.neurons == other.neurons
        and one.folds.keys() == other.folds.keys()
        and all(
            np.array_equal(fold.responses, other.folds[number].responses, equal_nan=True)
            for number, fold in one.folds.items()
        )
    )
