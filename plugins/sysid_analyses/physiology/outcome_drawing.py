"""Draw what the cells answered, with captions that say what to see and how indices are defined."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sysid import Picture
from sysid_analyses.physiology.cell import Cells
from sysid_analyses.physiology.outcome_summary import Outcomes
from sysid_analyses.physiology.probe import Probe

CHIRP = (
    "Full-field chirp (Baden et al. 2016) above, predicted rates below, one cell a row: dark, bright, dark; "
    "flicker that grows faster; flicker that grows stronger. Numbers on the right: ON/OFF index, (ON − "
    "OFF)/(ON + OFF) of the responses to a step of light."
)
TUNING = (
    "Discs: the response to growing ones on the receptive field centre, the preferred size marked; where the "
    "curve falls beyond it, the surround suppresses (s, the share of the largest response that the largest "
    "disc does not evoke). Circles: the response to a bar by the direction it moves in, 0° to the right; the "
    "red line points in the preferred direction, its length against the rim the direction selectivity (|Σ R "
    "exp(iθ)|/Σ R; Mazurek et al. 2014). Anticipation, in the table, is by how much the moving bar's peak "
    "comes before the latency of a flash of the same bar has it (Berry et al. 1999)."
)
EVENTS = {
    "omitted": (
        "Omitted flashes (Schwartz et al. 2007, doi:10.1038/nn1887): ticks are flashes, the red line is "
        "where the first that is left out should have come; a peak after it that no flash explains is the "
        "response to the omission."
    ),
    "reversal": (
        "Motion reversal (Schwartz et al. 2007, doi:10.1016/j.neuron.2007.07.042): rate for a bar that turns "
        "on the receptive field centre at the red line (blue) and for one that goes on (grey); what blue has "
        "above grey is the burst."
    ),
    "contrast_step": (
        "Contrast step (Baccus and Meister 2002): mean rate over phases of a flicker whose contrast rises at "
        "the first red line and falls at the second; a decay between them is adaptation."
    ),
}


def draw_outcomes(
    folder: Path, outcomes: Outcomes, cells: Cells, probe: Probe, most: int
) -> tuple[Picture, ...]:
    """Draw up to `most` cells: the chirp, tuning for size and direction, and events in time."""
    from sysid_analyses.figure import save_figure  # matplotlib is slow to import
    from sysid_analyses.physiology.chirp_figure import draw_chirp
    from sysid_analyses.physiology.event_figure import draw_events
    from sysid_analyses.physiology.tuning_figure import draw_tuning

    chosen = choose_drawn(outcomes, cells, most)
    answered = {name: outcome for name, outcome in outcomes.items() if outcome.arrays}
    pictures = []
    if "chirp" in answered:
        save_figure(draw_chirp(outcomes, cells, chosen, probe), folder / "chirp")
        pictures.append(Picture("chirp", CHIRP))
    if answered.keys() & {"spot_size", "moving_bar"}:
        save_figure(draw_tuning(outcomes, cells, chosen), folder / "tuning")
        pictures.append(Picture("tuning", TUNING))
    events = [name for name in EVENTS if name in answered]
    if events:
        save_figure(
            draw_events({name: outcomes[name] for name in events}, cells, chosen, probe), folder / "events"
        )
        caption = " ".join(EVENTS[name] for name in events)
        pictures.append(Picture("events", f"{caption} Rates are expected responses per bin."))
    return tuple(pictures)


def choose_drawn(outcomes: Outcomes, cells: Cells, most: int) -> Sequence[int]:
    """Return up to so many cells in their order, ON and OFF by turns: those with the most indices.

    Cells that were looked at one by one come first.
    """
    values = np.stack([each for outcome in outcomes.values() for each in outcome.indices.values()])
    defined = np.isfinite(values).sum(axis=0) + len(values) * cells.chosen
    ranked = np.argsort(-defined, kind="stable")
    by_sign = [ranked[cells.polarity[ranked] == sign].tolist() for sign in (1, -1)]
    turns = [cell for pair in itertools.zip_longest(*by_sign) for cell in pair if cell is not None]
    return sorted(turns[:most])
