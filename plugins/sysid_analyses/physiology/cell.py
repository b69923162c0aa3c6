"""The cells of a model: where each looks, and whether it is shown bright or dark objects."""

from collections.abc import Iterator

import attrs
import numpy as np
from jaxtyping import Bool, Float, Int


@attrs.frozen(eq=False)
class Cells:
    """Hold what protocols know of the neurons, all sessions side by side.

    Attributes:
        session, neuron: by which a neuron is known.
        centre: (neuron, 2), x and y of the receptive field in pixels, the middle of the first pixel (0, 0).
        centre_from: "model" or "recording" where the centre is known; empty where it is not, and `centre` is
            the middle of the frame.
        chosen: (neuron,), whether it is looked at one by one, at its own place.
        polarity: (neuron,), 1 where bright objects are shown to it, −1 where dark ones are.
    """

    session: tuple[str, ...]
    neuron: tuple[str, ...]
    centre: Float[np.ndarray, "neuron 2"]
    centre_from: tuple[str, ...]
    chosen: Bool[np.ndarray, " neuron"]
    polarity: Float[np.ndarray, " neuron"]

    @property
    def located(self) -> Bool[np.ndarray, " neuron"]:
        """Whether a neuron is looked at one by one and its receptive field centre is known."""
        return self.chosen & np.array([bool(source) for source in self.centre_from])


def group_alike(
    values: Float[np.ndarray, "neuron value"], chosen: Bool[np.ndarray, " neuron"]
) -> Iterator[tuple[tuple[float, ...], Int[np.ndarray, " member"]]]:
    """Yield every distinct row of values of the chosen neurons, with the numbers of those that have it."""
    numbers = np.flatnonzero(chosen)
    if not len(numbers):
        return
    rows, place = np.unique(values[numbers], axis=0, return_inverse=True)
    for number, row in enumerate(rows.tolist()):
        yield tuple(row), numbers[place.ravel() == number]


def snap(places: Float[np.ndarray, "neuron axis"], side_px: int) -> Float[np.ndarray, "neuron axis"]:
    """Round places in pixels to a thirtieth of the frame's shorter side, so that neighbours share stimuli."""
    step = max(1, round(side_px / 30))
    return step * np.round(places / step)
