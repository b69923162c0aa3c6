"""Protocol `contrast_step`: full-field flicker whose contrast rises and falls again."""

from typing import ClassVar

import attrs
import numpy as np
from jaxtyping import Float

from sysid import key
from sysid_analyses.physiology.cell import Cells
from sysid_analyses.physiology.decay import fit_decay
from sysid_analyses.physiology.probe import Probe
from sysid_analyses.physiology.protocols.protocol import Outcome, Protocol, none
from sysid_analyses.physiology.response import least_response
from sysid_analyses.physiology.shape import draw_uniform


@attrs.frozen
class ContrastStep(Protocol):
    """Raise the contrast of full-field flicker, and see whether the response adapts to it.

    Smirnakis, Berry, Warland, Bialek, Meister 1997, doi:10.1038/386069a0; Baccus and Meister 2002,
    doi:10.1016/S0896-6273(02)01050-4. Differs: their flicker is random and lasts minutes; this is a sine
    that begins at every phase in turn, over which rates are averaged, so that few windows do.

    Adaptation: the share of the first rise of the mean rate that is gone once the model sees high contrast
    alone; 0 none, 1 all of it. Time constant: of the exponential fitted to that decay. Gain ratio: rate
    modulation by unit contrast at low over that at high contrast, both lasting; 1 where the response grows in
    proportion, above 1 for a gain that falls with contrast. A static nonlinearity changes it too, and so does
    one that is not odd the mean rate.

    A model forgets what is older than its window, so adaptation over seconds is beyond it.
    """

    columns: ClassVar[dict[str, str]] = {
        "contrast_adaptation": "share of the mean rate's first rise after a step in contrast that is lost",
        "contrast_time_constant_ms": "of the exponential decay of the mean rate after the step",
        "contrast_gain_ratio": "modulation of the rate by unit contrast, at low over at high contrast",
    }

    low: float = key("contrast before and after", default=0.2, above=0, below=1)
    high: float = key("contrast between, above the low one", default=1.0, above=0, at_most=1)
    frequency_hz: float = key(
        "of the flicker, at most a fourth of the frame rate", default=5.0, unit="Hz", above=0
    )

    @high.validator
    def _check_high(self, _attribute: attrs.Attribute, value: float) -> None:
        if value <= self.low:
            raise ValueError(f"expected more than low, {self.low:g}, got {value:g}")

    def show(self, probe: Probe, cells: Cells) -> Outcome:
        """Return adaptation, its time constant and the gain ratio of every cell."""
        if probe.history < 3:
            return none(
                self, probe, f"the model sees {probe.history} frames, too few for a response to decay in"
            )
        period = max(4, round(probe.screen.frame_rate_hz / self.frequency_hz))
        lasting = probe.reach + period
        seen = np.arange(-period, 2 * lasting + period)  # bins after the step up; the step down is in between
        contrasts = np.repeat([0, 1, 0], [lasting + period, lasting, lasting + period])
        phases = (np.arange(len(contrasts)) + np.arange(period)[:, None]) % period
        levels = np.outer([self.low, self.high], np.sin(2 * np.pi * (np.arange(period) + 0.5) / period))

        def draw(number: int) -> Float[np.ndarray, "height width"]:
            return draw_uniform(probe.screen, float(levels.flat[number]))

        step_up = lasting + period + probe.lead
        rates = probe.rates(draw, contrasts * period + phases, (step_up + seen).tolist())  # phase bin neuron
        mean = rates.mean(axis=0)
        low, high = rates[0, :period], rates[0, lasting : lasting + period]
        rise = mean[period : period + probe.history]
        least = least_response(rates, probe.rest)
        before, after = mean[:period].mean(axis=0), high.mean(axis=0)
        peak = rise.max(axis=0)
        adaptation = np.divide(
            peak - after, peak - before, out=np.full(probe.neurons, np.nan), where=peak - before > least
        )
        decays = (adaptation > 0) & (peak - after > least)
        constant = np.where(decays, fit_decay(rise, after), np.nan)
        indices = {
            "contrast_adaptation": adaptation,
            "contrast_time_constant_ms": probe.screen.frame_ms * constant,
            "contrast_gain_ratio": _gain_ratio(low, high, self.high / self.low, least),
        }
        step_down = np.array(period + lasting)
        return Outcome(
            indices, {"contrast_rates": mean, "contrast_up": np.array(period), "contrast_down": step_down}
        )


def _gain_ratio(
    low: Float[np.ndarray, "bin neuron"],
    high: Float[np.ndarray, "bin neuron"],
    contrast_ratio: float,
    least: Float[np.ndarray, " neuron"],
) -> Float[np.ndarray, " neuron"]:
    """Return the amplitude of one cycle at low contrast over that at high, each by its contrast."""
    amplitudes = [np.abs(np.fft.rfft(each, axis=0)[1]) / len(each) for each in (low, high)]
    known = (amplitudes[0] > least) & (amplitudes[1] > least)
    return contrast_ratio * np.divide(
        amplitudes[0], amplitudes[1], out=np.full(len(least), np.nan), where=known
    )
