"""Scores of single neurons over folds and seeds, as they go into the averages of a summary."""

import numpy as np

from sysid.ensemble import ensemble_parts, mean_of
from sysid.evaluation import score_neurons
from sysid.finished_run import FinishedRun
from sysid.metrics import scorable
from sysid.neuron_property import Cell
from sysid.summary import by_fold

SCORES = ("correlation", "normalized_correlation", "feve", "bits_per_spike")


def cell_scores(runs: list[FinishedRun]) -> dict[str, dict[Cell, float]]:
    """Return, by score, each neuron's own: of the mean prediction over seeds, averaged over folds.

    Every neuron is there, with NaN where it has no score: its response is constant or was not recorded. A
    neuron with a constant prediction has a CC of 0, as in the averages (`sysid.metrics.mean_score`).

    Args:
        runs: of one variant on one dataset.
    """
    collected: dict[str, dict[Cell, list[float]]] = {name: {} for name in SCORES}
    sessions = runs[0].folder.information()["sessions"]
    for of_fold in by_fold(runs).values():
        for session, part in ensemble_parts([run.folder for run in of_fold]).items():
            scores = score_neurons(part)
            counted = scorable(part.responses)
            for name in SCORES:
                has = counted & np.isfinite(scores["max_correlation"]) if "normalized" in name else counted
                values = scores[name].astype(np.float64)
                if name.endswith("correlation"):
                    values = np.where(has, np.nan_to_num(values), np.nan)
                for neuron, value in zip(sessions[session]["neurons"], values.tolist(), strict=True):
                    collected[name].setdefault((session, neuron), []).append(value)
    return {
        name: {cell: mean_of(filter(np.isfinite, values)) for cell, values in of_cell.items()}
        for name, of_cell in collected.items()
    }
