"""How far a moving bar's response leads what the latency of a flashed bar foretells."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from sysid_analyses.physiology.cell import Cells, group_alike, snap
from sysid_analyses.physiology.probe import GREY, Probe
from sysid_analyses.physiology.response import above_rest, least_response, peak_place
from sysid_analyses.physiology.shape import Bar


def measure_lead(
    probe: Probe,
    cells: Cells,
    bars: Sequence[Bar],
    best: Int[np.ndarray, " neuron"],
    after_centre: Float[np.ndarray, "direction neuron"],
    lengths: tuple[int, int],
) -> Float[np.ndarray, " neuron"]:
    """Return by how many bins the moving bar's peak leads; NaN where the centre is not known.

    Both latencies count from when the bar lies on the receptive field centre.

    Args:
        probe, cells: the model and its cells.
        bars: one for each direction.
        best: of each cell, the number of the direction in which it answers most.
        after_centre: bins from when the moving bar is on the centre to the highest rate.
        lengths: frames of the flash, and bins in which its response is looked for.
    """
    flash, within = lengths
    clip = np.array([[0] * flash + [GREY]])
    bins = range(probe.lead, probe.lead + within)
    along = np.stack([bar.project(cells.centre) for bar in bars])[best, np.arange(probe.neurons)]
    shown = np.column_stack([best, snap(along[:, None], probe.screen.side_px), cells.polarity])
    latency = np.full(probe.neurons, np.nan)
    for (number, place, sign), members in group_alike(shown, cells.located):

        def draw(
            _number: int, bar: Bar = bars[int(number)], place: float = place, sign: float = sign
        ) -> Float[np.ndarray, "height width"]:
            return sign * bar.draw(place)

        rates, rest = probe.rates(draw, clip, bins)[0][:, members], probe.rest[members]
        answers = above_rest(rates, rest) > least_response(rates, rest)
        latency[members] = np.where(answers, probe.lead + peak_place(rates), np.nan)
    return latency - after_centre[best, np.arange(probe.neurons)]
