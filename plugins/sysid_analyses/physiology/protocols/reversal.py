"""Protocol `reversal`: a bar that turns round on the receptive field centre of each cell."""

from typing import ClassVar

import attrs
import numpy as np
from jaxtyping import Float

from sysid import key
from sysid_analyses.physiology.cell import Cells, group_alike, snap
from sysid_analyses.physiology.probe import Probe
from sysid_analyses.physiology.protocols.protocol import Outcome, Protocol, none
from sysid_analyses.physiology.response import above_rest, contrast_index, least_response
from sysid_analyses.physiology.shape import Bar, bar_width, frame_step

DIRECTIONS_DEG = (0.0, 180.0)  # both, so that a preferred direction is not taken for a reversal
SHOWN = -0.8  # index from which a burst counts: a ninth of the response to the bar that goes on


@attrs.frozen
class Reversal(Protocol):
    """Let a bar turn round on the receptive field centre, and compare with the same bar that goes on.

    Schwartz, Taylor, Fisher, Harris, Berry 2007, doi:10.1016/j.neuron.2007.07.042. Until it turns both bars
    are the same. Index: (E − S)/(E + S), with E the most by which the rate exceeds that of the bar that goes
    on, within `response_s` of the turn, and S the highest rate above grey that the bar evokes that goes on;
    mean over motion to the right and to the left. −1 where there is no burst. Latency: of E after the turn.
    That latencies of many cells are alike is what Schwartz et al. report.

    The bar is bright for ON cells and dark for OFF cells. A field off the centre has some E without a burst.
    """

    columns: ClassVar[dict[str, str]] = {
        "reversal_index": "(E − S)/(E + S), E the burst after a bar turns, S the response if it goes on",
        "reversal_latency_ms": "of that burst after the turn",
    }

    width_px: float | None = key(
        "of the bar; left out, a tenth of the frame's shorter side, at least 1",
        default=None,
        unit="px",
        at_least=1,
    )
    crossing_s: float = key(
        "how long the bar takes to cross the frame's shorter side", default=2.0, unit="s", above=0
    )
    response_s: float = key("how long after the turn rates are looked at", default=0.4, unit="s", above=0)

    def show(self, probe: Probe, cells: Cells) -> Outcome:
        """Return index and latency of every cell whose receptive field centre is known."""
        if probe.history < 2:
            return none(self, probe, "the model sees one frame at a time, in which nothing moves")
        if not cells.located.any():
            return none(self, probe, "it is not known where any cell looks")
        within = probe.screen.count_frames(self.response_s)
        burst, smooth, latency = (np.zeros(probe.neurons) for _ in range(3))
        least = np.full(probe.neurons, np.nan)
        turned = []
        for angle in DIRECTIONS_DEG:
            bar = Bar(probe.screen, angle, bar_width(probe.screen, self.width_px))
            rates = self._turn(probe, cells, bar, within)
            turned.append(rates)
            excess = (rates[0] - rates[1])[within:]
            burst += np.maximum(excess.max(axis=0), 0) / 2
            latency += (probe.lead + 1 + excess.argmax(axis=0)) / 2
            smooth += above_rest(rates[1], probe.rest) / 2
            least = np.fmax(least, least_response(rates, probe.rest))
        index = contrast_index(burst, smooth, least)
        indices = {
            "reversal_index": index,
            "reversal_latency_ms": np.where(index > SHOWN, probe.screen.frame_ms * latency, np.nan),
        }
        return Outcome(indices, {"reversal_rates": turned[0]})

    def _turn(self, probe: Probe, cells: Cells, bar: Bar, within: int) -> Float[np.ndarray, "2 bin neuron"]:
        """Return rates to the bar that turns and to the one that goes on, the turn in the middle."""
        step = frame_step(probe.screen, self.crossing_s)
        before = probe.reach + within
        frames = before + 1 + within
        away = np.arange(frames) - before
        clips = np.stack([before - np.abs(away), np.arange(frames)])  # picture k: the bar at k − before
        bins = range(before + 1 + probe.lead - within, before + 1 + probe.lead + within)
        rates = np.full((2, len(bins), probe.neurons), np.nan)
        along = snap(bar.project(cells.centre)[:, None], probe.screen.side_px)
        for (place, sign), members in group_alike(np.column_stack([along, cells.polarity]), cells.located):

            def draw(
                number: int, place: float = place, sign: float = sign
            ) -> Float[np.ndarray, "height width"]:
                return sign * bar.draw(place + (number - before) * step)

            rates[:, :, members] = probe.rates(draw, clips, bins)[..., members]
        return rates
