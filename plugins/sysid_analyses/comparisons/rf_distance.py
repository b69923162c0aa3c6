"""How far receptive fields lie apart: the models' from the data's, and from one another's."""

import csv
import itertools
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs
import numpy as np

from sysid import RunFolder
from sysid_analyses.gaussian import GaussianFit, gaussian_distance
from sysid_analyses.wording import counted, number

CENTRE = ("model_centre_x_px", "model_centre_y_px")
WIDTHS = ("model_width_1_px", "model_width_2_px")
ANGLE = "model_angle_rad"


@attrs.frozen
class StoredField:
    """Hold what the analysis of one run says of one neuron.

    Attributes:
        distance: of the model's receptive field from the data's; NaN where either was not found.
        same_sign: 1 where both are ON or both OFF, else 0; NaN where either was not found.
        fit: the model's.
    """

    distance: float
    same_sign: float
    fit: GaussianFit


@attrs.frozen
class FromData:
    """Hold how far a model's receptive fields are from the data's.

    Attributes:
        distances: by neuron, where both were found.
        same_sign: share of them in which both are ON or both OFF; the distance knows no sign.
    """

    distances: dict[str, float]
    same_sign: float

    @property
    def mean(self) -> float:
        """Mean over cells, NaN without any."""
        return float(np.mean(list(self.distances.values()))) if self.distances else float("nan")


@attrs.frozen
class FieldDistance:
    """Hold the mean distance of two models' receptive fields, and over how many cells both have one."""

    a: str
    b: str
    mean: float
    cells: int


RunFields = dict[str, StoredField]
"""Neuron → field, of one run."""


def read_fields(runs: Sequence[RunFolder], analysis: str) -> tuple[RunFields, ...]:
    """Return, for every run that has the analysis, its fields by neuron."""
    files = [run.path / "analyses" / analysis / "cells.csv" for run in runs]
    return tuple(read_cells(file) for file in files if file.exists())


def read_cells(path: Path) -> RunFields:
    """Read the fields of one run from `cells.csv`; a column that is not there is as good as empty."""
    with open(path, newline="", encoding="utf-8") as file:
        return {
            row["neuron"]: StoredField(_number(row, "rf_distance"), _number(row, "same_sign"), _fit(row))
            for row in csv.DictReader(file)
            if row.get("neuron")
        }


def _fit(row: Mapping[str, str | None]) -> GaussianFit:
    """Return a fit without amplitude and offset, which no distance asks for."""
    values = [_number(row, name) for name in (*CENTRE, *WIDTHS, ANGLE)]
    if not all(map(math.isfinite, values)):
        return GaussianFit(reason="it is not in the table")
    return GaussianFit(centre=(values[0], values[1]), widths=(values[2], values[3]), angle=values[4])


def _number(row: Mapping[str, str | None], name: str) -> float:
    """Return a cell of a table, NaN where it is empty or no number."""
    try:
        return float(row.get(name) or "nan")
    except ValueError:
        return float("nan")


def distances_from_data(runs: Sequence[RunFields]) -> FromData | None:
    """Return how far a model's fields are from the data's, averaged over runs; None where no run has any."""
    if not runs:
        return None
    by_neuron: dict[str, list[StoredField]] = {}
    for fields in runs:
        for neuron, field in fields.items():
            if math.isfinite(field.distance):
                by_neuron.setdefault(neuron, []).append(field)
    signs = [field.same_sign for fields in by_neuron.values() for field in fields]
    known = [sign for sign in signs if math.isfinite(sign)]
    return FromData(
        {neuron: float(np.mean([each.distance for each in fields])) for neuron, fields in by_neuron.items()},
        float(np.mean(known)) if known else float("nan"),
    )


def distances_between(models: Mapping[str, Sequence[RunFields]]) -> tuple[FieldDistance, ...]:
    """Return the mean distance of every two models' fields, over the cells in which both have one.

    Runs are paired in their order, so that folds meet folds.
    """
    found = []
    for a, b in itertools.combinations(models, 2):
        by_neuron: dict[str, list[float]] = {}
        for one, other in zip(models[a], models[b], strict=False):
            for neuron in one.keys() & other.keys():
                distance = gaussian_distance(one[neuron].fit, other[neuron].fit)
                if math.isfinite(distance):
                    by_neuron.setdefault(neuron, []).append(distance)
        if by_neuron:
            mean = float(np.mean([np.mean(distances) for distances in by_neuron.values()]))
            found.append(FieldDistance(a, b, mean, len(by_neuron)))
    return tuple(found)


def state_distances(
    from_data: Mapping[str, FromData], between: Sequence[FieldDistance], analysis: str
) -> tuple[str, ...]:
    """Say how far the models' receptive fields are from the data's and from one another's, or what is absent.

    Args:
        from_data: by variant, see `distances_from_data`.
        between: see `distances_between`.
        analysis: of the runs, by name, that the fields come from.
    """
    if not from_data:
        return (f"No distances of receptive fields: no run here has the analysis {analysis}.",)
    shown = [f"{variant} {_describe(found)}" for variant, found in from_data.items()]
    first = (
        "Mean distance of the models' receptive fields from the data's (1 − cosine of the fitted Gaussians: "
        f"0 alike, 1 apart), over the cells where both were found: {'; '.join(shown)}."
    )
    return (first, *_state_between(between))


def _describe(found: FromData) -> str:
    """Return the mean distance in words."""
    if not found.distances:
        return "no such cell"
    sign = f", the same sign in {100 * found.same_sign:.0f} %" if math.isfinite(found.same_sign) else ""
    return f"{number(found.mean)} ({counted(len(found.distances), 'cell')}{sign})"


def _state_between(between: Sequence[FieldDistance]) -> tuple[str, ...]:
    """Say which two models have the nearest fields, and which the farthest."""
    if not between:
        return ()
    nearest, farthest = (choose(between, key=lambda each: each.mean) for choose in (min, max))
    if len(between) == 1:
        return (
            f"The receptive fields of {nearest.a} and {nearest.b} are apart from one another by "
            f"{_between(nearest)}.",
        )
    return (
        f"Of the models' receptive fields, those of {nearest.a} and {nearest.b} are nearest to one another "
        f"({_between(nearest)}), those of {farthest.a} and {farthest.b} farthest ({_between(farthest)}).",
    )


def _between(found: FieldDistance) -> str:
    return f"{number(found.mean)} over {counted(found.cells, 'cell')}"
