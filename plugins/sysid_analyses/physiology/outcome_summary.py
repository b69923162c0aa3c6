"""Put what the protocols found into numbers and sentences."""

import numpy as np
from jaxtyping import Float

from sysid_analyses.physiology.cell import Cells
from sysid_analyses.physiology.probe import Probe
from sysid_analyses.physiology.protocols.protocol import Outcome
from sysid_analyses.wording import counted

Outcomes = dict[str, Outcome]
"""By protocol."""

ANGLES = ("preferred_direction_deg",)  # which have no median
UNITS = {"_px": " px", "_hz": " Hz", "_ms": " ms", "_deg": "°"}


def summarize_outcomes(outcomes: Outcomes) -> dict[str, float | str]:
    """Return the median of every index over the cells that have it, and how many these are."""
    numbers: dict[str, float | str] = {}
    for outcome in outcomes.values():
        for name, values in outcome.indices.items():
            numbers[f"cells.{name}"] = float(np.isfinite(values).sum())
            if name not in ANGLES:
                numbers[f"median.{name}"] = middle(values)
    on_off = outcomes["step"].indices["on_off_index"]
    return {"on_cells": float((on_off > 0).sum()), "off_cells": float((on_off < 0).sum())} | numbers


def middle(values: Float[np.ndarray, " neuron"]) -> float:
    """Return the median of what is defined, NaN where nothing is."""
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if len(finite) else float("nan")


def headline_outcomes(outcomes: Outcomes, cells: Cells) -> tuple[str, ...]:
    """Say how many model cells are ON and OFF, and the median of what is best known of cells."""
    on_off = outcomes["step"].indices["on_off_index"]
    kinds = f"{(on_off > 0).sum()} ON and {(on_off < 0).sum()} OFF of {counted(len(on_off), 'model cell')}"
    said = [
        f"{words} {_shown(name, middle(outcome.indices[name]))}"
        for protocol, name, words in (
            ("spot_size", "preferred_diameter_px", "preferred spot"),
            ("spot_size", "surround_suppression", "surround suppression"),
            ("moving_bar", "direction_selectivity", "direction selectivity"),
            ("moving_bar", "anticipation_ms", "motion anticipation"),
        )
        if (outcome := outcomes.get(protocol)) and np.isfinite(outcome.indices[name]).any()
    ]
    return (f"In silico: {kinds}" + (f"; medians: {', '.join(said)}." if said else "."),)


def state_outcomes(
    outcomes: Outcomes, cells: Cells, probe: Probe, definitions: dict[str, str]
) -> tuple[str, ...]:
    """Say what each index is with its median, how far the model remembers, and where centres come from.

    `definitions` has what an index is by its name.
    """
    sentences = []
    answered = [outcome for outcome in outcomes.values() if not outcome.reason]
    for name, values in (pair for outcome in answered for pair in outcome.indices.items()):
        known = counted(int(np.isfinite(values).sum()), "cell")
        median = "" if name in ANGLES else f", median {_shown(name, middle(values))}"
        sentences.append(f"{name}, {definitions[name]}: {known}{median}.")
    window_ms = probe.history * probe.screen.frame_ms
    sentences.append(
        f"The model sees {counted(probe.history, 'frame')} ({window_ms:.0f} ms) and forgets what is older, "
        "recurrent or not: adaptation and memory that last longer cannot be in it, and it has no whole "
        f"period of flicker below {1000 / window_ms:.2g} Hz."
    )
    return (*sentences, *_state_centres(cells))


def _state_centres(cells: Cells) -> tuple[str, ...]:
    sources = np.array(cells.centre_from)[cells.chosen]
    counts = [
        f"of {counted(int((sources == source).sum()), 'cell')} {words}"
        for source, words in (
            ("model", "are those of the model's own fields around grey"),
            ("recording", "are what the recording says, as the model's field has no Gaussian"),
            (
                "",
                "are not known: discs were in the middle of the frame, and what needs the place has no index",
            ),
        )
        if (sources == source).any()
    ]
    left_out = len(cells.neuron) - int(cells.chosen.sum())
    more = f" {counted(left_out, 'cell')} more were not looked at one by one." if left_out else ""
    return (f"Receptive field centres {', '.join(counts)}.{more}",)


def warn_outcomes(outcomes: Outcomes) -> tuple[str, ...]:
    """Say which protocols this model cannot be shown, and why."""
    return tuple(
        f"No index of {name}: {outcome.reason}." for name, outcome in outcomes.items() if outcome.reason
    )


def _shown(name: str, value: float) -> str:
    if not np.isfinite(value):
        return "not defined"
    unit = next((words for end, words in UNITS.items() if name.endswith(end)), "")
    return f"{value:.3g}{unit}".replace("-", "−")
