"""Ask a model what it answers to clips of pictures, computing no window twice."""

import functools
from collections.abc import Callable, Sequence

import attrs
import numpy as np
from jaxtyping import Float, Float32, Int

from sysid import Run
from sysid_analyses.fields.model_field import name_neurons
from sysid_analyses.physiology.screen import Screen

GREY = -1  # the number of the picture that every screen has
PIXELS_AT_ONCE = 1 << 22  # 16 MiB of float32: 25 windows of 20 frames of 90×90 px

Draw = Callable[[int], Float[np.ndarray, "height width"]]
"""Gives the luminance, −1 … 1, of the picture with this number."""
Predict = Callable[
    [Float32[np.ndarray, "window frame channel height width"]], Float[np.ndarray, "window neuron"]
]
"""Gives the rate that follows each window; frames run from the oldest to the newest, in the stored unit."""


@attrs.frozen(eq=False)
class Probe:
    """Show clips to a model.

    Attributes:
        predict: the model, for the neurons of all sessions side by side.
        screen: what frames look like.
        history: frames of a window. Nothing older acts on a response, whatever the model is made of.
        lead: frames from the newest of a window to its bin, 0 or 1.
        neurons: how many.
    """

    predict: Predict
    screen: Screen
    history: int
    lead: int
    neurons: int

    @property
    def reach(self) -> int:
        """How many frames the oldest frame of a window lies before its bin."""
        return self.history - 1 + self.lead

    @functools.cached_property
    def rest(self) -> Float[np.ndarray, " neuron"]:
        """The rate that a grey screen evokes."""
        return self.rates(self._no_picture, np.full((1, 1), GREY), range(1))[0, 0]

    def _no_picture(self, number: int) -> Float[np.ndarray, "height width"]:
        raise AssertionError(f"only the grey screen is shown, not picture {number}")

    def rates(
        self, draw: Draw, clips: Int[np.ndarray, "clip frame"], bins: Sequence[int]
    ) -> Float[np.ndarray, "clip bin neuron"]:
        """Return the rate in some bins of clips; before a clip and after it the screen is grey.

        Windows that look alike are predicted once. A few of them are in memory at a time, whatever is shown.

        Args:
            draw: the pictures.
            clips: their numbers, one clip a row; `GREY` is the grey screen.
            bins: bin k is the one during which frame k of a clip is on screen.
        """
        before = np.full((len(clips), self.reach), GREY)
        after = np.full((len(clips), max(0, max(bins) - self.lead + 1 - clips.shape[1])), GREY)
        shown = np.concatenate([before, clips, after], axis=1)
        windows = np.lib.stride_tricks.sliding_window_view(shown, self.history, axis=1)[:, list(bins)]
        distinct, place = np.unique(windows.reshape(-1, self.history), axis=0, return_inverse=True)
        size = max(1, PIXELS_AT_ONCE // (self.history * self.screen.height * self.screen.width))
        found = [
            self.predict(self._draw_windows(draw, distinct[start : start + size]))
            for start in range(0, len(distinct), size)
        ]
        rates = np.concatenate(found).astype(np.float64)
        return rates[place.reshape(windows.shape[:2])]

    def _draw_windows(
        self, draw: Draw, windows: Int[np.ndarray, "window frame"]
    ) -> Float32[np.ndarray, "window frame channel height width"]:
        numbers, place = np.unique(windows, return_inverse=True)
        blank = np.zeros((self.screen.height, self.screen.width))
        pictures = [blank if number == GREY else draw(number) for number in numbers.tolist()]
        return self.screen.show(np.stack(pictures))[place.reshape(windows.shape)]


def probe_run(run: Run, screen: Screen) -> Probe:
    """Return the probe of a run's model; behaviour, where it takes any, is the average."""
    sessions, neurons = name_neurons(run)

    def predict(
        windows: Float32[np.ndarray, "window frame channel height width"],
    ) -> Float[np.ndarray, "window neuron"]:
        rates = [run.predict_windows(windows, session=name) for name in dict.fromkeys(sessions)]
        return np.concatenate(rates, axis=1)

    return Probe(predict, screen, run.samples.history, run.window.lead, len(neurons))
