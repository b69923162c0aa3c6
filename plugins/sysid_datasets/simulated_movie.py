"""Stimuli made here: binary white noise, and a movie of 1/f scenes under drift, jitter and cuts."""

import numpy as np
from jaxtyping import Float, UInt8
from scipy import fft

SCENE_S = (1.0, 3.0)  # how long a scene stays before the cut, drawn evenly
CONTRAST = 45.0  # standard deviation of a scene in grey levels around 127.5
DRIFT_PER_S = 0.2  # standard deviation of the drift velocity along one axis, in frame widths per second
DRIFT_MEMORY_S = 0.5  # time constant with which the drift velocity changes
JITTER = 0.004  # standard deviation of the jitter from frame to frame, in frame widths: 0.4 px of 90
SCENE_WIDTHS = 4  # a scene is four frames wide and high and wraps around


def white_noise(
    frames: int, size_px: int, generator: np.random.Generator
) -> UInt8[np.ndarray, "frame 1 height width"]:
    """Return independent pixels, 0 or 255 with even odds."""
    return 255 * generator.integers(0, 2, (frames, 1, size_px, size_px), dtype=np.uint8)


def natural_movie(
    frames: int, size_px: int, frame_rate_hz: float, generator: np.random.Generator
) -> UInt8[np.ndarray, "frame 1 height width"]:
    """Return scenes with 1/f amplitude spectra, each seen through a drifting, jittering eye for 1 to 3 s."""
    movie = np.empty((frames, 1, size_px, size_px), dtype=np.uint8)
    start = 0
    while start < frames:
        seen = max(1, round(generator.uniform(*SCENE_S) * frame_rate_hz))
        stop = min(frames, start + seen)
        scene = fractal_scene(SCENE_WIDTHS * size_px, generator)
        path = size_px * _gaze(seen, frame_rate_hz, generator)
        for frame, (row, column) in enumerate(path[: stop - start], start):
            view = 127.5 + CONTRAST * view_scene(scene, row, column, size_px)
            movie[frame, 0] = np.clip(np.rint(view), 0, 255)
        start = stop
    return movie


def fractal_scene(size_px: int, generator: np.random.Generator) -> Float[np.ndarray, "height width"]:
    """Return a scene whose amplitude falls as 1/f, with mean 0 and standard deviation 1; it wraps around."""
    spectrum = fft.rfft2(generator.standard_normal((size_px, size_px), dtype=np.float32))
    frequency = np.hypot(fft.fftfreq(size_px)[:, None], fft.rfftfreq(size_px)[None]).astype(np.float32)
    frequency[0, 0] = np.inf  # no mean
    scene = fft.irfft2(spectrum / frequency, s=(size_px, size_px))
    return scene / scene.std()


def view_scene(
    scene: Float[np.ndarray, "height width"], row: float, column: float, size_px: int
) -> Float[np.ndarray, "size size"]:
    """Return the square of a scene whose first pixel is at (row, column), which need not be whole numbers.

    Interpolates with the cubic of Catmull and Rom (four pixels along each axis), sharper than linear.
    """
    top, left = int(np.floor(row)), int(np.floor(column))
    around = np.arange(-1, size_px + 2)
    rows, columns = ((first + around) % len(scene) for first in (top, left))
    patch = scene[np.ix_(rows, columns)]
    for axis, fraction in enumerate((row - top, column - left)):
        taps = [patch.take(range(tap, tap + size_px), axis=axis) for tap in range(4)]
        patch = sum(weight * tap for weight, tap in zip(_cubic_weights(fraction), taps, strict=True))
    return patch


def _cubic_weights(fraction: float) -> tuple[np.float32, ...]:
    """Return the weights of the four pixels around a point that is `fraction` past the second."""
    x = np.float32(fraction)
    half = np.float32(0.5)
    return (
        half * x * (x * (2 - x) - 1),
        half * (x * x * (3 * x - 5) + 2),
        half * x * (x * (4 - 3 * x) + 1),
        half * x * x * (x - 1),
    )


def _gaze(frames: int, frame_rate_hz: float, generator: np.random.Generator) -> Float[np.ndarray, "frame 2"]:
    """Return where the eye looks, (row, column) in frame widths: a smooth random walk with jitter on it."""
    memory = np.exp(-1 / (DRIFT_MEMORY_S * frame_rate_hz))
    position = generator.uniform(0, SCENE_WIDTHS, 2)
    velocity = DRIFT_PER_S * generator.standard_normal(2)
    path = np.empty((frames, 2))
    for frame in range(frames):
        push = DRIFT_PER_S * generator.standard_normal(2)
        velocity = memory * velocity + np.sqrt(1 - memory**2) * push  # keeps its standard deviation
        position = position + velocity / frame_rate_hz
        path[frame] = position
    return path + JITTER * generator.standard_normal((frames, 2))
