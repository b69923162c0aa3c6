"""Write the indices of every cell, and the responses behind them."""

from pathlib import Path

import numpy as np

from sysid_analyses.physiology.cell import Cells
from sysid_analyses.physiology.outcome_summary import Outcomes
from sysid_analyses.physiology.probe import Probe
from sysid_analyses.table import write_table

CELL_COLUMNS = ("session", "neuron", "centre_x_px", "centre_y_px", "centre_from", "polarity")


def write_indices(path: Path, cells: Cells, outcomes: Outcomes, probe: Probe) -> None:
    """Write one row per neuron. A neuron that has no index at all, or none of its own place, says why.

    The centre is x and y in stimulus pixels, the middle of the first pixel (0, 0); `centre_from` is "model",
    "recording", or empty where the middle of the frame stands in for it. `polarity` is 1 where bright objects
    were shown, −1 where dark ones.
    """
    indices = {name: values for outcome in outcomes.values() for name, values in outcome.indices.items()}
    rows = [
        (
            cells.session[number],
            cells.neuron[number],
            *cells.centre[number].tolist(),
            cells.centre_from[number],
            int(cells.polarity[number]),
            *(float(values[number]) for values in indices.values()),
            explain_neuron(number, cells, outcomes, probe),
        )
        for number in range(len(cells.neuron))
    ]
    write_table(path, (*CELL_COLUMNS, *indices, "reason"), rows)


def explain_neuron(number: int, cells: Cells, outcomes: Outcomes, probe: Probe) -> str:
    """Say why a neuron lacks indices that others have; nothing where it lacks none for reasons of its own."""
    if not np.isfinite(probe.rest[number]):
        return "the model predicts no finite rate for it"
    values = [each[number] for outcome in outcomes.values() for each in outcome.indices.values()]
    if not np.isfinite(values).any():
        return "nothing that was shown changes its rate"
    if not cells.chosen[number]:
        return "it is not among the cells that were looked at one by one"
    return (
        "" if cells.centre_from[number] else "where it looks is not known; the middle of the frame stands in"
    )


def write_arrays(path: Path, cells: Cells, outcomes: Outcomes, probe: Probe) -> None:
    """Write the responses that the figures are drawn from, rates per bin, the neuron the last axis."""
    arrays = {name: values for outcome in outcomes.values() for name, values in outcome.arrays.items()}
    np.savez_compressed(
        path,
        session=np.array(cells.session),
        neuron=np.array(cells.neuron),
        frame_rate_hz=np.array(probe.screen.frame_rate_hz),
        rest=probe.rest,
        **arrays,
    )
