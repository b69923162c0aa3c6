"""What a readout may know of the neurons it predicts."""

import math
from collections.abc import Callable

import attrs
import numpy as np


@attrs.frozen(eq=False)
class Population:
    """Describe the neurons of one session to a readout, so that no readout reaches for the recording.

    Attributes:
        ids: the neurons, in the order of the response columns.
        frame_size: (height, width) of the stimulus in pixels.
        centres: (neuron, 2), receptive field centres (x, y) in stimulus pixels; NaN = not known.
        sta: computes the spike-triggered average of the training bins, (lag, channel, height, width,
            neuron), lag 0 the newest frame; slow on first use. Never sees validation or test bins.
        lowest_response: of the bins that train and validate, over neurons and repeats; NaN where it is not
            known. Counts are never below zero, other responses may be.
        behaviour: names of the channels of behaviour that come with the features; empty where there are none.
        behaviour_mean, behaviour_sd: (channel,), over the training bins in which a channel was measured. The
            sd of one that never changes is 1.
    """

    ids: tuple[str, ...]
    frame_size: tuple[int, int]
    centres: np.ndarray
    sta: Callable[[], np.ndarray]
    lowest_response: float = math.nan
    behaviour: tuple[str, ...] = ()
    behaviour_mean: np.ndarray = attrs.field(factory=lambda: np.zeros(0))
    behaviour_sd: np.ndarray = attrs.field(factory=lambda: np.ones(0))

    @property
    def count(self) -> int:
        """How many neurons there are."""
        return len(self.ids)
