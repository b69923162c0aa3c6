"""The windows of the test part: how strong they are, and which drives a cell best."""

import numpy as np
from jaxtyping import Float

from sysid import Recording, Run

WINDOWS_AT_ONCE = 64
MEASURED = 200  # windows, evenly spread over the test part, that say how strong a window is

Part = dict[str, np.ndarray]
"""A stored test part, by name as in `sysid.RunFolder.predictions`."""


def read_windows(
    run: Run, recording: Recording, part: Part, bins: np.ndarray
) -> Float[np.ndarray, "window time channel height width"]:
    """Return the frames that predict some bins of the test part, the oldest first, as stored."""
    window, read = run.window, []
    for number in bins.tolist():
        stimulus = recording.presentations[int(part["presentation"][number])].stimulus
        frame = int(part["frame"][number])
        read.append(np.asarray(stimulus[frame - window.reach : frame - window.lead + 1]))
    return np.stack(read).astype(np.float32)


def spread_bins(part: Part) -> np.ndarray:
    """Return bins of the test part, evenly spread, on which limits are measured."""
    count = len(part["frame"])
    return np.linspace(0, count - 1, min(MEASURED, count)).round().astype(int)


def average_rates(
    run: Run, session: str, recording: Recording, part: Part
) -> Float[np.ndarray, "bin neuron"]:
    """Return predictions of the test part at average behaviour, as those of a synthetic stimulus are."""
    if not recording.behaviour:
        return part["prediction"]
    count = len(part["frame"])
    rates = [
        run.predict_windows(read_windows(run, recording, part, np.arange(start, stop)), session=session)
        for start in range(0, count, WINDOWS_AT_ONCE)
        for stop in (min(start + WINDOWS_AT_ONCE, count),)
    ]
    return np.concatenate(rates)
