"""A recording of a retina: white noise on a screen that drops frames, then a movie over and over."""

from pathlib import Path
from typing import Literal

import attrs
import numpy as np

from tests.neurodata.file_part import Order, add_units, begin, interval_table, optical_series, save
from tests.neurodata.population import RETINA_KERNEL, Cells, make_cells
from tests.neurodata.screen import (
    binary_noise,
    draw_onsets,
    gaussian_noise,
    in_intervals,
    natural_movie,
    to_contrast,
)
from tests.neurodata.spike_train import count_spikes, join_trains, place_spikes, spontaneous_spikes
from tests.neurodata.truth import FileTruth, Shown

HEIGHT, WIDTH = 12, 16
REFRESH_HZ = 60.0
CELLS, NOISE_UNITS = 12, 3
HALF = 4
"""The row of the unit that was observed in half the session only."""
PAUSE_S = 2.5


@attrs.define(eq=False)
class _Session:
    """What has been shown up to now, with everybody's counts."""

    cells: Cells
    generator: np.random.Generator
    now_s: float = 7.25
    shown: list[tuple[str, np.ndarray, np.ndarray]] = attrs.Factory(list)
    trains: list[list[np.ndarray]] = attrs.Factory(list)

    def show(self, name: str, frames: np.ndarray) -> None:
        """Show frames once and let everybody fire."""
        edges_s = draw_onsets(len(frames), REFRESH_HZ, self.now_s, self.generator)
        counts = self.cells.counts(
            to_contrast(frames), np.diff(edges_s), self.generator, rate_hz=36.0, gain=1.3
        )
        trains = [place_spikes(own, edges_s, self.generator) for own in counts.T]
        self.shown.append((name, frames, edges_s))
        self.trains.append(trains)
        self.now_s = edges_s[-1] + PAUSE_S


def write_retina(
    path: Path,
    *,
    order: Order = "tyx",
    noise: Literal["binary", "gaussian"] = "binary",
    repeats_as: Literal["series", "intervals"] = "series",
    noise_frames: int = 20000,
    seed: int = 1,
) -> FileTruth:
    """Write the file and say what is in it.

    The movie is a series for each repeat, or one series with the repeats as rows of `trials`; the third of
    seven was broken off. Ids are not row numbers. One unit was observed in the first half of the noise only,
    and its spikes outside are those of a cell that sees the negative of the frame before.

    Args:
        path: of the file.
        order: how frames lie in the file.
        noise: of two values as uint8 or normal as float32.
        repeats_as: how the file says that the movie was repeated.
        noise_frames: how long the noise is.
        seed: of everything.
    """
    generator = np.random.default_rng(seed)
    cells = make_cells(CELLS, RETINA_KERNEL, HEIGHT, WIDTH, generator, noise_units=NOISE_UNITS)
    session = _Session(cells, generator)
    draw = {"binary": binary_noise, "gaussian": gaussian_noise}[noise]
    movie = natural_movie(300, HEIGHT, WIDTH, generator)
    movie = movie if noise == "binary" else to_contrast(movie).astype(np.float32)
    session.show("white_noise", draw(noise_frames, HEIGHT, WIDTH, generator))
    for repeat in range(7):
        session.show(f"natural_movie_{repeat + 1}", movie[:120] if repeat == 2 else movie)
    trains = join_trains(
        *session.trains, spontaneous_spikes(len(cells.filters), (0.0, session.now_s), generator)
    )
    observed_s = _spoil(session, trains, generator)
    ids = (100 + generator.permutation(5 * len(trains)))[: len(trains)]
    _write(path, session, trains, ids, observed_s, order, repeats_as)
    return _tell(session, trains, ids, observed_s)


def _spoil(
    session: _Session, trains: list[np.ndarray], generator: np.random.Generator
) -> list[list[tuple[float, float]]]:
    """Replace one unit's spikes after half the noise by another cell's, and return who was observed when."""
    _, frames, edges_s = session.shown[0]
    stop_s = float(edges_s[len(frames) // 2] + 0.4 * np.diff(edges_s)[len(frames) // 2])  # within a bin
    inverted = Cells(-np.roll(session.cells.filters[HALF : HALF + 1], 1, axis=1), 0)
    counts = inverted.counts(to_contrast(frames), np.diff(edges_s), generator, rate_hz=130.0, gain=1.3)
    spurious = place_spikes(counts[:, 0], edges_s, generator)
    kept = trains[HALF][trains[HALF] < stop_s]
    trains[HALF] = np.sort(np.concatenate([kept, spurious[spurious >= stop_s]]))
    whole = [(0.0, session.now_s + 5)]
    return [[(0.0, stop_s)] if row == HALF else whole for row in range(len(trains))]


def _write(
    path: Path,
    session: _Session,
    trains: list[np.ndarray],
    ids: np.ndarray,
    observed_s: list[list[tuple[float, float]]],
    order: Order,
    repeats_as: str,
) -> None:
    file = begin("retina-1")
    (name, frames, edges_s), *repeats = session.shown
    file.add_stimulus(optical_series(name, frames, order, timestamps=edges_s[:-1]))
    if repeats_as == "series":
        for name, frames, edges_s in repeats:
            file.add_stimulus(optical_series(name, frames, order, timestamps=edges_s[:-1]))
    else:
        joined = np.concatenate([frames for _, frames, _ in repeats])
        onsets_s = np.concatenate([edges_s[:-1] for _, _, edges_s in repeats])
        file.add_stimulus(optical_series("natural_movie", joined, order, timestamps=onsets_s))
        file.trials = interval_table(
            "trials",
            np.array([edges_s[0] for _, _, edges_s in repeats]),
            np.array([edges_s[-1] for _, _, edges_s in repeats]),
            {"stimulus": ["natural_movie"] * len(repeats), "repeat": np.arange(1, len(repeats) + 1)},
        )
    is_noise = [row >= CELLS for row in range(len(trains))]
    columns = {
        "quality": ["noise" if noise else "good" for noise in is_noise],
        "snr": [1.1 if noise else 4.0 + row / 10 for row, noise in enumerate(is_noise)],
        "cell_type": ["" if noise else ("ON" if row % 2 else "OFF") for row, noise in enumerate(is_noise)],
    }
    add_units(file, ids.tolist(), trains, columns, observed_s)
    save(file, path)


def _tell(
    session: _Session,
    trains: list[np.ndarray],
    ids: np.ndarray,
    observed_s: list[list[tuple[float, float]]],
) -> FileTruth:
    stop_s = observed_s[HALF][0][1]
    shown: dict[str, Shown] = {}
    noise, *repeats = session.shown
    whole = [edges for _, movie, edges in repeats if len(movie) == len(repeats[0][1])]
    for name, frames, several_s in ((*noise[:2], [noise[2]]), ("natural_movie", repeats[0][1], whole)):
        unmasked = np.stack([count_spikes(trains, edges) for edges in several_s])
        responses = unmasked.copy()
        for repeat, edges in enumerate(several_s):
            outside = in_intervals(edges, [(stop_s, np.inf)])
            responses[repeat, outside, HALF] = np.nan
        shown[name] = Shown(frames, np.stack(several_s), responses, unmasked)
    return FileTruth(
        tuple(str(each) for each in ids),
        session.cells.filters,
        session.cells.peak_lag,
        shown,
        lambda edges_s: count_spikes(trains, edges_s),
        fragile=(HALF,),
    )
