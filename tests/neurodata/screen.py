"""What a screen shows and when: noise, movies that look natural, and a clock that drops frames."""

import numpy as np
from jaxtyping import Bool, Float64


def draw_onsets(
    frames: int, rate_hz: float, start_s: float, generator: np.random.Generator, *, dropped: float = 0.015
) -> Float64[np.ndarray, " frame_and_end"]:
    """Return when each frame began and the last one ended.

    A dropped frame leaves the one before it on the screen for two or three refreshes; every onset has the
    jitter of a photodiode. The last frame lasts one refresh.
    """
    refreshes = 1 + (generator.random(frames) < dropped) * generator.integers(1, 3, frames)
    refreshes[-1] = 1
    onsets_s = start_s + np.concatenate([[0], np.cumsum(refreshes)]) / rate_hz
    onsets_s[:-1] += generator.uniform(0, 2e-4, frames)
    return onsets_s


def binary_noise(frames: int, height: int, width: int, generator: np.random.Generator) -> np.ndarray:
    """Return black and white pixels, uint8."""
    return (255 * generator.integers(0, 2, (frames, height, width))).astype(np.uint8)


def gaussian_noise(frames: int, height: int, width: int, generator: np.random.Generator) -> np.ndarray:
    """Return normal deviates, float32, grey at 0."""
    return generator.standard_normal((frames, height, width)).astype(np.float32)


def sparse_noise(frames: int, height: int, width: int, generator: np.random.Generator) -> np.ndarray:
    """Return grey pixels of which one in ten is black or white, uint8."""
    chosen = generator.random((frames, height, width)) < 0.1
    polarity = generator.choice(np.array([0, 255], dtype=np.uint8), (frames, height, width))
    return np.where(chosen, polarity, np.uint8(127)).astype(np.uint8)


def natural_movie(frames: int, height: int, width: int, generator: np.random.Generator) -> np.ndarray:
    """Return smooth noise with a spectrum that falls as that of natural movies, uint8."""
    frequency = np.meshgrid(
        np.fft.fftfreq(frames), np.fft.fftfreq(height), np.fft.rfftfreq(width), indexing="ij"
    )
    distance = np.sqrt(sum(axis**2 for axis in frequency)) + 1 / frames
    spectrum = np.fft.rfftn(generator.standard_normal((frames, height, width))) / distance**1.5
    spectrum[0, 0, 0] = 0  # the mean is grey
    movie = np.fft.irfftn(spectrum, s=(frames, height, width), axes=(0, 1, 2))
    return np.clip(127 + 45 * movie / movie.std(), 0, 255).astype(np.uint8)


def to_contrast(frames: np.ndarray) -> np.ndarray:
    """Return frames with grey at 0: uint8 goes from −1 to 1, floats are taken as they are."""
    return (frames.astype(np.float64) - 127.5) / 127.5 if frames.dtype == np.uint8 else frames


def in_intervals(
    edges_s: Float64[np.ndarray, " edge"], intervals_s: list[tuple[float, float]]
) -> Bool[np.ndarray, " bin"]:
    """Mark the bins that touch one of the intervals."""
    touched = np.zeros(len(edges_s) - 1, dtype=bool)
    for start, stop in intervals_s:
        touched |= (edges_s[:-1] < stop) & (edges_s[1:] > start)
    return touched
