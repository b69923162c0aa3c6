"""One experiment is read alike, in whichever of many ways a file tells of it."""

import numpy as np
import pynwb
import pytest

import sysid
from tests.command_line import call
from tests.neurodata.check import complaints, pieces_of
from tests.neurodata.experiment import IDS, run_experiment
from tests.neurodata.file_part import add_units, begin, image_series, interval_table, optical_series, save
from tests.neurodata.layout import LAYOUTS
from tests.neurodata.reading import read
from tests.neurodata.screen import in_intervals

BOUND = 0.93


@pytest.fixture(scope="module")
def experiment():
    return run_experiment()


@pytest.fixture(scope="module")
def truth(experiment):
    return experiment.truth()


def write(path, *stimuli, trains, ids=IDS, **more):
    """Write a file of some stimuli and units."""
    file = begin("kinds")
    for stimulus in stimuli:
        file.add_stimulus(stimulus)
    add_units(file, ids, trains, **more)
    save(file, path)
    return path


def noise(experiment, frames=None, order="tyx"):
    return optical_series(
        "noise", experiment.noise if frames is None else frames, order, timestamps=experiment.noise_s[:-1]
    )


def assert_shown(presentation: sysid.Presentation, shown):
    """Compare frames and responses but for the last bin, whose end a series does not tell."""
    np.testing.assert_array_equal(presentation.stimulus[0 : presentation.frames][:, 0], shown.frames)
    np.testing.assert_array_equal(presentation.responses[:, :-1], shown.responses[:, :-1])
    expected_s = np.diff(shown.edges_s, axis=1).mean(axis=0)
    np.testing.assert_allclose(presentation.bin_duration_s[:-1], expected_s[:-1], rtol=1e-6)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
def test_noise_and_repeats_are_found_however_the_file_tells_of_them(experiment, truth, layout, tmp_path):
    path = tmp_path / "own.nwb"
    recording = read(path, **layout(experiment, path))
    assert tuple(neuron.id for neuron in recording.neurons) == truth.ids
    once, repeated = recording.presentations
    assert complaints(pieces_of([once]), truth, BOUND) == []
    assert_shown(once, truth.shown["noise"])
    assert_shown(repeated, truth.shown["movie"])
    assert repeated.test == ((0, repeated.frames),)
    assert not once.test


@pytest.fixture(scope="module")
def brief():
    return run_experiment(noise_frames=900, movie_frames=60)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
def test_the_recipe_that_inspect_writes_is_one_that_can_be_checked(brief, layout, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fields = layout(brief, tmp_path / "own.nwb")
    given = ("--templates", fields["templates"]) if "templates" in fields else ()
    if "templates_dataset" in fields:
        pytest.skip("a dataset that only the user can name is no matter of --templates")
    outcome = call("inspect", "own.nwb", "--write", "own.toml", *given)
    assert (outcome.code, outcome.err) == (0, "")
    assert call("check", "own.toml", "--profile", "quick", "--no-timing").code == 0


@pytest.mark.parametrize("order", ["tyx", "txy"])
def test_colours_stay_three_channels(experiment, truth, order, tmp_path):
    frames = np.stack([experiment.noise, 255 - experiment.noise, experiment.noise // 2], axis=-1)
    path = write(tmp_path / "own.nwb", noise(experiment, frames, order), trains=experiment.trains)
    (presentation,) = read(path).presentations
    assert presentation.stimulus.shape[1] == 3
    assert_shown(presentation, truth.shown["noise"])
    np.testing.assert_array_equal(presentation.stimulus[0:9][:, 1], 255 - experiment.noise[:9])


@pytest.mark.parametrize("dtype", [np.float64, np.int16, np.uint16])
def test_other_numbers_than_bytes_become_float32_and_are_not_scaled(experiment, truth, dtype, tmp_path):
    frames = experiment.noise.astype(dtype) * 2
    path = write(tmp_path / "own.nwb", noise(experiment, frames), trains=experiment.trains)
    (presentation,) = read(path).presentations
    assert presentation.stimulus.dtype == np.float32
    np.testing.assert_array_equal(presentation.stimulus[0:9][:, 0], frames[:9])
    assert complaints(pieces_of([presentation]), truth, BOUND) == []


def test_a_rate_is_a_clock_too(tmp_path):
    steady = run_experiment(dropped=0.0)
    series = optical_series("noise", steady.noise, starting_time=float(steady.noise_s[0]), rate=30.0)
    path = write(tmp_path / "own.nwb", series, trains=steady.trains)
    assert complaints(pieces_of(read(path).presentations), steady.truth(), BOUND) == []


def test_times_may_be_those_of_another_series(experiment, truth, tmp_path):
    file = begin("kinds")
    diode = pynwb.TimeSeries(
        name="photodiode", data=np.zeros(6000), unit="V", timestamps=experiment.noise_s[:-1]
    )
    file.add_acquisition(diode)
    file.add_stimulus(optical_series("noise", experiment.noise, timestamps=diode))
    add_units(file, IDS, experiment.trains)
    save(file, tmp_path / "own.nwb")
    (presentation,) = read(tmp_path / "own.nwb").presentations
    assert_shown(presentation, truth.shown["noise"])


def test_times_may_count_from_1970(tmp_path):
    late = run_experiment(start_s=1.7e9)
    path = write(tmp_path / "own.nwb", noise(late), trains=late.trains)
    assert complaints(pieces_of(read(path).presentations), late.truth(), BOUND) == []


def test_spikes_may_lie_in_any_order_and_a_unit_may_have_none(experiment, truth, tmp_path):
    generator = np.random.default_rng(0)
    trains = [generator.permutation(times) for times in experiment.trains]
    trains.insert(3, np.zeros(0))
    path = write(tmp_path / "own.nwb", noise(experiment), trains=trains, ids=[*IDS[:3], 8, *IDS[3:]])
    (presentation,) = read(path).presentations
    assert np.nansum(presentation.responses[:, :, 3]) == 0
    spiking = np.delete(presentation.responses, 3, axis=2)
    np.testing.assert_array_equal(spiking[:, :-1], truth.shown["noise"].responses[:, :-1])


def test_several_observed_intervals_and_invalid_times_mask_just_their_bins(experiment, truth, tmp_path):
    whole = [(0.0, experiment.stop_s)]
    observed_s = [[(0.0, 50.003), (60.011, experiment.stop_s)] if row == 2 else whole for row in range(6)]
    file = begin("kinds")
    file.add_stimulus(noise(experiment))
    add_units(file, IDS, experiment.trains, observed_s=observed_s)
    invalid_s = [(100.0, 101.5), (101.2, 103.007), (0.0, 12.0)]
    for start_s, stop_s in invalid_s:
        file.add_invalid_time_interval(start_time=start_s, stop_time=stop_s, tags=["artefact"])
    save(file, tmp_path / "own.nwb")
    (presentation,) = read(tmp_path / "own.nwb").presentations
    shown = truth.shown["noise"]
    expected = shown.responses.copy()
    expected[0, in_intervals(shown.edges_s[0], invalid_s)] = np.nan
    expected[0, in_intervals(shown.edges_s[0], [(50.003, 60.011)]), 2] = np.nan
    np.testing.assert_array_equal(presentation.responses[:, :-1], expected[:, :-1])


def test_a_pause_is_no_long_frame(experiment, tmp_path):
    onsets_s = experiment.noise_s[:-1].copy()
    onsets_s[2000:] += 90
    trains = [np.where(times >= experiment.noise_s[2000], times + 90, times) for times in experiment.trains]
    series = optical_series("noise", experiment.noise, timestamps=onsets_s)
    first, second = read(write(tmp_path / "own.nwb", series, trains=trains)).presentations
    assert (first.frames, second.frames) == (2000, 4000)
    assert max(first.bin_duration_s.max(), second.bin_duration_s.max()) < 0.2
    truth = experiment.truth()
    assert complaints(pieces_of([first, second]), truth, BOUND) == []


@pytest.mark.parametrize("bin_ms", [8.3, 50.0])
def test_bins_of_a_length_hold_the_spikes_of_their_time_and_the_frame_of_most_of_it(
    experiment, truth, bin_ms, tmp_path
):
    path = write(tmp_path / "own.nwb", noise(experiment), trains=experiment.trains)
    (presentation,) = read(path, bin_ms=bin_ms).presentations
    edges_s = experiment.noise_s[0] + np.arange(presentation.frames + 1) * bin_ms / 1000
    np.testing.assert_array_equal(presentation.responses[0], truth.respond(edges_s))
    middle_s = (edges_s[:-1] + edges_s[1:]) / 2
    frame = np.searchsorted(experiment.noise_s, middle_s, side="right") - 1
    held = np.minimum(np.searchsorted(experiment.noise_s, edges_s[1:]), 5999) - np.searchsorted(
        experiment.noise_s, edges_s[:-1], side="right"
    )
    clear = held <= 1  # of two frames, the one in the middle is there for longer
    found = presentation.stimulus[0 : presentation.frames][:, 0]
    np.testing.assert_array_equal(found[clear], experiment.noise[frame[clear]])


def test_frames_are_cropped_and_averaged_over_areas(experiment, tmp_path):
    path = write(tmp_path / "own.nwb", noise(experiment), trains=experiment.trains)
    (presentation,) = read(path, crop=(1, 2, 6, 8), size_px=3).presentations
    blocks = experiment.noise[:, 1:7, 2:10].astype(float).reshape(-1, 3, 2, 4, 2)
    np.testing.assert_allclose(
        presentation.stimulus[0 : presentation.frames][:, 0], blocks.mean(axis=(2, 4)), atol=1e-3
    )


def test_images_that_jump_about_are_presentations_of_one_image_each(tmp_path):
    generator = np.random.default_rng(5)
    images = generator.integers(0, 256, (30, 8, 11)).astype(np.uint8)
    shown = np.concatenate([generator.permutation(np.append(np.arange(30), -1)) for _ in range(8)])
    start_s = 20 + 0.25 * np.arange(len(shown))
    counts = generator.poisson(2.0 + shown[:, None] / 10, (len(shown), 6))
    trains = [
        np.concatenate([[19.0], *map(_within, start_s, own, [generator] * len(own)), [start_s[-1] + 9]])
        for own in counts.T
    ]
    file = begin("scenes")
    file.add_stimulus_template(image_series("natural_scenes", images, starting_time=0.0, rate=4.0))
    file.add_time_intervals(
        interval_table(
            "natural_scenes_presentations",
            start_s,
            start_s + 0.25,
            {"frame": shown.astype(float), "stimulus_name": ["natural_scenes"] * len(shown)},
        )
    )
    add_units(file, IDS, trains)
    save(file, tmp_path / "own.nwb")
    presentations = read(tmp_path / "own.nwb").presentations
    assert len(presentations) == 31
    for presentation in presentations:
        name = presentation.name.rpartition(" ")[2]
        frame, expected = (
            presentation.stimulus[0:1][0, 0],
            counts[shown == (int(name) if name.isdigit() else -1)],
        )
        np.testing.assert_array_equal(frame, images[int(name)] if name.isdigit() else 127)
        np.testing.assert_array_equal(presentation.responses[:, 0], expected)


def _within(start_s, count, generator):
    return start_s + generator.uniform(0.001, 0.249, count)
