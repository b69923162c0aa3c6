"""Protocol `spot_size`: flashed discs of growing size at the receptive field centre of each cell."""

from typing import ClassVar

import attrs
import numpy as np
from jaxtyping import Float

from sysid import key
from sysid_analyses.physiology.cell import Cells, group_alike, snap
from sysid_analyses.physiology.probe import GREY, Probe
from sysid_analyses.physiology.protocols.protocol import Outcome, Protocol
from sysid_analyses.physiology.response import above_rest, least_response
from sysid_analyses.physiology.shape import draw_disc

ENOUGH = (
    0.95  # of the largest response: the smallest such disc is preferred, as on a plateau any size is best
)


@attrs.frozen
class SpotSize(Protocol):
    """Flash discs, bright ones to ON cells and dark ones to OFF cells, and compare their sizes.

    A response is the highest rate within `response_s` of the flash above the rate at grey. Preferred
    diameter: of the smallest disc that evokes 95 % of the largest response (Cavanaugh, Bair, Movshon 2002,
    doi:10.1152/jn.00692.2001). Surround suppression: (largest response − response to the largest disc)/
    largest response; 0 where larger discs do not do less, 1 where the largest evokes nothing.

    Costs (response_s · frame rate) windows for each size and place: cells that look at one place share them.
    """

    columns: ClassVar[dict[str, str]] = {
        "preferred_diameter_px": "diameter of the smallest disc that evokes 95 % of the largest response",
        "surround_suppression": "share of the largest response that the largest disc does not evoke",
    }

    sizes: int = key("discs, from the smallest to the frame's shorter side", default=8, at_least=3)
    smallest_px: float | None = key(
        "diameter of the smallest; left out, a thirtieth of the frame's shorter side, at least 1",
        default=None,
        unit="px",
        at_least=1,
    )
    flash_s: float = key("how long a disc is shown", default=0.2, unit="s", above=0)
    response_s: float = key(
        "how long from the onset a response is looked for", default=0.3, unit="s", above=0
    )

    def show(self, probe: Probe, cells: Cells) -> Outcome:
        """Return preferred diameter and surround suppression of every cell that is looked at."""
        diameters = self.diameters(probe.screen.side_px)
        flash = probe.screen.count_frames(self.flash_s)
        clips = np.repeat(np.arange(len(diameters))[:, None], flash, axis=1)
        clips = np.concatenate([clips, np.full((len(diameters), 1), GREY)], axis=1)
        bins = range(probe.lead, probe.lead + probe.screen.count_frames(self.response_s))
        tuning = np.full((len(diameters), probe.neurons), np.nan)
        least = np.full(probe.neurons, np.nan)
        shown = np.column_stack([snap(cells.centre, probe.screen.side_px), cells.polarity])
        for (x, y, sign), members in group_alike(shown, cells.chosen):

            def draw(
                number: int, place: tuple = (x, y), sign: float = sign
            ) -> Float[np.ndarray, "height width"]:
                return sign * draw_disc(probe.screen, place, float(diameters[number]))

            rates = probe.rates(draw, clips, bins)[..., members]
            tuning[:, members] = above_rest(rates, probe.rest[members])
            least[members] = least_response(rates, probe.rest[members])
        return Outcome(_summarize(tuning, diameters, least), {"diameter_px": diameters, "tuning": tuning})

    def diameters(self, side_px: int) -> Float[np.ndarray, " size"]:
        """Return the diameters, whole pixels, each about the same factor above the one before."""
        smallest = self.smallest_px or max(1.0, side_px / 30)
        return np.unique(np.round(np.geomspace(min(smallest, side_px), side_px, self.sizes)))


def _summarize(
    tuning: Float[np.ndarray, "size neuron"],
    diameters: Float[np.ndarray, " size"],
    least: Float[np.ndarray, " neuron"],
) -> dict[str, Float[np.ndarray, " neuron"]]:
    largest = tuning.max(axis=0)
    answers = largest > least
    preferred = diameters[(tuning >= ENOUGH * largest).argmax(axis=0)]
    suppression = np.divide(largest - tuning[-1], largest, out=np.full(len(largest), np.nan), where=answers)
    return {
        "preferred_diameter_px": np.where(answers, preferred, np.nan),
        "surround_suppression": suppression,
    }
