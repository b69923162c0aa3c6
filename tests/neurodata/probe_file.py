"""A recording with probes in the layout of the Allen Institute: numbered frames, in series and tables."""

from pathlib import Path
from typing import Literal

import attrs
import numpy as np
import pynwb

from tests.neurodata.behaviour_trace import TRACES, add_behaviour, running_cm_s
from tests.neurodata.file_part import (
    Order,
    add_units,
    begin,
    image_series,
    index_series,
    interval_table,
    save,
)
from tests.neurodata.population import CORTEX_KERNEL, Cells, make_cells
from tests.neurodata.screen import binary_noise, draw_onsets, in_intervals, to_contrast
from tests.neurodata.spike_train import count_spikes, join_trains, place_spikes, spontaneous_spikes
from tests.neurodata.truth import FileTruth, Shown

HEIGHT, WIDTH = 10, 14
REFRESH_HZ = 60.0
CELLS, NOISE_UNITS = 14, 2
PASSES, BLANK_ROWS = 4, 12
TABLE = "noise_movie_presentations"
SEQUENCE = "dense_noise_stimulus"
AREAS = ("VISp", "VISl", "CA1")


@attrs.frozen(eq=False)
class _Probe:
    """What is simulated once for all parts of the file.

    Attributes:
        template: what `SEQUENCE` numbers.
        index: (frame,), the numbers.
        sequence_s: when they were shown.
        movie: what the table numbers.
        frame: (row,), the numbers in the table, −1 = blank.
        table_s: (row + 1,), when its rows began and the last ended.
        invalid_s: when the recording was broken.
    """

    cells: Cells
    template: np.ndarray
    index: np.ndarray
    sequence_s: np.ndarray
    movie: np.ndarray
    frame: np.ndarray
    table_s: np.ndarray
    invalid_s: tuple[float, float]
    trains: list[np.ndarray]

    @property
    def starts(self) -> np.ndarray:
        """The rows in which the movie begins anew."""
        return np.flatnonzero(self.frame == 0)


def write_probe(
    path: Path,
    *,
    order: Order = "tyx",
    index: Literal["ordered", "random"] = "random",
    templates: Literal["inside", "outside"] = "inside",
    movie_frames: int = 5000,
    sequence_frames: int = 16000,
    seed: int = 2,
) -> FileTruth:
    """Write the file and say what is in it.

    An `IndexSeries` numbers the frames of white noise in `stimulus/templates`. Then a movie of white noise
    was shown four times, by a table with one row per frame: `frame` is a float, −1 for the blank rows before
    every other pass, and no column counts the passes. In the second pass the recording was broken for a while
    and everybody seems to fire at the negative of the movie.

    Args:
        path: of the file; with templates outside, the movie is beside it as `<TABLE's stimulus>.npy`.
        order: how frames lie in the file.
        index: whether the noise is numbered in order or drawn from the templates with replacement.
        templates: whether the pixels of the movie are in the file.
        movie_frames: of one pass.
        sequence_frames: of the noise.
        seed: of everything.
    """
    generator = np.random.default_rng(seed)
    probe = _simulate(generator, index, movie_frames, sequence_frames)
    ids = 950_000_000 + generator.permutation(3000)[: len(probe.trains)]
    passing = _write(path, probe, ids, generator, order, templates)
    return _tell(probe, ids, passing)


def _simulate(generator: np.random.Generator, index: str, movie_frames: int, sequence_frames: int) -> _Probe:
    cells = make_cells(CELLS, CORTEX_KERNEL, HEIGHT, WIDTH, generator, kind="gabor", noise_units=NOISE_UNITS)
    count = sequence_frames if index == "ordered" else 6000
    template = binary_noise(count, HEIGHT, WIDTH, generator)
    numbers = np.arange(count) if index == "ordered" else generator.integers(0, count, sequence_frames)
    sequence_s = draw_onsets(len(numbers), REFRESH_HZ, 21.5, generator)
    movie = binary_noise(movie_frames, HEIGHT, WIDTH, generator)
    once = np.arange(movie_frames)
    frame = np.concatenate(
        [np.concatenate([np.full(BLANK_ROWS, -1), once]) if turn % 2 == 0 else once for turn in range(PASSES)]
    )
    table_s = draw_onsets(len(frame), REFRESH_HZ, sequence_s[-1] + 30.0, generator)
    second = np.flatnonzero(frame == 0)[1]
    invalid_s = (  # within bins at both ends
        float(table_s[second + movie_frames // 5] + 0.005),
        float(table_s[second + movie_frames // 2] + 0.007),
    )
    grey = np.full((1, HEIGHT, WIDTH), 127, np.uint8)
    shown = [(template[numbers], sequence_s), (np.concatenate([movie, grey])[frame], table_s)]
    trains = []
    for frames, edges_s in shown:
        running = 0.7 + 0.6 * running_cm_s(edges_s[:-1]) / 24
        counts = cells.counts(
            to_contrast(frames),
            np.diff(edges_s),
            generator,
            rate_hz=30.0,
            gain=1.3,
            modulation=running,
        )
        trains.append([place_spikes(own, edges_s, generator) for own in counts.T])
    trains.append(_broken(cells, *shown[1], invalid_s, generator))
    trains.append(spontaneous_spikes(len(cells.filters), (0.0, table_s[-1] + 9), generator))
    return _Probe(
        cells, template, numbers, sequence_s, movie, frame, table_s, invalid_s, join_trains(*trains)
    )


def _broken(
    cells: Cells,
    frames: np.ndarray,
    edges_s: np.ndarray,
    invalid_s: tuple[float, float],
    generator: np.random.Generator,
) -> list[np.ndarray]:
    """Return the spikes that everybody seems to have while the recording is broken."""
    inverted = Cells(-cells.filters, cells.peak_lag)
    counts = inverted.counts(to_contrast(frames), np.diff(edges_s), generator, rate_hz=400.0, gain=1.3)
    trains = [place_spikes(own, edges_s, generator) for own in counts.T]
    return [times[(times >= invalid_s[0]) & (times < invalid_s[1])] for times in trains]


def _write(
    path: Path,
    probe: _Probe,
    ids: np.ndarray,
    generator: np.random.Generator,
    order: Order,
    templates: str,
) -> tuple[str, ...]:
    file = begin("715093703")
    into = image_series("dense_noise_image_stack", probe.template, order, starting_time=0.0, rate=60.0)
    file.add_stimulus_template(into)
    onsets_s = probe.sequence_s[:-1]
    file.add_stimulus(index_series(SEQUENCE, probe.index, into, timestamps=onsets_s))
    if templates == "inside":
        file.add_stimulus_template(
            image_series("noise_movie", probe.movie, order, starting_time=0.0, rate=60.0)
        )
    else:
        np.save(path.with_name("noise_movie.npy"), probe.movie)
    file.add_time_intervals(_table(probe))
    file.add_invalid_time_interval(
        start_time=probe.invalid_s[0], stop_time=probe.invalid_s[1], tags=["EcephysProbe", "all_probes"]
    )
    passing = _add_quality_units(file, probe, ids, generator)
    add_behaviour(file, float(probe.table_s[-1]) + 10, generator)
    save(file, path)
    return passing


def _table(probe: _Probe) -> pynwb.epoch.TimeIntervals:
    rows = len(probe.frame)
    return interval_table(
        TABLE,
        probe.table_s[:-1],
        probe.table_s[1:],
        {
            "stimulus_name": ["noise_movie"] * rows,
            "stimulus_block": np.full(rows, 3.0),
            "frame": probe.frame.astype(float),
            "color": ["[1.0, 1.0, 1.0]"] * rows,
            "contrast": np.full(rows, 0.8),
            "orientation": np.full(rows, np.nan),
        },
    )


def _add_quality_units(
    file: pynwb.NWBFile, probe: _Probe, ids: np.ndarray, generator: np.random.Generator
) -> tuple[str, ...]:
    """Add electrodes and units with quality measures, of which some have none; name those that pass."""
    device = file.create_device("probeA")
    group = file.create_electrode_group("probeA", "a probe", "cortex", device)
    channels = 850_126_378 + 2 * np.arange(len(AREAS) * 4)
    for number, channel in enumerate(channels.tolist()):
        file.add_electrode(id=channel, location=AREAS[number // 4], group=group)
    count = len(ids)
    quality = {
        "isi_violations": np.where(np.arange(count) % 5 == 1, 0.9, 0.1),
        "amplitude_cutoff": np.where(np.arange(count) % 7 == 2, np.nan, 0.05),
        "presence_ratio": np.full(count, 0.99),
        "firing_rate": generator.uniform(2, 20, count),
        "peak_channel_id": channels[np.arange(count) % len(channels)],
    }
    quality["presence_ratio"][3] = 0.5
    columns = {name: values.tolist() for name, values in quality.items()}
    add_units(file, ids.tolist(), probe.trains, columns)
    with np.errstate(invalid="ignore"):
        passes = (
            (quality["isi_violations"] <= 0.5)
            & (quality["amplitude_cutoff"] <= 0.1)
            & (quality["presence_ratio"] >= 0.95)
        )
    return tuple(str(number) for number in ids[passes])


def _tell(probe: _Probe, ids: np.ndarray, passing: tuple[str, ...]) -> FileTruth:
    trains = probe.trains
    length = len(probe.movie)
    passes_s = np.stack([probe.table_s[row : row + length + 1] for row in probe.starts])
    unmasked = np.stack([count_spikes(trains, edges) for edges in passes_s])
    responses = unmasked.copy()
    for turn, edges in enumerate(passes_s):
        responses[turn, in_intervals(edges, [probe.invalid_s])] = np.nan
    counts = count_spikes(trains, probe.sequence_s)[None]
    channel_areas = [AREAS[row % (4 * len(AREAS)) // 4] for row in range(len(ids))]
    return FileTruth(
        tuple(str(each) for each in ids),
        probe.cells.filters,
        probe.cells.peak_lag,
        {
            SEQUENCE: Shown(probe.template[probe.index], probe.sequence_s[None], counts, counts),
            TABLE: Shown(probe.movie, passes_s, responses, unmasked),
        },
        lambda edges_s: count_spikes(trains, edges_s),
        behaviour=dict(TRACES),
        passing=passing,
        areas=tuple(channel_areas),
    )
