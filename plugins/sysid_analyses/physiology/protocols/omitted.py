"""Protocol `omitted`: periodic flashes of which some are left out."""

from typing import ClassVar

import attrs
import numpy as np
from jaxtyping import Float

from sysid import key
from sysid_analyses.physiology.cell import Cells
from sysid_analyses.physiology.probe import GREY, Probe
from sysid_analyses.physiology.protocols.protocol import Outcome, Protocol, none
from sysid_analyses.physiology.response import above_rest, contrast_index, least_response
from sysid_analyses.physiology.shape import draw_uniform
from sysid_analyses.wording import counted

PERIODS = 2  # that a window holds at least, so that it shows what is periodic
SHOWN = -0.8  # index from which a response to the omission counts: a ninth of the response to a flash


@attrs.frozen(eq=False)
class Train:
    """Hold what a train of one period evokes.

    Attributes:
        rates: (bin, neuron), from one period before the first flash that is left out.
        extra: (bin, neuron), from the bin that sees the first flash missing: what the train evokes above what
            its last flash evokes alone.
        index: (neuron,), of the extra against the response to a flash of the train.
    """

    rates: Float[np.ndarray, "bin neuron"]
    extra: Float[np.ndarray, "after neuron"]
    index: Float[np.ndarray, " neuron"]


@attrs.frozen
class Omitted(Protocol):
    """Flash the whole screen periodically, leave some flashes out, and see whether the model answers to that.

    Schwartz, Harris, Shrom, Berry 2007, doi:10.1038/nn1887. The response to the omission is what the rate
    exceeds that after a single flash by, until the model can see the next flash: what one flash leaves behind
    is none. Index: (E − F)/(E + F), with E its highest value and F the highest rate above grey in the last
    period of the train; −1 where there is nothing. The slope is that of its time after the last flash against
    the period: 1 where it is timed by the flash that should have come, 0 where by the last one that did.

    Needs a window of two periods. A sum of filtered flashes has some E too where filters have a rebound.
    """

    columns: ClassVar[dict[str, str]] = {
        "omitted_index": "(E − F)/(E + F), E the response to flashes left out, F to a flash",
        "omitted_latency_ms": "of the response to the omission, from when the flash should have come",
        "omitted_latency_slope": "change of its time after the last flash per change of the period",
    }

    periods_s: tuple[float, ...] = key(
        "from flash to flash; indices are of the first that can be shown",
        default=(0.1, 0.134, 0.167),
        unit="s",
        above=0,
    )
    flash_s: float = key("length of a flash", default=0.04, unit="s", above=0)
    flashes: int = key("before the omission", default=12, at_least=3)
    left_out: int = key("flashes that are left out, one after another", default=3, at_least=1)
    luminance: float = key(
        "of a flash on grey, −1 dark as in Schwartz et al., 1 bright", default=-1.0, at_least=-1, at_most=1
    )

    def show(self, probe: Probe, cells: Cells) -> Outcome:
        """Return index, latency and slope of every cell."""
        flash = probe.screen.count_frames(self.flash_s)
        periods = sorted({max(flash + 1, probe.screen.count_frames(each)) for each in self.periods_s})
        shown = [period for period in periods if probe.history > PERIODS * period]
        if not shown:
            return none(
                self,
                probe,
                f"the model sees {counted(probe.history, 'frame')}, and to tell a period of {periods[0]} "
                f"frames it needs more than {PERIODS} of them",
            )
        trains = [self._show_train(probe, period, flash) for period in shown]
        first = trains[0]
        latency = np.stack([probe.lead + each.extra.argmax(axis=0) for each in trains])  # period neuron
        after_last = latency + np.array(shown)[:, None]
        answers = np.stack([each.index > SHOWN for each in trains])
        slope = np.full(probe.neurons, np.nan)
        every = answers.all(axis=0)
        if len(trains) > 1 and every.any():
            slope[every] = np.polyfit(shown, after_last[:, every], 1)[0]
        indices = {
            "omitted_index": first.index,
            "omitted_latency_ms": np.where(answers[0], probe.screen.frame_ms * latency[0], np.nan),
            "omitted_latency_slope": slope,
        }
        period = np.array(shown[0])
        return Outcome(indices, {"omitted_rates": first.rates, "omitted_period": period})

    def _show_train(self, probe: Probe, period: int, flash: int) -> Train:
        """Show a train that fills the window, and its last flash alone."""
        before = max(self.flashes, -(-(probe.reach + 1) // period) + 1)
        one = np.full(period, GREY)
        one[:flash] = 0
        gap = np.full(period * self.left_out, GREY)
        clip = np.concatenate([np.tile(one, before), gap, np.tile(one, 2)])
        alone = np.full_like(clip, GREY)
        alone[: before * period][-period:] = one
        missing = before * period
        bins = range(missing - period + probe.lead, missing + len(gap) + period)

        def draw(_number: int) -> Float[np.ndarray, "height width"]:
            return draw_uniform(probe.screen, self.luminance)

        train, single = probe.rates(draw, np.stack([clip, alone]), bins)
        seen = slice(period, period + len(gap))  # nothing of the next flash
        extra = train[seen] - single[seen]
        evoked = above_rest(train[:period], probe.rest)
        index = contrast_index(np.maximum(extra.max(axis=0), 0), evoked, least_response(train, probe.rest))
        return Train(train, extra, index)
