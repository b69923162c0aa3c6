"""Put other responses in the place of the recorded ones."""

from collections.abc import Sequence

import attrs
import numpy as np

from sysid import Recording


def replace_responses(recording: Recording, responses: Sequence[np.ndarray]) -> Recording:
    """Return the recording with other responses, (repeat, frame, neuron) for each presentation."""
    presentations = tuple(
        attrs.evolve(presentation, responses=shown)
        for presentation, shown in zip(recording.presentations, responses, strict=True)
    )
    return attrs.evolve(recording, presentations=presentations)
