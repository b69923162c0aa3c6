"""The dataset `sensorium` on small folders of cells whose filters are known."""

from pathlib import Path

import numpy as np
import pytest
import torch

from sysid.neuron_knowledge import known_population
from sysid.sample import SessionSamples
from sysid.split import Window
from sysid_datasets.sensorium import Sensorium
from tests.neurodata.check import cosines
from tests.neurodata.truth import FileTruth
from tests.sensorium_folder import HEIGHT, NAMES, WIDTH, make_mouse, save

UNSCORED = 5


@pytest.fixture
def mouse():
    return make_mouse()


@pytest.fixture
def folder(mouse, tmp_path):
    return mouse.write(tmp_path / "dynamic1-2-3-Video-ab")


def read(folder, **fields):
    ((_, recording),) = Sensorium(folder, **{"unscored_frames": UNSCORED} | fields).load().items()
    return recording


def names_of(recording, part):
    return sorted(each.name for each in recording.presentations if each.ranges(part))


def find(recording, name):
    (found,) = (each for each in recording.presentations if each.name == name)
    return found


def test_videos_lose_their_padding_and_keep_their_axes(folder, mouse):
    for presentation in read(folder).presentations:
        trial = int(presentation.name.split("/")[1])
        assert presentation.stimulus.shape == (30, 1, HEIGHT, WIDTH)
        assert presentation.stimulus.dtype == np.float32
        frames = presentation.stimulus[4:17:2]
        assert np.array_equal(frames[:, 0], np.moveaxis(mouse.videos[trial][:, :, 4:17:2], 2, 0))


def test_videos_stay_on_disk_until_they_are_sliced(folder, mouse):
    stimulus = find(read(folder), "oracle/5").stimulus
    np.save(folder / "data/videos/5.npy", np.full_like(mouse.videos[5], 7))
    assert (stimulus[2:4] == 7).all()


def test_bytes_stay_bytes(mouse, tmp_path):
    mouse.videos = [np.nan_to_num(video).astype(np.uint8) for video in mouse.videos]
    stimulus = read(mouse.write(tmp_path / "mouse")).presentations[0].stimulus
    assert (stimulus.shape[0], stimulus.dtype) == (34, np.uint8)


def test_tiers_are_parts_and_repeats_are_found_by_their_frames(folder, mouse):
    recording = read(folder, validation_fraction=0.0)
    assert names_of(recording, "train") == [f"train/{trial}" for trial in range(5)]
    assert names_of(recording, "test") == ["oracle/5", "oracle/7"]
    first = find(recording, "oracle/5")
    for repeat, trial in enumerate((5, 6)):
        expected = mouse.responses[trial][:, UNSCORED:30].T / mouse.deviation
        np.testing.assert_allclose(first.responses[repeat, UNSCORED:], expected, rtol=1e-5)
    assert "test: 4 trials show 2 videos, found by comparing" in " ".join(recording.provenance.notes)


def test_a_share_of_the_videos_to_train_on_validates(folder):
    recording = read(folder, validation_fraction=0.4)
    assert len(names_of(recording, "validation")) == 2
    assert len(names_of(recording, "train")) == 3
    assert names_of(read(folder, validation_fraction=0.4), "train") == names_of(recording, "train")


def test_a_tier_may_validate(mouse, tmp_path):
    mouse.tiers[:2] = ["none", "mine"]
    recording = read(mouse.write(tmp_path / "mouse"), validation=("mine",))
    assert names_of(recording, "validation") == ["mine/1"]
    assert names_of(recording, "train") == ["train/2", "train/3", "train/4"]


def test_the_first_frames_are_history_only(folder):
    recording = read(folder)
    for presentation in recording.presentations:
        assert np.isnan(presentation.responses[:, :UNSCORED]).all()
        assert not np.isnan(presentation.responses[:, UNSCORED:]).any()
    samples = SessionSamples(recording, Window(4, True), torch.device("cpu"))
    assert all(frames.min() == UNSCORED for frames in samples.frames("test") if len(frames))
    assert samples.dropped()["test"]["dropped_for_history"] == 0


def test_responses_are_scaled_by_each_neurons_deviation_unless_told_otherwise(folder, mouse):
    stored = mouse.responses[3][:, UNSCORED:30].T
    scaled, as_stored = (
        find(read(folder, responses_scaling=scaling), "train/3").responses[0, UNSCORED:]
        for scaling in (True, False)
    )
    assert np.array_equal(as_stored, stored)
    np.testing.assert_allclose(scaled, stored / mouse.deviation, rtol=1e-5)


def test_a_neuron_that_hardly_varies_is_not_blown_up(mouse, tmp_path):
    mouse.deviation = np.array([3.0, 1e-9, 9.0])
    recording = read(mouse.write(tmp_path / "mouse"))
    found = find(recording, "train/0").responses[0, UNSCORED:, 1]
    np.testing.assert_allclose(found, mouse.responses[0][1, UNSCORED:30] / (0.01 * 4), rtol=1e-5)
    assert "that of 1 of 3 is below 1 % of the mean" in " ".join(recording.provenance.notes)


def test_a_deviation_that_varies_in_time_is_averaged_over_it(folder, mouse):
    path = folder / "meta/statistics/responses/all/std.npy"
    np.save(path, np.load(path) * np.repeat([0.5, 1.5], 17))
    recording = read(folder)
    stored = mouse.responses[0][:, UNSCORED:30].T
    found = find(recording, "train/0").responses[0, UNSCORED:]
    np.testing.assert_allclose(found, stored / mouse.deviation, rtol=1e-5)
    assert "averaged over time, in which it varies" in " ".join(recording.provenance.notes)


def test_missing_responses_are_masked(mouse, tmp_path):
    mouse.responses[0][1, 12:15] = np.nan
    found = find(read(mouse.write(tmp_path / "mouse")), "train/0").responses[0]
    assert np.argwhere(np.isnan(found[UNSCORED:])).tolist() == [[7, 1], [8, 1], [9, 1]]


def test_behaviour_has_its_channels_by_name(folder, mouse):
    recording = read(folder, behaviour=tuple(reversed(NAMES)))
    assert recording.behaviour == tuple(reversed(NAMES))
    rows = np.concatenate([mouse.behaviour[2], mouse.pupil[2]])[::-1, :30]
    np.testing.assert_allclose(find(recording, "train/2").behaviour, rows.T, rtol=1e-6)


def test_speed_is_the_last_of_three_rows(mouse, tmp_path):
    mouse.behaviour = [np.insert(each, 1, -1.0, axis=0) for each in mouse.behaviour]
    folder = mouse.write(tmp_path / "mouse")
    recording = read(folder, behaviour=("running_speed",))
    found = find(recording, "train/2").behaviour
    np.testing.assert_allclose(found[:, 0], mouse.behaviour[2][2, :30], rtol=1e-6)
    assert any(note.startswith("data/behavior: of its three rows") for note in recording.provenance.notes)


def test_behaviour_is_averaged_over_repeats_that_test(folder, mouse):
    recording = read(folder, behaviour=("running_speed",))
    mean = (mouse.behaviour[5][1, :30] + mouse.behaviour[6][1, :30]) / 2
    np.testing.assert_allclose(find(recording, "oracle/5").behaviour[:, 0], mean, rtol=1e-6)
    assert any(note.startswith("behaviour: averaged") for note in recording.provenance.notes)


def test_what_is_tested_on_never_trains(mouse, tmp_path):
    mouse.videos[3] = mouse.videos[5]
    recording = read(mouse.write(tmp_path / "mouse"), validation_fraction=0.0)
    assert names_of(recording, "train") == ["train/0", "train/1", "train/2", "train/4"]
    assert any(
        note == "train: left out, as what they show is also tested or validated on: 1 of 5 trials, 3"
        for note in recording.provenance.notes
    )


def test_trials_are_repeats_where_the_folder_says_so(folder):
    save(folder / "meta/trials/condition_hash.npy", np.array(list("abcdeffffg")))
    recording = read(folder)
    assert names_of(recording, "test") == ["oracle/5"]
    assert find(recording, "oracle/5").responses.shape[0] == 4
    assert any("by meta/trials/condition_hash.npy" in note for note in recording.provenance.notes)


def test_repeats_may_end_at_different_times(mouse, tmp_path):
    mouse.videos[5][:, :, 28:] = np.nan
    presentation = find(read(mouse.write(tmp_path / "mouse")), "oracle/5")
    assert presentation.stimulus.shape[0] == 30
    assert np.array_equal(presentation.stimulus[28:30][:, 0, 0, 0], mouse.videos[6][0, 0, 28:30])
    assert np.isnan(presentation.responses[0, 28:]).all()
    assert not np.isnan(presentation.responses[1, 28:]).any()


def test_withheld_tiers_give_pictures_and_behaviour(folder, mouse):
    recording = read(folder, shown=("live_test_main",), behaviour=("pupil_x",))
    shown = find(recording, "live_test_main/9")
    assert (shown.train, shown.validation, shown.test) == ((), (), ())
    assert np.isnan(shown.responses).all()
    assert np.array_equal(shown.stimulus[8:9][0, 0], mouse.videos[9][:, :, 8])
    np.testing.assert_allclose(shown.behaviour[:, 0], mouse.pupil[9][0, :30], rtol=1e-6)


def test_neurons_have_their_ids_and_places(folder):
    neurons = read(folder, neurons=2).neurons
    assert [neuron.id for neuron in neurons] == ["100", "107"]
    assert neurons[1].properties == {"x_um": 3.0, "y_um": 4.0, "z_um": 5.0}


def test_neurons_without_ids_are_numbered(folder):
    (folder / "meta/neurons/unit_ids.npy").unlink()
    recording = read(folder)
    assert [neuron.id for neuron in recording.neurons] == ["0", "1", "2"]
    assert any("are numbered" in note for note in recording.provenance.notes)


def test_frames_are_cropped_and_averaged(folder, mouse):
    stimulus = read(folder, crop=(1, 2, 4, 6), size_px=2).presentations[0].stimulus
    assert stimulus.shape == (30, 1, 2, 3)
    trial = int(read(folder).presentations[0].name.split("/")[1])
    assert stimulus[9:10][0, 0, 0, 1] == pytest.approx(mouse.videos[trial][1:3, 4:6, 9].mean(), rel=1e-5)


def test_the_checksum_is_of_the_files_that_are_used(folder):
    before = Sensorium(folder, unscored_frames=5).provenance()
    assert "data/videos/0.npy" in dict(before.files)
    assert "data/responses/8.npy" in dict(before.files)
    assert not any("/9.npy" in name or "behavior" in name for name, _ in before.files)
    np.save(folder / "data/responses/9.npy", np.ones((3, 34)))
    assert Sensorium(folder, unscored_frames=5).provenance().checksum == before.checksum
    np.save(folder / "data/responses/8.npy", np.ones((3, 34)))
    assert Sensorium(folder, unscored_frames=5).provenance().checksum != before.checksum


def test_the_session_has_the_name_of_the_folder(folder, monkeypatch):
    monkeypatch.chdir(folder)
    dataset = Sensorium(Path("."), unscored_frames=5, behaviour=("pupil_x", "pupil_y"))
    assert list(dataset.load()) == list(dataset.describe()) == ["dynamic1-2-3-Video-ab"]
    assert dataset.describe()["dynamic1-2-3-Video-ab"].behaviour == 2


def test_the_poisson_loss_takes_the_responses(folder):
    recording = read(folder)
    assert {each.response_kind for each in recording.presentations} == {"deconvolved calcium"}
    samples = SessionSamples(recording, Window(4, True), torch.device("cpu"))
    assert known_population(samples).lowest_response >= 0


def test_filters_are_found_at_their_lags(tmp_path):
    mouse = make_mouse(train=12, oracle=(2,), frames=260, neurons=6)
    recording = read(mouse.write(tmp_path / "mouse"), unscored_frames=50)
    pieces = [
        (each.stimulus[0:260][:, 0], each.responses[0]) for each in recording.presentations if each.train
    ]
    truth = FileTruth((), mouse.cells.filters, mouse.cells.peak_lag, {}, lambda edges_s: edges_s)
    cosine, peak = cosines(pieces, truth)
    assert np.median(cosine) > 0.93
    assert (peak == mouse.cells.peak_lag).all()
    late = [(frames[1:], responses[:-1]) for frames, responses in pieces]
    assert not (cosines(late, truth)[1] == mouse.cells.peak_lag).any()
    transposed = [(frames[:, ::-1], responses) for frames, responses in pieces]
    assert np.median(cosines(transposed, truth)[0]) < 0.5


def test_images_are_one_bin_each(folder, mouse, tmp_path):
    still = tmp_path / "static1-2-3-GrayImageNet-ab"
    for trial in range(9):
        image = mouse.videos[trial][None, :, :, 7]  # channel height width
        save(still / f"data/images/{trial}.npy", image)
        save(still / f"data/responses/{trial}.npy", mouse.responses[trial][:, 7])
        save(still / f"data/behavior/{trial}.npy", mouse.behaviour[trial][:, 7])
    save(still / "meta/trials/tiers.npy", np.array(mouse.tiers[:9]))
    save(still / "meta/statistics/responses/all/std.npy", mouse.deviation)
    recording = read(still, behaviour=("running_speed",), unscored_frames=50)
    first = find(recording, "oracle/5")
    assert first.stimulus.shape == (1, 1, HEIGHT, WIDTH)
    assert np.array_equal(first.stimulus[0:1][0, 0], mouse.videos[5][:, :, 7])
    np.testing.assert_allclose(
        first.responses[:, 0], [mouse.responses[trial][:, 7] / mouse.deviation for trial in (5, 6)], rtol=1e-5
    )
    assert first.behaviour.shape == (1, 1)
    assert recording.frame_rate_hz == 2
    assert any(note.startswith("images: each is one bin of 500 ms") for note in recording.provenance.notes)


def test_single_silent_trials_are_noted(mouse, tmp_path):
    mouse.responses[6][:] = 0
    recording = read(mouse.write(tmp_path / "mouse"))
    assert any(
        note.startswith("oracle: all responses are zero in 1 of 4 trials") and note.endswith(": 6")
        for note in recording.provenance.notes
    )
