"""The neurons of a run and their scores, as a table in an NWB file."""

import csv
from pathlib import Path

from pynwb.core import DynamicTable, VectorData

from sysid.csv_cell import bare_cell
from sysid.errors import SysidError

MEANINGS = {
    "correlation": "CC of the predicted response with the mean over repeats, test part",
    "max_correlation": "CC that no model can exceed, given the noise of the mean over repeats",
    "normalized_correlation": "CC over the CC that no model can exceed (Schoppe et al. 2016)",
    "feve": "fraction of explainable variance explained (Cadena et al. 2019)",
    "bits_per_spike": "information per spike above the mean rate of training",
    "single_trial_correlation": "CC of the prediction with single repeats",
    "oracle": "CC of each repeat with the mean of the others",
    "split_half_ceiling": "ceiling from the correlation of two halves of the repeats",
    "explainable_variance_fraction": "share of the variance of single repeats that the stimulus explains",
    "signal_power": "variance of the response that repeats share",
    "repeats": "repeats that were recorded in the test part",
    "spikes": "sum of the responses over bins and repeats of the test part",
    "bin_ms": "median bin of the test part in milliseconds",
    "excluded": "why the neuron is left out of averages; empty where it counts",
    "simulated": "whether the responses were computed and not recorded",
}
TEXT, TRUTH = ("excluded",), ("simulated",)
PLAIN = ("", "True", "False")  # cells that are no numbers


def read_neurons(path: Path, session: str, neurons: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the columns of `neurons.csv` for the neurons of one session, as they stand there.

    Raises:
        SysidError: the file cannot be read, or is about other neurons.
    """
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if bare_cell(row.get("session") or "") == session]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SysidError(f"{path}: cannot be read as a table: {error}") from error
    if tuple(bare_cell(row.get("neuron") or "") for row in rows) != neurons:
        raise SysidError(
            f"{path}: expected the {len(neurons)} neurons of session {session} as in run.json, in their "
            f"order, got {len(rows)} others"
        )
    columns = {name: [row[name] for row in rows] for name in rows[0] if name not in ("session", "neuron")}
    for name, cells in columns.items():
        for cell, neuron in zip(cells, neurons, strict=True):
            if not isinstance(cell, str) or not (
                name in TEXT or cell in ("", "True", "False") or _is_number(cell)
            ):
                raise SysidError(f"{path}: {name} of neuron {neuron}: expected a number, got {cell!r}")
    return columns


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def make_neuron_table(
    name: str, session: str, neurons: tuple[str, ...], columns: dict[str, list[str]], *, simulated: bool
) -> DynamicTable:
    """Return a table with one row per neuron, NaN for a score that is not defined."""
    mark = "SIMULATED neurons" if simulated else "Neurons"
    made = [VectorData(name="neuron", description="identity in the source", data=list(neurons))]
    for column, cells in columns.items():
        description = MEANINGS.get(column, f"{column} of the test part, as in neurons.csv")
        made.append(VectorData(name=column, description=description, data=_convert(column, cells)))
    return DynamicTable(
        name=name,
        description=f"{mark} of session {session}, with how well the model predicts them in the test part",
        columns=made,
    )


def _convert(column: str, cells: list[str]) -> list[str] | list[bool] | list[float]:
    if column in TEXT:
        return cells
    if column in TRUTH:
        return [cell == "True" for cell in cells]
    return [float(cell) if cell else float("nan") for cell in cells]
