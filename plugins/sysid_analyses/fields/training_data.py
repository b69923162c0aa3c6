"""What a run was trained on, as one movie and one table of responses that plain functions take."""

from collections.abc import Sequence

import attrs
import numpy as np
from jaxtyping import Float, Float32, Real

from sysid import Recording, Run
from sysid_analyses.repeat_mean import average_repeats
from sysid_analyses.sta import join_presentations


@attrs.frozen(eq=False)
class TrainingData:
    """Hold the training bins of one session; everything else is NaN.

    Attributes:
        recording: they are from.
        stimulus: (frame, height, width), the presentations that have training bins, end to end.
        responses: (frame, neuron), mean over the repeats recorded in each bin. Those of a neuron that go
            below zero, such as dF/F, are above its lowest: averages weight by them, and what is added to
            all changes no average but in scale.
        spikes: (neuron,), sum over bins and repeats, likewise.
        lags: of a window, lag 0 the frame on screen in the bin; no window crosses from one presentation
            into the next.
    """

    recording: Recording
    stimulus: Real[np.ndarray, "frame height width"]
    responses: Float[np.ndarray, "frame neuron"]
    spikes: Float[np.ndarray, " neuron"]
    lags: int

    @property
    def bins(self) -> int:
        """How many bins have a response of any neuron."""
        return int((~np.isnan(self.responses)).any(axis=1).sum())


def read_training_data(run: Run) -> dict[str, TrainingData]:
    """Return the training bins of a run by session, for stimuli of one channel.

    Windows reach as far back as the model's, and up to the frame on screen, whether the model sees it or
    not. A session without training bins has one empty frame.
    """
    lags, data = run.window.reach + 1, {}
    recordings = run.recordings
    for session, parts in run.responses_in("train").items():
        recording = recordings[session]
        stimuli, means = [], []
        spikes = np.zeros(len(recording.neurons))
        lowest = _find_lowest(parts, len(recording.neurons))
        for presentation, responses in zip(recording.presentations, parts, strict=True):
            if np.isnan(responses).all():
                continue
            stimuli.append(np.asarray(presentation.stimulus[0 : presentation.frames])[:, 0])
            above = responses - lowest
            means.append(average_repeats(above))
            spikes += np.nansum(above, axis=(0, 1), dtype=np.float64)
        if not stimuli:
            stimuli = [np.zeros((1, *recording.frame_shape[1:]), dtype=np.float32)]
            means = [np.full((1, len(recording.neurons)), np.nan)]
        data[session] = TrainingData(recording, *join_presentations(stimuli, means, lags), spikes, lags)
    return data


def _find_lowest(
    parts: Sequence[Float32[np.ndarray, "_ _ neuron"]], neurons: int
) -> Float32[np.ndarray, " neuron"]:
    """Return the lowest response of each neuron, 0 where none is below."""
    lowest = np.zeros(neurons, dtype=np.float32)
    for each in parts:
        lowest = np.fmin(lowest, np.fmin.reduce(each, axis=(0, 1)))
    return lowest
