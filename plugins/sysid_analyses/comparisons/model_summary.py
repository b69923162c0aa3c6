"""What a table says of one model on one dataset: score, size, training time, receptive fields, the paper."""

from collections.abc import Iterable
from typing import Any

import attrs
import numpy as np

from sysid import Interval
from sysid_analyses.comparisons.ensemble import Ensemble, configuration_of
from sysid_analyses.comparisons.rf_distance import FromData


@attrs.frozen
class Published:
    """One figure of a paper, for its own cells and recordings."""

    correlation: float
    source: str


@attrs.frozen
class ModelSummary:
    """Hold one row of `models.csv`.

    Attributes:
        variant, dataset: as in the recipe.
        simulated: whether the responses were computed.
        source: where the data come from.
        folds, seeds, cells: how many; cells that can be scored.
        correlation: mean CC over cells and folds of the mean prediction over seeds.
        parameters: that are trained.
        training_seconds: one run's training, averaged over runs; NaN where it is solved in closed form.
        seconds: one whole run, averaged over runs.
        epochs: averaged over runs; NaN where there are none.
        from_data: how far its receptive fields are from the data's; None where that was not analysed.
        published: what a paper reports for this model and stimulus; nothing beside simulated responses.
    """

    variant: str
    dataset: str
    simulated: bool
    source: str
    folds: int
    seeds: int
    cells: int
    correlation: Interval
    parameters: int
    training_seconds: float
    seconds: float
    epochs: float
    from_data: FromData | None
    published: tuple[Published, ...]


def summarize_model(ensemble: Ensemble, from_data: FromData | None) -> ModelSummary:
    """Return the row of one ensemble."""
    information = [run.information() for run in ensemble.runs]
    outcomes = [each.get("outcome") or {} for each in information]
    simulated = bool(information[0]["simulated"])
    return ModelSummary(
        variant=ensemble.variant,
        dataset=ensemble.dataset,
        simulated=simulated,
        source=information[0]["data"]["source"],
        folds=len(ensemble.folds),
        seeds=len({configuration_of(run)["seed"] for run in ensemble.runs}),
        cells=int(np.isfinite(ensemble.cell_correlations()).sum()),
        correlation=ensemble.mean_correlation(),
        parameters=int(information[0]["parameters"]),
        training_seconds=_mean(outcome.get("training_seconds") for outcome in outcomes),
        seconds=_mean(each.get("seconds") for each in information),
        epochs=_mean(outcome.get("epochs") for outcome in outcomes),
        from_data=from_data,
        published=() if simulated else read_published(information[0]),
    )


def read_published(information: dict[str, Any]) -> tuple[Published, ...]:
    """Return the paper's figures from `run.json`."""
    return tuple(
        Published(float(each["correlation"]), str(each["source"]))
        for each in information.get("published") or ()
    )


def _mean(values: Iterable[float | None]) -> float:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else float("nan")
