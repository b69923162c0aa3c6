"""Running speed and pupil size of a simulated mouse, with gaps, as they are put into a file."""

from collections.abc import Callable

import numpy as np
import pynwb
from jaxtyping import Float64

Trace = Callable[[Float64[np.ndarray, " time"]], Float64[np.ndarray, " time"]]


def running_cm_s(time_s: Float64[np.ndarray, " time"]) -> Float64[np.ndarray, " time"]:
    """Return a running speed that rises and falls within 20 s."""
    return 12 + 10 * np.sin(2 * np.pi * time_s / 20)


def pupil_px2(time_s: Float64[np.ndarray, " time"]) -> Float64[np.ndarray, " time"]:
    """Return a pupil area that rises and falls within 33 s."""
    return 900 + 300 * np.cos(2 * np.pi * time_s / 33)


TRACES: dict[str, Trace] = {"running_speed": running_cm_s, "pupil_area": pupil_px2}
BLINK_EVERY_S, BLINK_S = 30.0, 1.5


def in_blink(time_s: Float64[np.ndarray, " time"]) -> np.ndarray:
    """Say when the eye was closed: then the pupil is NaN."""
    return time_s % BLINK_EVERY_S < BLINK_S


def add_behaviour(file: pynwb.NWBFile, stop_s: float, generator: np.random.Generator) -> None:
    """Add running speed in a module of its own and pupil area of an eye camera, each on its own clock."""
    wheel_s = np.arange(0.013, stop_s, 1 / 59.94) + generator.uniform(0, 1e-3)
    running = file.create_processing_module("running", "running wheel")
    running.add(
        pynwb.TimeSeries(name="running_speed", data=running_cm_s(wheel_s), unit="cm/s", timestamps=wheel_s)
    )
    camera_s = 0.4 + np.arange(int((stop_s - 0.4) * 30)) / 30
    area = np.where(in_blink(camera_s), np.nan, pupil_px2(camera_s))
    eye = pynwb.behavior.PupilTracking(
        time_series=pynwb.TimeSeries(
            name="pupil_area", data=area.astype(np.float32), unit="px2", starting_time=0.4, rate=30.0
        )
    )
    file.create_processing_module("eye_tracking", "eye camera").add(eye)
