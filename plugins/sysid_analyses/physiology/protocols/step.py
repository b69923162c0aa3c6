"""Protocol `step`: a step of light on and off again, full-field or on the cell alone."""

from collections.abc import Iterator
from typing import ClassVar, Literal

import attrs
import numpy as np
from jaxtyping import Float, Int

from sysid import key
from sysid_analyses.physiology.cell import Cells, group_alike, snap
from sysid_analyses.physiology.probe import Draw, Probe
from sysid_analyses.physiology.protocols.protocol import Outcome, Protocol
from sysid_analyses.physiology.response import above_rest, contrast_index, least_response
from sysid_analyses.physiology.shape import draw_disc, draw_uniform

DARK, BRIGHT = 0, 1


@attrs.frozen
class Step(Protocol):
    """Step from dark to bright and back, and compare what the two steps evoke.

    ON/OFF index: (ON − OFF)/(ON + OFF), of the highest rates within `response_s` after either step above the
    rate before it; 1 for an ON cell, −1 for an OFF cell (as the ON–OFF index of Baden et al. 2016,
    doi:10.1038/nature16468). Transience: the share of the larger of the two that is gone once the step has
    lasted longer than the model looks back; 0 sustained, 1 transient.
    """

    columns: ClassVar[dict[str, str]] = {
        "on_off_index": "(ON − OFF)/(ON + OFF) of the responses to a step of light",
        "transience": "share of the response to the step that does not last",
    }

    place: Literal["full_field", "local"] = key(
        '"full_field", or "local": a disc at the receptive field centre of each cell', default="full_field"
    )
    diameter_px: int | None = key(
        'place = "local" only: of the disc; left out, a sixth of the frame\'s shorter side',
        default=None,
        unit="px",
        at_least=1,
    )
    response_s: float = key("how long after a step a response is looked for", default=0.4, unit="s", above=0)

    def show(self, probe: Probe, cells: Cells) -> Outcome:
        """Return the ON/OFF index and the transience of every cell."""
        length = probe.reach + 1  # each step lasts until the model sees nothing else
        within = probe.screen.count_frames(self.response_s)
        clip = np.repeat([DARK, BRIGHT, DARK], [length, length, max(length, within + 1)])[None]
        steps = [length + probe.lead + np.arange(within), 2 * length + probe.lead + np.arange(within)]
        bins = [length - 1, 2 * length - 1, *steps[0].tolist(), *steps[1].tolist()]
        rates = np.full((len(bins), probe.neurons), np.nan)
        for draw, members in self._pictures(probe, cells):
            rates[:, members] = probe.rates(draw, clip, bins)[0][:, members]
        dark, bright = rates[0], rates[1]
        on, off = above_rest(rates[2 : 2 + within], dark), above_rest(rates[2 + within :], bright)
        least = least_response(rates, dark)
        index = contrast_index(on, off, least)
        lasting = np.where(index > 0, bright - dark, dark - bright)
        share = np.divide(
            lasting, np.maximum(on, off), out=np.full(len(on), np.nan), where=np.isfinite(index)
        )
        return Outcome({"on_off_index": index, "transience": 1 - np.clip(share, 0, 1)}, {})

    def _pictures(self, probe: Probe, cells: Cells) -> Iterator[tuple[Draw, Int[np.ndarray, " member"]]]:
        """Yield how the pictures are drawn, and for which cells."""
        if self.place == "full_field":
            yield lambda number: draw_uniform(probe.screen, 2.0 * number - 1), np.arange(probe.neurons)
            return
        diameter = self.diameter_px or max(1, round(probe.screen.side_px / 6))
        for centre, members in group_alike(snap(cells.centre, probe.screen.side_px), cells.chosen):

            def draw(number: int, centre: tuple[float, ...] = centre) -> Float[np.ndarray, "height width"]:
                return (2.0 * number - 1) * draw_disc(probe.screen, centre, diameter)

            yield draw, members
