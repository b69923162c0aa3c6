"""Protocol `chirp`: full-field light that flickers faster and faster, then stronger and stronger."""

from typing import ClassVar

import attrs
import numpy as np
from jaxtyping import Float

from sysid import key
from sysid_analyses.physiology.cell import Cells
from sysid_analyses.physiology.probe import Probe
from sysid_analyses.physiology.protocols.protocol import Outcome, Protocol
from sysid_analyses.physiology.response import least_response
from sysid_analyses.physiology.shape import draw_uniform

FRAMES_PER_CYCLE = 4  # at least: with fewer the screen does not show a sine


@attrs.frozen
class Chirp(Protocol):
    """Show the full-field chirp of Baden et al. 2016, doi:10.1038/nature16468.

    Dark, bright, dark, grey, a sweep in frequency at full contrast, grey, a sweep in contrast at one
    frequency, grey. Preferred frequency: where in the sweep the rate goes up and down most within one cycle.
    Half contrast: the contrast from which on the rate goes up and down by half of the most it reaches in the
    second sweep; .5 where the response grows in proportion, less where it saturates.

    Differs: of the original, 0.5 to 8 Hz, frequencies above a quarter of the frame rate are left out.
    """

    columns: ClassVar[dict[str, str]] = {
        "preferred_frequency_hz": "frequency of full-field flicker that modulates the rate most",
        "half_contrast": "contrast that modulates the rate half as much as the largest does",
    }

    step_s: float = key("dark, bright and grey screens between sweeps", default=2.0, unit="s", above=0)
    frequency_sweep_s: float = key("length of the sweep in frequency", default=8.0, unit="s", above=0)
    lowest_hz: float = key("where it begins", default=0.5, unit="Hz", above=0)
    highest_hz: float = key("where it ends", default=8.0, unit="Hz", above=0)
    contrast_sweep_s: float = key("length of the sweep in contrast", default=8.0, unit="s", above=0)
    contrast_hz: float = key("frequency during it", default=2.0, unit="Hz", above=0)

    def show(self, probe: Probe, cells: Cells) -> Outcome:
        """Return preferred frequency and half contrast of every cell."""
        rate_hz = probe.screen.frame_rate_hz
        luminance, part, frequency, contrast = self.draw_luminance(rate_hz)
        levels, clip = np.unique(luminance, return_inverse=True)

        def draw(number: int) -> Float[np.ndarray, "height width"]:
            return draw_uniform(probe.screen, float(levels[number]))

        rates = probe.rates(draw, clip.reshape(1, -1), range(len(luminance)))[0]
        least = least_response(rates, probe.rest)
        indices = {
            column: _place_of_change(
                rates[part == number], frequency[part == number] / rate_hz, value, share, least
            )
            for column, number, value, share in (
                ("preferred_frequency_hz", 2, frequency[part == 2], 1.0),
                ("half_contrast", 4, contrast[part == 4], 0.5),
            )
        }
        return Outcome(indices, {"chirp_luminance": luminance, "chirp_rates": rates})

    def draw_luminance(self, rate_hz: float) -> tuple[np.ndarray, ...]:
        """Return for every frame luminance, part (0 … 5), frequency in Hz and contrast."""
        highest = min(self.highest_hz, rate_hz / FRAMES_PER_CYCLE)
        lowest, steady = min(self.lowest_hz, highest), min(self.contrast_hz, rate_hz / FRAMES_PER_CYCLE)
        rest = max(1, round(self.step_s * rate_hz))
        swept, grown = (
            max(2, round(each * rate_hz)) for each in (self.frequency_sweep_s, self.contrast_sweep_s)
        )
        frequency = lowest + (highest - lowest) * np.arange(swept) / swept
        contrast = np.arange(1, grown + 1) / grown
        sweep = np.sin(2 * np.pi * np.cumsum(frequency) / rate_hz)
        growth = contrast * np.sin(2 * np.pi * steady * np.arange(grown) / rate_hz)
        grey = np.zeros(rest)
        pieces = [np.repeat([-1.0, 1, -1], rest), grey, sweep, grey, growth, grey]
        lengths = [len(piece) for piece in pieces]
        frequencies = [np.ones(lengths[0]), np.ones(rest), frequency, np.ones(rest), np.full(grown, steady)]
        contrasts = [np.zeros(sum(lengths[:2])), np.ones(swept), np.zeros(rest), contrast, np.zeros(rest)]
        return (
            np.concatenate(pieces),
            np.repeat(np.arange(len(pieces)), lengths),
            np.concatenate([*frequencies, np.ones(rest)]),
            np.concatenate(contrasts),
        )


def _place_of_change(
    rates: Float[np.ndarray, "bin neuron"],
    cycles: Float[np.ndarray, " bin"],
    value: Float[np.ndarray, " bin"],
    share: float,
    least: Float[np.ndarray, " neuron"],
) -> Float[np.ndarray, " neuron"]:
    """Return the value in the middle of the first cycle in which the rate changes by a share of the most.

    Args:
        rates: during a sweep.
        cycles: how much of a cycle each bin lasts.
        value: of what is swept.
        share: 1 for the cycle of the largest change.
        least: what a change has to exceed.
    """
    phase = np.concatenate([[0.0], np.cumsum(cycles)])
    stops = np.searchsorted(phase, phase[:-1] + 1 - 1e-9)
    starts = np.flatnonzero(stops <= len(rates))
    if not len(starts):
        return np.full(rates.shape[1], np.nan)
    change = np.stack([np.ptp(rates[start : stops[start]], axis=0) for start in starts])
    most = change.max(axis=0)
    first = (change >= share * most).argmax(axis=0)
    middle = (starts + stops[starts])[first] // 2
    return np.where(most > least, value[np.minimum(middle, len(value) - 1)], np.nan)
