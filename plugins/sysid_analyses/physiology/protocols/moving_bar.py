"""Protocol `moving_bar`: a bar that crosses the frame in many directions."""

from typing import ClassVar

import attrs
import numpy as np
from jaxtyping import Float

from sysid import key
from sysid_analyses.physiology.anticipation import measure_lead
from sysid_analyses.physiology.cell import Cells
from sysid_analyses.physiology.probe import Probe
from sysid_analyses.physiology.protocols.protocol import Outcome, Protocol, none
from sysid_analyses.physiology.response import above_rest, least_response, peak_place
from sysid_analyses.physiology.shape import Bar, bar_width, frame_step

SELECTIVE = 0.1  # direction selectivity below which no direction is preferred


@attrs.frozen(eq=False)
class Passage:
    """Hold what bars evoke that pass in every direction.

    Attributes:
        response: (direction, neuron), highest rate above grey.
        after_centre: (direction, neuron), bins from the passage of the bar's middle over the receptive field
            centre to the highest rate.
        least: (neuron,), what a response has to exceed.
    """

    response: Float[np.ndarray, "direction neuron"]
    after_centre: Float[np.ndarray, "direction neuron"]
    least: Float[np.ndarray, " neuron"]


@attrs.frozen
class MovingBar(Protocol):
    """Move a bar across the whole frame, bright for ON cells and dark for OFF cells.

    A response R is the highest rate above grey. With θ the direction, |Σ R exp(iθ)|/Σ R is the direction
    selectivity, |Σ R exp(2iθ)|/Σ R the orientation selectivity, and the angle of the first sum the preferred
    direction (one minus the circular variance: Mazurek, Kager, Van Hooser 2014,
    doi:10.3389/fncir.2014.00092). Both are 0 where all directions evoke the same and 1 where one, or one
    axis, evokes all.

    Anticipation (Berry, Brivanlou, Jordan, Meister 1999, doi:10.1038/18678): how much earlier the moving
    bar's highest rate comes than the latency of a flash of the same bar on the receptive field centre has it,
    in the direction of the largest response. A receptive field, or a time course, of two phases gives some
    anticipation without any gain control.
    """

    columns: ClassVar[dict[str, str]] = {
        "direction_selectivity": "|Σ R exp(iθ)|/Σ R over directions θ of a moving bar",
        "orientation_selectivity": "|Σ R exp(2iθ)|/Σ R over directions θ of a moving bar",
        "preferred_direction_deg": "0 to the right, 90 upwards; none below a direction selectivity of .1",
        "anticipation_ms": "how much earlier a moving bar's peak comes than the latency of a flash has it",
    }

    directions: int = key("evenly spaced, the first to the right", default=8, at_least=8)
    width_px: float | None = key(
        "of the bar, along its motion; left out, a tenth of the frame's shorter side, at least 1",
        default=None,
        unit="px",
        at_least=1,
    )
    crossing_s: float = key(
        "how long it takes to cross the frame's shorter side", default=2.0, unit="s", above=0
    )
    flash_s: float = key("length of the flash that latency is taken from", default=0.03, unit="s", above=0)
    response_s: float = key(
        "how long after the bar has left, and after the flash, rates are looked at",
        default=0.4,
        unit="s",
        above=0,
    )

    def show(self, probe: Probe, cells: Cells) -> Outcome:
        """Return selectivity for direction and orientation, and anticipation, of every cell."""
        if probe.history < 2:
            return none(self, probe, "the model sees one frame at a time, in which nothing moves")
        angles = 360 * np.arange(self.directions) / self.directions
        bars = [Bar(probe.screen, float(angle), bar_width(probe.screen, self.width_px)) for angle in angles]
        passage = self._pass_bars(probe, cells, bars)
        indices = _select(passage, np.radians(angles))
        lead = measure_lead(
            probe,
            cells,
            bars,
            passage.response.argmax(axis=0),
            passage.after_centre,
            (probe.screen.count_frames(self.flash_s), probe.screen.count_frames(self.response_s)),
        )
        answers = passage.response.max(axis=0) > passage.least
        indices["anticipation_ms"] = probe.screen.frame_ms * np.where(answers, lead, np.nan)
        return Outcome(indices, {"direction_deg": angles, "direction_tuning": passage.response})

    def _pass_bars(self, probe: Probe, cells: Cells, bars: list[Bar]) -> Passage:
        """Show the bar in all directions, once for each polarity that cells have."""
        shape = (len(bars), probe.neurons)
        response, after = np.full(shape, np.nan), np.full(shape, np.nan)
        least = np.full(probe.neurons, np.nan)
        step = frame_step(probe.screen, self.crossing_s)
        for sign in np.unique(cells.polarity).tolist():
            members = np.flatnonzero(cells.polarity == sign)
            floors = []
            for number, bar in enumerate(bars):
                frames = int(np.ceil(bar.travel_px / step)) + 1

                def draw(frame: int, bar: Bar = bar, sign: float = sign) -> Float[np.ndarray, "height width"]:
                    return sign * bar.draw(frame * step - bar.travel_px / 2)

                bins = range(frames + probe.screen.count_frames(self.response_s))
                rates = probe.rates(draw, np.arange(frames)[None], bins)[0][:, members]
                response[number, members] = above_rest(rates, probe.rest[members])
                crossing = (bar.project(cells.centre[members]) + bar.travel_px / 2) / step
                after[number, members] = peak_place(rates) - crossing
                floors.append(least_response(rates, probe.rest[members]))
            least[members] = np.max(floors, axis=0)
        return Passage(response, after, least)


def _select(
    passage: Passage, angle: Float[np.ndarray, " direction"]
) -> dict[str, Float[np.ndarray, " neuron"]]:
    """Return the selectivities and the preferred direction."""
    response = passage.response
    total = response.sum(axis=0)
    answers = response.max(axis=0) > passage.least
    sums = [np.exp(times * 1j * angle) @ response for times in (1, 2)]
    direction, orientation = (
        np.divide(np.abs(each), total, out=np.full(len(total), np.nan), where=answers) for each in sums
    )
    preferred = np.where(direction >= SELECTIVE, np.degrees(np.angle(sums[0])) % 360, np.nan)
    return {
        "direction_selectivity": direction,
        "orientation_selectivity": orientation,
        "preferred_direction_deg": preferred,
    }
