"""Which numbers of a run folder are not what they are when they are computed again."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np

from sysid.atomic import without_nan
from sysid.errors import SysidError
from sysid.evaluation import Evaluation, TestPart
from sysid.identity import leaves
from sysid.run_folder import RunFolder

PREDICTION_TOLERANCE = 1e-4
"""Of a neuron's largest stored prediction. Sums that another machine, device or number of threads takes in
another order differ by about 1e-6 of it in single precision, by 1e-5 where a GPU trained."""

SCORE_TOLERANCE = 1e-3
"""Of a score, or of 1 where it is smaller: what predictions within their tolerance can change."""

ROUNDING = 1e-5
"""The same where predictions are equal bit for bit: neurons.csv has six digits."""

SHOWN = 3  # scores named in a line


def largest_of_all(stored: dict[str, dict[str, np.ndarray]], parts: dict[str, TestPart]) -> float:
    """Return `largest_difference` over all sessions; infinity where a session is missing."""
    if stored.keys() != parts.keys():
        return float("inf")
    return max(
        largest_difference(stored[session]["prediction"], part.prediction) for session, part in parts.items()
    )


def compare_parts(stored: dict[str, dict[str, np.ndarray]], parts: dict[str, TestPart]) -> Iterator[str]:
    """Say which arrays of `predictions.npz` are not what they are now: predictions within their tolerance."""
    if stored.keys() != parts.keys():
        yield f"predictions.npz: holds sessions {', '.join(stored)}, not {', '.join(parts)}"
    for session in (session for session in parts if session in stored):
        for name, now in attrs.asdict(parts[session], recurse=False).items():
            before = stored[session].get(name)
            where = f"predictions.npz: {session}/{name}"
            if before is None:
                yield f"{where} is not there"
            elif before.shape != now.shape:
                yield f"{where} has the shape {before.shape}, not {now.shape}"
            elif name != "prediction":
                if not np.array_equal(before, now, equal_nan=before.dtype.kind == "f"):
                    yield f"{where} is not what the recording says"
            elif not largest_difference(before, now) <= PREDICTION_TOLERANCE:
                share = largest_difference(before, now)
                yield (
                    f"{where} differs by up to {share:.2g} of a neuron's largest prediction, "
                    f"more than {PREDICTION_TOLERANCE:g}"
                )


def largest_difference(before: np.ndarray, now: np.ndarray) -> float:
    """Return by what part of a neuron's largest stored prediction any of its predictions differs.

    Args:
        before: (bin, neuron), as stored.
        now: (bin, neuron).

    Returns:
        0 where all are equal bit for bit, infinity where shapes differ or something is not finite.
    """
    if before.shape != now.shape:
        return float("inf")
    if np.array_equal(before, now):
        return 0.0
    wide = before.astype(np.float64)
    largest = np.maximum(np.abs(wide).max(axis=0), np.finfo(np.float32).tiny)
    share = float((np.abs(wide - now) / largest).max())
    return share if np.isfinite(share) else float("inf")


def compare_scores(folder: RunFolder, evaluation: Evaluation, *, exactly: bool) -> Iterator[str]:
    """Say which scores of `metrics.json` and `neurons.csv` are not what they are now.

    Args:
        folder: of the run.
        evaluation: what was computed now.
        exactly: whether predictions are those that were stored, bit for bit; then scores must be.
    """
    try:
        before, table = folder.scores(), folder.neurons_file.read_text(encoding="utf-8")
    except (SysidError, OSError, UnicodeDecodeError) as error:
        yield f"scores cannot be read: {error}"
        return
    stored, now = dict(leaves(before)), dict(leaves(without_nan(evaluation.summary)))
    tolerance = ROUNDING if exactly else SCORE_TOLERANCE
    yield from _tell(folder.scores_file.name, stored, now, tolerance)
    yield from _tell(folder.neurons_file.name, _cells(table), _cells(evaluation.table), tolerance)


def _cells(table: str) -> dict[str, Any]:
    """Return the cells of a table of neurons by `session neuron column`, numbers as numbers."""
    rows = list(csv.DictReader(io.StringIO(table)))
    return {
        f"{row.get('session')} {row.get('neuron')} {name}": _number(text)
        for row in rows
        for name, text in row.items()
    }


def _number(text: Any) -> Any:
    try:
        return float(text)
    except (TypeError, ValueError):
        return text


def _tell(file: str, stored: dict[str, Any], now: dict[str, Any], tolerance: float) -> Iterator[str]:
    """Name the entries of a file that are not what they are now, all in one line."""
    everything = stored.keys() | now.keys()
    names = [name for name in everything if not _same(stored.get(name), now.get(name), tolerance)]
    if names:
        shown = [f"{name} is {stored.get(name)}, computed {now.get(name)}" for name in sorted(names)[:SHOWN]]
        more = f"; and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        yield f"{file}: {'; '.join(shown)}{more}"


def _same(before: Any, now: Any, tolerance: float) -> bool:
    """Compare two entries: numbers within a tolerance, anything else exactly."""
    if isinstance(before, float) and isinstance(now, float | int) and not isinstance(now, bool):
        return abs(before - now) <= tolerance * max(abs(before), 1.0)
    return bool(before == now)
