"""One clock for everything that was shown and recorded in a session, as a file in NWB needs it."""

from collections.abc import Iterable

import attrs
import numpy as np
from jaxtyping import Float

GAP_S = 5.0  # between repeats where the source has no session clock; nothing is recorded in it
EDGE_FRAMES = (
    1e-6  # by so much of a frame intervals are longer, so that rounding costs no frame at their ends
)


@attrs.frozen
class Trial:
    """One movie or image, shown once.

    Attributes:
        shown: the movie, or the set of images.
        image: its number in the set, from 0; None for movies.
        repeat: how often it was shown before.
        start_s, stop_s: on the session's clock.
    """

    shown: str
    image: int | None
    repeat: int
    start_s: float
    stop_s: float


@attrs.frozen(eq=False)
class Session:
    """Everything of one recording on one clock.

    Attributes:
        trials: in order of time.
        spike_times_s: of each neuron, ascending.
        observed_s: (interval, 2), start and stop; outside of these nothing was recorded.
    """

    trials: tuple[Trial, ...]
    spike_times_s: tuple[np.ndarray, ...]
    observed_s: Float[np.ndarray, "interval 2"]


def place_repeats(
    name: str, repeats: int, duration_s: float, start_s: float
) -> tuple[Float[np.ndarray, " repeat"], list[Trial]]:
    """Put the repeats of a movie one after the other, a gap apart; return their onsets and trials."""
    starts_s = start_s + np.arange(repeats) * (duration_s + GAP_S)
    trials = [
        Trial(name, None, repeat, each, each + duration_s) for repeat, each in enumerate(starts_s.tolist())
    ]
    return starts_s, trials


def split_by_neuron(pieces: Iterable[tuple[np.ndarray, np.ndarray]], neurons: int) -> tuple[np.ndarray, ...]:
    """Return the spike times of each neuron, ascending, from pieces of (neuron, time), (spike,) each."""
    neuron, time_s = (np.concatenate(each) for each in zip(*pieces, strict=True))
    order = np.lexsort((time_s, neuron))
    stops = np.cumsum(np.bincount(neuron, minlength=neurons))
    return tuple(np.split(time_s[order], stops[:-1]))
