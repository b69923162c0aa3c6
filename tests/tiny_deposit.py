"""The Dryad deposit in small: files of its form with random contents, written in a second."""

from pathlib import Path

import numpy as np
import scipy.io

FRAMES, SIDE_PX, RATE_HZ = 600, 12, 12.0  # 50 s: 60 sections end at 3.85 + 59 · .8 + .3 = 51.35 s
NEURONS, REPEATS = {"1": 3, "2": 2}, {"1": 4, "2": 3}


def draw_trains(neurons: int, repeats: int, repeated_first: int) -> np.ndarray:
    """Return cells (neuron, repeat) of spike times in which two sections after `repeated_first` repeat it."""
    generator = np.random.default_rng(neurons)
    cells = np.empty((neurons, repeats), dtype=object)
    start = repeated_first * 300
    for index in range(cells.size):
        times = np.sort(generator.choice(np.arange(1, 18001), 300, replace=False))
        times = times[(times <= start) | (times > start + 900)]
        source = generator.choice(np.arange(1, 321), 12, replace=False)
        for later in range(3):
            local = source - 10 * later
            times = np.concatenate([times, local[(local >= 1) & (local <= 300)] + start + 300 * later])
        cells.flat[index] = np.sort(times).astype(np.int32)[:, None]
    cells[0, 0] = np.zeros((0, 1), dtype=np.int32)
    return cells


def draw_images(images: tuple[int, int], neurons: int, repeats: int) -> np.ndarray:
    generator = np.random.default_rng(images[0])
    cells = np.empty(images, dtype=object)
    for index in range(cells.size):
        cells.flat[index] = np.empty((neurons, repeats), dtype=object)
        for train in range(neurons * repeats):
            size = (int(generator.integers(0, 4)), 1)
            cells.flat[index].flat[train] = generator.integers(1, 301, size).astype(np.uint16)
    return cells


def draw_outlines(neurons: int) -> np.ndarray:
    """Return ellipses around x = 401, 402 … and y = 302, so around the right of the middle and above it."""
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    cells = np.empty((1, neurons), dtype=object)
    for neuron in range(neurons):
        cells[0, neuron] = np.stack([401 + neuron + np.cos(angle), 302 + 0.5 * np.sin(angle)])
    return cells


def write_cells(folder: Path, name: str, spikes: np.ndarray, neurons: int) -> None:
    scipy.io.savemat(folder / f"NeuralData/Spikes/{name}.mat", {"Spikes": spikes}, do_compression=True)
    fields = {"ReceptiveFields": draw_outlines(neurons)}
    scipy.io.savemat(folder / f"NeuralData/ReceptiveFields/{name}.mat", fields, do_compression=True)


def write_frames(folder: Path, stem: str, count: int, side: int, generator: np.random.Generator) -> None:
    folder.mkdir()
    for number in range(1, count + 1):
        pixels = generator.integers(0, 256, (side, side), dtype=np.uint8)
        (folder / f"{stem}{number:03d}.raw").write_bytes(pixels.T.tobytes())


def write_deposit(folder: Path) -> Path:
    for name in ("NeuralData/Spikes", "NeuralData/ReceptiveFields", "Stimuli"):
        (folder / name).mkdir(parents=True)
    for recording, neurons in NEURONS.items():
        repeats = REPEATS[recording]
        write_cells(folder, f"Movie1Exp{recording}", draw_trains(neurons, repeats, 30), neurons)
        write_cells(folder, f"NaturalImages{recording}", draw_images((10, 1), neurons, repeats), neurons)
    write_cells(folder, "Gratings", draw_images((8, 1), 2, 3), 2)
    write_cells(folder, "Shifts1", draw_images((4, 5), 2, 3), 2)
    generator = np.random.default_rng(5)
    for kind, stem, count, side in (
        ("Movie1", "frame", FRAMES, SIDE_PX),
        ("NaturalImages", "image", 10, 8),
        ("Gratings", "grating", 8, 6),
    ):
        write_frames(folder / "Stimuli" / kind, stem, count, side, generator)
    return folder


def add_second_movie(folder: Path, neurons: int) -> Path:
    """Add movie 2 of recording 1, with other repeats and one frame less than movie 1."""
    write_cells(folder, "Movie2Exp1", draw_trains(neurons, REPEATS["1"] + 1, 12), neurons)
    write_frames(folder / "Stimuli/Movie2", "frame", FRAMES - 1, SIDE_PX, np.random.default_rng(6))
    return folder
