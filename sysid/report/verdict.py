"""Say in sentences what came out: which model was better, by how much, and whether that is beyond chance."""

from collections.abc import Iterable

import numpy as np

from sysid.bootstrap import Interval
from sysid.summary import Row


def write_verdicts(rows: Iterable[Row], *, compare: bool = True) -> tuple[str, ...]:
    """Return the sentences for every dataset that is not a control.

    `compare` says whether models are set against the recipe's first one by one, by the interval of each pair;
    an analysis that adjusts for the number of pairs does that better.
    """
    by_dataset: dict[str, list[Row]] = {}
    for row in rows:
        by_dataset.setdefault(row.dataset, []).append(row)
    controls = {control.dataset for row in by_dataset.values() for each in row for control in each.controls}
    return tuple(
        sentence
        for dataset, group in by_dataset.items()
        if not is_control(dataset, controls)
        for sentence in verdicts_on(dataset, group, compare=compare)
    )


def drawn_controls(rows: Iterable[Row]) -> set[str]:
    """Return the control tables that were drawn several times: a distribution, and no results."""
    return {control.dataset for row in rows for control in row.controls if control.draws > 1}


def is_control(dataset: str, controls: Iterable[str]) -> bool:
    """Say whether a dataset is a control or one of its draws."""
    return dataset in controls or dataset.rpartition("-")[0] in controls


def verdicts_on(dataset: str, rows: list[Row], *, compare: bool) -> list[str]:
    """Return the sentences for one dataset, the best model first."""
    scored = [row for row in rows if np.isfinite(row.correlation.estimate)]
    if not scored:
        return [f"On {dataset} no model has a score."]
    best = max(scored, key=lambda row: row.correlation.estimate)
    made = "SIMULATED responses" if best.simulated else "recorded responses"
    cells = f"{best.cells - len(best.excluded)} cells"
    if best.sessions:
        cells += f" in {len(best.sessions)} sessions"
    sentences = [
        f"On {dataset} ({made} of {cells}) {best.variant} predicts best: "
        f"mean CC {best.correlation.estimate:.3f}{in_words(best.correlation)}, {name_ceiling(best)}."
    ]
    compared = [
        row
        for row in scored
        if row.difference is not None and np.isfinite(row.difference.correlation.estimate)
    ]
    if compared and compare:
        sentences.append(compare_with_first(dataset, compared))
    sentences += [
        f"{row.variant} on {dataset} exceeds its control {control.dataset} by {control.difference:.3f}"
        + (f" ± {control.difference_se:.3f}" if np.isfinite(control.difference_se) else "")
        + ("" if control.p is None else f" (p = {control.p:.3f})")
        + "."
        for row in rows
        for control in row.controls
        if np.isfinite(control.difference)
    ]
    return sentences


def name_ceiling(row: Row) -> str:
    """Say how high noise lets a CC be, or that repeats do not tell."""
    if not np.isfinite(row.max_correlation):
        return "with no noise ceiling, as nothing was seen to repeat"
    return f"of at most {row.max_correlation:.3f}"


def compare_with_first(dataset: str, rows: list[Row]) -> str:
    """Sort models by whether the interval of their difference from the first holds zero."""
    first = next(row.difference.variant for row in rows if row.difference is not None)
    above, below, open_ones = [], [], []
    for row in rows:
        if row.difference is None:
            continue
        interval = row.difference.correlation
        difference = f"{interval.estimate:+.3f}".replace("-", "−")
        words = f"{row.variant} ({difference}{in_words(interval)})"
        (above if interval.low > 0 else below if interval.high < 0 else open_ones).append(words)
    return (
        f"Against {first} on {dataset}, on the same bins and cells: higher: {join(above)}; lower: "
        f"{join(below)}; not to be told apart: {join(open_ones)}. Each pair is judged by its own interval, "
        "which with few blocks of time is too narrow; the analysis `comparison` tests all pairs together."
    )


def in_words(interval: Interval) -> str:
    """Return the ends of an interval, or nothing where it has none."""
    if not np.isfinite([interval.low, interval.high]).all():
        return ""
    words = f", {100 * interval.level:.0f} % interval {interval.low:.3f} to {interval.high:.3f}"
    return words.replace("-", "−")


def join(words: list[str]) -> str:
    """Return words as a list, or that there are none."""
    return ", ".join(words) or "none"
