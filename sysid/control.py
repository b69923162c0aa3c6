"""A score beside the controls of its dataset: pairings that should score nothing."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    from sysid.finished_run import FinishedRun
    from sysid.summary import Row


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


def controls_of(
    name: tuple[str, str],
    rows: Mapping[tuple[str, str], "Row"],
    groups: Mapping[tuple[str, str], Sequence["FinishedRun"]],
) -> tuple[Control, ...]:
    """Gather the controls of one row: same variant, `control_of` its dataset; draws of one table together."""
    variant, dataset = name
    tables: dict[str, list[Row]] = {}
    for other, row in rows.items():
        first = groups[other][0]
        if other[0] == variant and first.control_of == dataset:
            tables.setdefault(first.dataset_table, []).append(row)
    return tuple(compare(rows[name], table, draws) for table, draws in tables.items())


def compare(row: "Row", table: str, draws: Iterable["Row"]) -> Control:
    """Compare a row with one control."""
    drawn = list(draws)
    scores = np.array([draw.correlation.estimate for draw in drawn])
    mean = float(scores.mean())
    many = len(drawn) > 1
    comparable = many and bool(np.isfinite([row.correlation.estimate, *scores]).all())
    sd = float(scores.std(ddof=1)) if many else drawn[0].correlation.standard_error
    return Control(
        dataset=table,
        draws=len(drawn),
        mean=mean,
        sd=sd,
        difference=row.correlation.estimate - mean,
        difference_se=float(
            np.hypot(row.correlation.standard_error, sd / np.sqrt(len(drawn)) if many else sd)
        ),
        p=(1 + int((scores >= row.correlation.estimate).sum())) / (1 + len(drawn)) if comparable else None,
    )
