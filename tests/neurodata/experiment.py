"""One short experiment, for files that tell of it in many ways."""

import attrs
import numpy as np

from tests.neurodata.population import RETINA_KERNEL, Cells, make_cells
from tests.neurodata.screen import binary_noise, draw_onsets, to_contrast
from tests.neurodata.spike_train import count_spikes, join_trains, place_spikes, spontaneous_spikes
from tests.neurodata.truth import FileTruth, Shown

HEIGHT, WIDTH = 8, 11
CELLS = 6
IDS = (31, 7, 12, 90, 2, 55)
MARGIN_S = 6.0


@attrs.frozen(eq=False)
class Experiment:
    """White noise that was shown once, and repeats of a shorter one.

    Attributes:
        noise, movie: (frame, height, width), uint8.
        noise_s: (frame + 1,), when each frame began and the last ended.
        repeats_s: the same of the movie, (repeat, frame + 1).
        trains: spike times of each cell.
    """

    cells: Cells
    noise: np.ndarray
    noise_s: np.ndarray
    movie: np.ndarray
    repeats_s: np.ndarray
    trains: list[np.ndarray]

    @property
    def stop_s(self) -> float:
        """When the recording ended."""
        return float(self.repeats_s[-1, -1]) + MARGIN_S

    def truth(self) -> FileTruth:
        """Return what a file of it holds."""
        shown = {}
        for name, frames, edges_s in (
            ("noise", self.noise, self.noise_s[None]),
            ("movie", self.movie, self.repeats_s),
        ):
            responses = np.stack([count_spikes(self.trains, edges) for edges in edges_s])
            shown[name] = Shown(frames, edges_s, responses, responses)
        return FileTruth(
            tuple(map(str, IDS)),
            self.cells.filters,
            self.cells.peak_lag,
            shown,
            lambda edges_s: count_spikes(self.trains, edges_s),
        )


def run_experiment(
    *,
    noise_frames: int = 6000,
    movie_frames: int = 200,
    repeats: int = 5,
    rate_hz: float = 30.0,
    dropped: float = 0.015,
    start_s: float = 11.3,
    pause_s: float = 0.0,
    seed: int = 4,
) -> Experiment:
    """Show noise, then a movie over and over, with a pause in between, to a few cells."""
    generator = np.random.default_rng(seed)
    cells = make_cells(CELLS, RETINA_KERNEL, HEIGHT, WIDTH, generator)
    noise = binary_noise(noise_frames, HEIGHT, WIDTH, generator)
    movie = binary_noise(movie_frames, HEIGHT, WIDTH, generator)
    noise_s = draw_onsets(noise_frames, rate_hz, start_s, generator, dropped=dropped)
    repeats_s, now_s = [], noise_s[-1] + 3.0
    for _ in range(repeats):
        repeats_s.append(draw_onsets(movie_frames, rate_hz, now_s, generator, dropped=dropped))
        now_s = repeats_s[-1][-1] + pause_s
    trains = [spontaneous_spikes(CELLS, (start_s - MARGIN_S, float(now_s) + MARGIN_S), generator)]
    for frames, edges_s in ((noise, noise_s), *((movie, edges) for edges in repeats_s)):
        counts = cells.counts(to_contrast(frames), np.diff(edges_s), generator, rate_hz=24.0, gain=1.2)
        trains.append([place_spikes(own, edges_s, generator) for own in counts.T])
    return Experiment(cells, noise, noise_s, movie, np.stack(repeats_s), join_trains(*trains))
