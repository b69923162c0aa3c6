"""Tables, arrays, figures and sentences of what was found."""

import csv
import math
from pathlib import Path

import numpy as np

from sysid import Findings, Picture, Run, Table
from sysid_mei.cell import Cell
from sysid_mei.figure import draw_cell
from sysid_mei.limit import Limits

NUMBERS = (
    *("correlation", "mei_rate", "natural_rate", "ratio", "natural_rate_at_norm"),
    *("mei_norm", "natural_norm", "agreement"),
)


def find_results(run: Run, found: dict[str, tuple[Limits, list[Cell]]], folder: Path) -> Findings:
    """Write everything into the folder and say what came out.

    Args:
        run: that was looked at.
        found: limits and cells by session.
        folder: of the analysis.
    """
    cells = [cell for _, several in found.values() for cell in several]
    write_table(folder / "mei.csv", cells)
    table = Table("mei.csv", "one cell a row: rates per bin, norms of deviations from the mean pixel")
    silent = [cell for cell in cells if cell.reason]
    sentences = [
        f"{cell.session}, {cell.neuron} has no most exciting input: {cell.reason}." for cell in silent
    ]
    excited = [cell for cell in cells if not cell.reason]
    if not excited:
        return Findings(reason="no cell has a most exciting input; mei.csv says why", tables=(table,))
    np.savez_compressed(
        folder / "mei.npz",
        session=np.array([cell.session for cell in excited]),
        neuron=np.array([cell.neuron for cell in excited]),
        mei=np.stack([cell.mei for cell in excited if cell.mei is not None]),
        natural=np.stack([cell.natural for cell in excited if cell.natural is not None]),
    )
    pictures = tuple(draw_cells(run, found, folder))
    return Findings(
        numbers=summarize(excited) | {"cells": float(len(excited)), "silent": float(len(silent))},
        headlines=[headline(excited)],
        statements=[*sentences, agreement_statement(excited)],
        pictures=pictures,
        tables=(table,),
    )


def write_table(path: Path, cells: list[Cell]) -> None:
    """Write one cell a row; what is not defined is empty."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("session", "neuron", *NUMBERS, "reason"))
        for cell in cells:
            numbers = (float(getattr(cell, name)) for name in NUMBERS)
            shown = [f"{value:.6g}" if math.isfinite(value) else "" for value in numbers]
            writer.writerow((cell.session, cell.neuron, *shown, cell.reason))


def draw_cells(run: Run, found: dict[str, tuple[Limits, list[Cell]]], folder: Path) -> list[Picture]:
    """Draw every cell that has a most exciting input."""
    history, lead = run.architecture.input_shape[0], run.window.lead
    pictures = []
    for session, (limits, cells) in found.items():
        rate_hz = float(run.information["sessions"][session]["frame_rate_hz"])
        time_ms = 1000 * (np.arange(history) - (history - 1) - lead) / rate_hz
        for cell in (each for each in cells if not each.reason):
            stem = f"cell_{len(pictures) + 1}"
            draw_cell(cell, limits.grey, time_ms, folder / stem)
            pictures.append(Picture(stem, describe_picture(cell)))
    return pictures


def describe_picture(cell: Cell) -> str:
    """Return the caption of a cell's figure."""
    return (
        f"{cell.session}, {cell.neuron}: the strongest frame of its most exciting input, the frame at that "
        "time of the test window that drives it best, and both in the course of time at the pixel marked +."
    )


def summarize(cells: list[Cell]) -> dict[str, float]:
    """Return medians over the cells in which a number is defined."""
    numbers = {}
    for name in ("ratio", "agreement"):
        values = [getattr(cell, name) for cell in cells]
        finite = [value for value in values if math.isfinite(value)]
        numbers[f"{name}, median"] = float(np.median(finite)) if finite else float("nan")
    return numbers


def headline(cells: list[Cell]) -> str:
    """Return the answer in a sentence."""
    ratio = summarize(cells)["ratio, median"]
    if not math.isfinite(ratio):
        return "No cell responds to the test part, so that its most exciting input has nothing beside it."
    return (
        f"The most exciting inputs of {len(cells)} cells drive the model {ratio:.2g} times as much as the "
        "best window of the test part (median)."
    )


def agreement_statement(cells: list[Cell]) -> str:
    """Say whether different starts lead to the same stimulus."""
    agreement = summarize(cells)["agreement, median"]
    if not math.isfinite(agreement):
        return "One start each: whether others lead elsewhere is not known."
    return f"What different starts lead to correlates by {agreement:.2f} (median): at 1 it is one stimulus."
