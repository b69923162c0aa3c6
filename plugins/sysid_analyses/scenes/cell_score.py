"""The CC of every cell under every variant, averaged over folds and seeds."""

import csv
from collections.abc import Iterable

from sysid import RunFolder

CellScores = dict[str, float]
"""Id of a cell → its mean CC; cells without a score in any fold are not in it."""


def gather_scores(
    runs: Iterable[RunFolder], variants: tuple[str, ...] | None
) -> dict[tuple[str, str], dict[str, CellScores]]:
    """Return (dataset, session) → variant → mean CC by cell, from the tables of the runs, without controls.

    As in `sysid.metrics.mean_score`, a cell counts as 0 in a run whose prediction of it is constant, and
    takes no part in a fold where its response is.

    Args:
        runs: of a recipe.
        variants: which ones; None = all.
    """
    found: dict[tuple[str, str], dict[str, dict[str, list[float]]]] = {}
    for run in runs:
        information = run.information()
        configuration = information["identity"]["configuration"]
        variant, dataset = configuration["variant"], configuration["dataset_name"]
        if information.get("control_of") is not None or (variants is not None and variant not in variants):
            continue
        with open(run.neurons_file, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                cells = found.setdefault((dataset, row["session"]), {}).setdefault(variant, {})
                if not row["excluded"]:
                    cells.setdefault(row["neuron"], []).append(float(row["correlation"] or 0))
    return {
        where: {
            variant: {cell: sum(values) / len(values) for cell, values in cells.items()}
            for variant, cells in of_session.items()
        }
        for where, of_session in found.items()
    }
