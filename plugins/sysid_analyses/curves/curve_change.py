"""Compare the two ends of a line: by how much a score changes from its first point to its last."""

from collections.abc import Sequence

import attrs
import numpy as np

from sysid import bootstrap_difference
from sysid_analyses.comparisons.ensemble import Ensemble, same_bins
from sysid_analyses.curves.curve_point import Measured
from sysid_analyses.wording import interval, listed, number, signed

WITHIN_95 = 1.96  # standard errors


@attrs.frozen(eq=False)
class Change:
    """Hold the change of a score along one line.

    Attributes:
        first, last: its ends.
        difference, low, high: last minus first with its 95 % interval, NaN where there is none.
        paired: whether both predict the same bins of the same cells.
    """

    first: Measured
    last: Measured
    difference: float
    low: float
    high: float
    paired: bool


def group_lines(measured: Sequence[Measured]) -> dict[tuple[str, str], list[Measured]]:
    """Return (panel, series) → points; those with an x by x, those with a label in their order."""
    lines: dict[tuple[str, str], list[Measured]] = {}
    for each in measured:
        lines.setdefault((each.panel, each.point.series), []).append(each)
    return {
        name: sorted(line, key=lambda each: each.point.x if each.point.x is not None else 0.0)
        for name, line in lines.items()
    }


def find_change(line: Sequence[Measured]) -> Change | None:
    """Compare the ends of a line; None for a single point.

    Where both ends predict the same bins and cells, the interval is that of the host's paired bootstrap.
    Elsewhere the two are taken for independent, which is on the wide side where they share cells.
    """
    first, last = line[0], line[-1]
    if len(line) < 2:
        return None
    one, other = first.ensemble, last.ensemble
    if one is not None and other is not None and same_bins(one, other):
        found = bootstrap_difference(list(other.folds.values()), _predictions(one))
        return Change(first, last, found.estimate, found.low, found.high, True)
    difference = last.value.estimate - first.value.estimate
    error = WITHIN_95 * float(np.hypot(first.value.standard_error, last.value.standard_error))
    return Change(first, last, difference, difference - error, difference + error, False)


def _predictions(ensemble: Ensemble) -> list[np.ndarray]:
    return [fold.prediction for fold in ensemble.folds.values()]


def state_change(change: Change, x_label: str, y_label: str) -> str:
    """Say in a sentence how a score changes along a line, and whether by more than chance."""
    first, last = change.first, change.last
    name = ", ".join(part for part in (first.panel, first.point.series) if part)
    shown = (
        f"{name}{_kind(change)}, {_ends(change, x_label)}: {y_label} {number(first.value.estimate)} → "
        f"{number(last.value.estimate)}, {signed(change.difference)}"
    )
    if first.ensemble is None:
        return f"{shown}."
    bins = "same bins and cells" if change.paired else "other bins, taken for independent"
    return f"{shown} ({interval(change.low, change.high)}; {bins}){_verdict(change)}."


def head_panel(changes: Sequence[Change], x_label: str, y_label: str) -> str:
    """Say in a sentence how a score changes along all lines of one panel."""
    lines = []
    for change in changes:
        notes = f"{change.first.point.series}{_verdict(change)}".removeprefix(", ")
        lines.append(f"{signed(change.difference)} ({notes})" if notes else signed(change.difference))
    where = f"{changes[0].first.panel}{_kind(changes[0])}, {_ends(changes[0], x_label)}"
    return f"{where}: {y_label} changes by {listed(lines)}."


def _ends(change: Change, x_label: str) -> str:
    return f"{x_label} {change.first.place} → {change.last.place}"


def _kind(change: Change) -> str:
    return " (SIMULATED)" if change.first.simulated or change.last.simulated else ""


def _verdict(change: Change) -> str:
    if not np.isfinite(change.low):
        return ""
    return ", beyond chance" if change.low > 0 or change.high < 0 else ", not beyond chance"
