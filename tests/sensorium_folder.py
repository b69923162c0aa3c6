"""Write a small folder in the format of the SENSORIUM competition, of cells whose filters are known."""

from pathlib import Path

import attrs
import numpy as np

from tests.neurodata.population import Cells, make_cells

HEIGHT, WIDTH = 6, 8
NAMES = ("pupil_dilation", "running_speed", "pupil_x", "pupil_y")
KERNEL = (0.1, 0.6, 1.0, 0.4)
RUNNING_GAIN = 0.5


@attrs.define(eq=False)
class Mouse:
    """What a folder holds; change it before it is written.

    Attributes:
        videos: trial → (height, width, time), NaN at the end.
        responses: trial → (neuron, time).
        behaviour: trial → (2, time), pupil dilation and running speed.
        pupil: trial → (2, time).
        tiers: of each trial.
        deviation: of each neuron.
        ids: of the neurons.
        frames: trial → frames before those of NaN.
        cells: that responded.
    """

    videos: list[np.ndarray]
    responses: list[np.ndarray]
    behaviour: list[np.ndarray]
    pupil: list[np.ndarray]
    tiers: list[str]
    deviation: np.ndarray
    ids: np.ndarray
    frames: list[int]
    cells: Cells

    def write(self, folder: Path) -> Path:
        """Write all files and return the folder."""
        kinds = {
            "videos": self.videos,
            "responses": self.responses,
            "behavior": self.behaviour,
            "pupil_center": self.pupil,
        }
        for kind, arrays in kinds.items():
            (folder / "data" / kind).mkdir(parents=True)
            for trial, array in enumerate(arrays):
                np.save(folder / "data" / kind / f"{trial}.npy", array)
        save(folder / "meta/trials/tiers.npy", np.array(self.tiers))
        save(folder / "meta/neurons/unit_ids.npy", self.ids)
        places = np.arange(3 * len(self.ids)).reshape(-1, 3)
        save(folder / "meta/neurons/cell_motor_coordinates.npy", places)
        spread = np.repeat(self.deviation[:, None], self.videos[0].shape[2], axis=1)
        save(folder / "meta/statistics/responses/all/std.npy", spread)
        return folder


def save(path: Path, array: np.ndarray) -> None:
    """Write an array, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, array)


def make_mouse(
    *,
    train: int = 5,
    oracle: tuple[int, ...] = (2, 2),
    withheld: int = 1,
    frames: int = 30,
    padding: int = 4,
    neurons: int = 3,
    block: int = 1,
    seed: int = 0,
) -> Mouse:
    """Simulate a mouse.

    Args:
        train: trials of the tier "train", each of a video of its own.
        oracle: repeats of each video of the tier "oracle".
        withheld: trials of the tier "live_test_main", whose responses are zero.
        frames: of every video.
        padding: frames of NaN behind them.
        neurons: how many; their responses have different scales.
        block: how many frames an image of the noise lasts.
        seed: of everything.
    """
    generator = np.random.default_rng(seed)
    cells = make_cells(neurons, KERNEL, HEIGHT, WIDTH, generator)
    scale = 3.0 ** np.arange(neurons) if neurons < 5 else generator.uniform(1, 20, neurons)
    shown = [*range(train), *(train + number for number, count in enumerate(oracle) for _ in range(count))]
    shown += [train + len(oracle) + number for number in range(withheld)]
    tiers = ["train"] * train + ["oracle"] * sum(oracle) + ["live_test_main"] * withheld
    noise = [
        np.repeat(generator.integers(0, 256, (-(-frames // block), HEIGHT, WIDTH)), block, axis=0)[:frames]
        for _ in range(max(shown) + 1)
    ]
    mouse = Mouse([], [], [], [], tiers, scale, 100 + 7 * np.arange(neurons), [frames] * len(tiers), cells)
    for trial, number in enumerate(shown):
        movie = noise[number].astype(np.float32)  # frame height width
        running = np.abs(np.convolve(generator.standard_normal(frames + 9), np.ones(10), "valid"))
        drive = cells.drive(movie / 255 - 0.5)
        drive /= drive.std(axis=0)
        gain = np.exp(RUNNING_GAIN * (running - running.mean()) / running.std())
        rates = 0.6 * np.exp(0.8 * drive) * gain[:, None]
        calcium = scale * generator.gamma(2.0, np.maximum(rates, 1e-3) / 2)  # frame neuron, never below zero
        if tiers[trial] == "live_test_main":
            calcium[:] = 0
        mouse.videos.append(_pad(np.moveaxis(movie, 0, 2), padding))
        mouse.responses.append(_pad(calcium.T.astype(np.float32), padding))
        mouse.behaviour.append(_pad(np.stack([generator.uniform(20, 40, frames), running]), padding))
        mouse.pupil.append(_pad(generator.uniform(100, 140, (2, frames)), padding))
    return mouse


def _pad(array: np.ndarray, padding: int) -> np.ndarray:
    return np.pad(array, [(0, 0)] * (array.ndim - 1) + [(0, padding)], constant_values=np.nan)
