"""Write a small recording that the dataset reads: `python -m sysid_spike_csv.simulate FOLDER`."""

import csv
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

import sysid

FRAME_RATE_HZ = 30.0


def write_recording(folder: Path, frames: int = 1200, size_px: int = 10, neurons: int = 3) -> None:
    """Write spikes.csv, onsets.csv and frames/ of sysid's simulated retina, watching white noise."""
    retina = (
        sysid.discover()
        .find("dataset", "simulated_retina")
        .config_class(
            stimulus="white_noise",
            neurons=neurons,
            size_px=size_px,
            frames=frames,
            test_frames=1,
            train_repeats=1,
            mean_rate_hz=15.0,
            frame_rate_hz=FRAME_RATE_HZ,
        )
    )
    (recording,) = retina.load().values()
    shown = recording.presentations[0]
    write_pictures(folder / "frames", shown.stimulus[: shown.frames])
    onsets_s = np.arange(shown.frames) / FRAME_RATE_HZ
    write_rows(folder / "onsets.csv", ("onset_s",), ((f"{onset:.6f}",) for onset in onsets_s))
    names = [neuron.id for neuron in recording.neurons]
    rows = spread_spikes(shown.responses[0].astype(int), onsets_s, names)
    write_rows(folder / "spikes.csv", ("neuron", "time_s"), rows)


def write_pictures(folder: Path, pixels: np.ndarray) -> None:
    """Write (frame, 1, height, width) as frame1.png, frame2.png, …."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, frame in enumerate(pixels[:, 0], 1):
        Image.fromarray(frame).save(folder / f"frame{number}.png")


def spread_spikes(counts: np.ndarray, onsets_s: np.ndarray, names: list[str]) -> list[tuple[str, str]]:
    """Return a row for each spike of (frame, neuron) counts, evenly spread over its bin, in order of time."""
    rows = [
        (onsets_s[frame] + (spike + 0.5) / (counts[frame, neuron] * FRAME_RATE_HZ), names[neuron])
        for frame, neuron in zip(*np.nonzero(counts), strict=True)
        for spike in range(counts[frame, neuron])
    ]
    return [(name, f"{time:.6f}") for time, name in sorted(rows)]


def write_rows(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """Write a CSV file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    write_recording(Path(sys.argv[1] if len(sys.argv) > 1 else "example"))
