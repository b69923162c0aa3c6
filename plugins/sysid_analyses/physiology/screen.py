"""The screen on which protocols are shown: a recording's pixels, brightness and frame rate."""

import math

import attrs
import numpy as np
from jaxtyping import Float

from sysid import DataNotFoundError, Run
from sysid_analyses.fields.model_field import frame_duration_s, has_recording
from sysid_analyses.training_frame import training_frames

SPREAD = 2.0  # standard deviations from grey to full contrast where the darkest and brightest are not known


@attrs.frozen(eq=False)
class Screen:
    """Turn luminance from −1, dark, over 0, grey, to 1, bright, into frames like those of the training.

    Attributes:
        grey, amplitude: (channel,), a pixel is grey + luminance · amplitude, in the stored unit.
        height, width: of a frame in pixels.
        frame_rate_hz: of the recording.
    """

    grey: Float[np.ndarray, " channel"]
    amplitude: Float[np.ndarray, " channel"]
    height: int
    width: int
    frame_rate_hz: float

    @property
    def side_px(self) -> int:
        """The shorter side of a frame."""
        return min(self.height, self.width)

    def show(
        self, luminance: Float[np.ndarray, "*more height width"]
    ) -> Float[np.ndarray, "*more channel height width"]:
        """Return frames in the stored unit, in single precision; all channels change together."""
        amplitude, grey = (each[:, None, None] for each in (self.amplitude, self.grey))
        return (grey + amplitude * luminance[..., None, :, :]).astype(np.float32)

    def count_frames(self, seconds: float) -> int:
        """Return how many frames are nearest to a duration, at least one."""
        return max(1, round(seconds * self.frame_rate_hz))

    @property
    def frame_ms(self) -> float:
        """How long a frame is on screen, in milliseconds."""
        return 1000 / self.frame_rate_hz


def find_screen(run: Run, contrast: float) -> Screen | None:
    """Return the screen of a run, None where its training stimulus is not known or never changes.

    Grey is the mean of the training pixels, channel by channel. At contrast 1, luminance ±1 goes as far from
    it as both the darkest and the brightest training pixel do, so that no pixel is one that was never seen.
    Of imported weights without a recording, grey and contrast come from how they standardise pixels.

    Raises:
        DataNotFoundError: the run was trained on a recording, and that is not on this machine.
    """
    _, channels, height, width = run.architecture.input_shape
    try:
        grey, amplitude = _training_range(run, channels)
    except DataNotFoundError:
        if has_recording(run):
            raise
        if not run.samples.standardize:
            return None
        statistics = run.model.standardization
        grey = statistics.mean.double().numpy().ravel()
        amplitude = SPREAD * statistics.sd.double().numpy().ravel()
    if not (np.isfinite(amplitude).all() and amplitude.any()):
        return None
    return Screen(grey, contrast * amplitude, height, width, 1 / frame_duration_s(run))


def _training_range(
    run: Run, channels: int
) -> tuple[Float[np.ndarray, " channel"], Float[np.ndarray, " channel"]]:
    """Return the mean of the training pixels, and how far both extremes are at least from it."""
    count, total = 0, np.zeros(channels)
    darkest, brightest = np.full(channels, math.inf), np.full(channels, -math.inf)
    for frames in training_frames(run):
        count += frames[:, 0].size
        total += frames.sum(axis=(0, 2, 3))
        darkest = np.minimum(darkest, frames.min(axis=(0, 2, 3)))
        brightest = np.maximum(brightest, frames.max(axis=(0, 2, 3)))
    mean = total / max(count, 1)
    return mean, np.minimum(mean - darkest, brightest - mean)
