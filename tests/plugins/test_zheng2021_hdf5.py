"""The released recording, on files made here."""

import re

import h5py
import numpy as np
import pytest

import sysid
from sysid_datasets.zheng2021_hdf5 import Zheng2021HDF5

SIZE, NEURONS, TRIALS = 4, 3, 5
FRAMES = {"trn": 20, "tst": 7}
NAMES = {"trn": "train_mov3.hdf5", "tst": "test_mov3.hdf5"}


@pytest.fixture
def content():
    generator = np.random.default_rng(0)
    arrays = {}
    for part, frames in FRAMES.items():
        trials = generator.integers(0, 4, (TRIALS, NEURONS, frames)).astype(np.float64)
        arrays[f"mov3_{part}_x"] = generator.uniform(0, 255, (SIZE, SIZE, frames))
        arrays[f"mov3_{part}_y"] = trials
        arrays[f"mov3_{part}_r"] = 30 * np.minimum(trials, 1).mean(axis=0)
    return arrays


def _write(folder, content):
    for part, name in NAMES.items():
        with h5py.File(folder / name, "w") as file:
            for key, values in content.items():
                if part in key:
                    file[key] = values


@pytest.fixture
def dataset(tmp_path, content):
    _write(tmp_path, content)
    return Zheng2021HDF5(path=tmp_path, neurons=NEURONS, size_px=SIZE)


def test_axes_are_brought_into_order(dataset, content):
    train, test = dataset.load()["retina"].presentations
    assert train.stimulus.shape == (20, 1, SIZE, SIZE)
    assert test.responses.shape == (TRIALS, 7, NEURONS)
    assert train.stimulus[13:14][0, 0, 1, 2] == np.float32(content["mov3_trn_x"][1, 2, 13])
    assert test.responses[4, 6, 1] == min(content["mov3_tst_y"][4, 1, 6], 1)


def test_last_block_of_training_file_is_for_validation(dataset):
    train, test = dataset.load()["retina"].presentations
    assert (train.train, train.validation, train.test) == (((0, 18),), ((18, 20),), ())
    assert (test.train, test.validation, test.test) == ((), (), ((0, 7),))


def test_spikes_are_clipped_unless_told_otherwise(dataset, tmp_path):
    assert dataset.load()["retina"].presentations[0].responses.max() == 1
    whole = Zheng2021HDF5(path=tmp_path, neurons=NEURONS, size_px=SIZE, clip_spikes=False)
    assert whole.load()["retina"].presentations[0].responses.max() == 3


def test_mean_is_delivered_as_stored(tmp_path, content, dataset):
    mean = Zheng2021HDF5(path=tmp_path, neurons=NEURONS, size_px=SIZE, responses="mean")
    responses = mean.load()["retina"].presentations[0].responses
    assert np.array_equal(responses, content["mov3_trn_r"].T[None].astype(np.float32))


def test_unit_of_the_mean_is_recorded(dataset):
    notes = dataset.load()["retina"].provenance.notes
    for name, note in zip(NAMES.values(), notes[2:], strict=True):
        assert note.startswith(f"{name}: mov3_t")
        as_stored, clipped = re.findall(r"([\d.]+) times the mean \(rms deviation ([-+.\de]+)\)", note)
        assert float(as_stored[0]) != pytest.approx(30, rel=0.1)
        assert float(clipped[0]) == 30  # what the fixture multiplied the clipped mean by
        assert float(clipped[1]) < 1e-4 < float(as_stored[1])


def test_bytes_stay_bytes(tmp_path, content):
    content["mov3_trn_x"] = content["mov3_trn_x"].astype(np.uint8)
    _write(tmp_path, content)
    train, test = Zheng2021HDF5(path=tmp_path, neurons=NEURONS, size_px=SIZE).load()["retina"].presentations
    assert train.stimulus[0:2].dtype == train.stimulus.dtype == np.uint8
    assert test.stimulus[0:2].dtype == test.stimulus.dtype == np.float32


def test_unrecorded_bins_stay_unrecorded(tmp_path, content):
    content["mov3_trn_y"][2, 1, 5] = np.nan
    _write(tmp_path, content)
    recording = Zheng2021HDF5(path=tmp_path, neurons=NEURONS, size_px=SIZE).load()["retina"]
    broken = np.argwhere(np.isnan(recording.presentations[0].responses))
    assert broken.tolist() == [[2, 5, 1]]


def test_description_needs_no_files(tmp_path, monkeypatch):
    monkeypatch.setenv("SYSID_DATA_DIR", str(tmp_path / "nothing"))
    described = Zheng2021HDF5().describe()["retina"]
    assert (described.channels, described.height, described.width, described.neurons) == (1, 90, 90, 80)


def test_description_fits_the_recording(dataset):
    described, recording = dataset.describe()["retina"], dataset.load()["retina"]
    assert recording.frame_shape == (described.channels, described.height, described.width)
    assert len(recording.neurons) == described.neurons
    assert recording.frame_rate_hz == described.frame_rate_hz


def test_files_are_found_by_folder_by_file_and_by_environment(dataset, tmp_path, monkeypatch):
    by_file = Zheng2021HDF5(path=tmp_path / "train_mov3.hdf5", neurons=NEURONS, size_px=SIZE)
    folder = tmp_path / "data" / "zheng2021_hdf5"
    folder.mkdir(parents=True)
    for name in NAMES.values():
        (folder / name).write_bytes((tmp_path / name).read_bytes())
    monkeypatch.setenv("SYSID_DATA_DIR", str(tmp_path / "data"))
    by_environment = Zheng2021HDF5(neurons=NEURONS, size_px=SIZE)
    assert dataset.provenance() == by_file.provenance() == by_environment.provenance()


def test_provenance_notes_files_that_were_not_released(dataset):
    provenance = dataset.provenance()
    assert not provenance.simulated
    assert [name for name, _ in provenance.files] == list(NAMES.values())
    for name, note in zip(NAMES.values(), provenance.notes, strict=True):
        assert note.startswith(f"{name} is not the released file: git blob ")


def test_checksum_follows_the_content(dataset, tmp_path):
    before = dataset.provenance().checksum
    with h5py.File(tmp_path / "test_mov3.hdf5", "a") as file:
        file["mov3_tst_y"][0, 0, 0] += 1
    assert dataset.provenance().checksum != before


def test_absent_file_can_have_a_stand_in(dataset, tmp_path):
    (tmp_path / "test_mov3.hdf5").unlink()
    with pytest.raises(
        sysid.DataNotFoundError, match=r"test_mov3\.hdf5: no such file; `sysid fetch zheng2021"
    ):
        dataset.provenance()


def _failure(dataset, tmp_path, content):
    _write(tmp_path, content)
    with pytest.raises(sysid.SysidError) as caught:
        dataset.load()
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{tmp_path}/")


def test_missing_dataset_is_named(dataset, tmp_path, content):
    del content["mov3_trn_x"]
    assert _failure(dataset, tmp_path, content) == (
        'train_mov3.hdf5: expected dataset "mov3_trn_x", found "mov3_trn_r", "mov3_trn_y"'
    )


@pytest.mark.parametrize(("end", "frames"), [("r", 23), ("y", 23), ("y", 19)])
def test_responses_of_another_length_are_refused(dataset, tmp_path, content, end, frames):
    key = f"mov3_trn_{end}"
    content[key] = np.zeros((*content[key].shape[:-1], frames))
    assert _failure(dataset, tmp_path, content) == (
        f"train_mov3.hdf5: {key}: expected 20 bins, one per frame of mov3_trn_x, got {frames}"
    )


def test_nan_pixel_is_refused(dataset, tmp_path, content):
    content["mov3_tst_x"][1, 2, 4:] = np.nan
    assert _failure(dataset, tmp_path, content) == (
        "test_mov3.hdf5: mov3_tst_x: expected finite pixels, got NaN or infinity, first in frame 4"
    )


@pytest.mark.parametrize(
    ("key", "shape", "words"),
    [
        ("mov3_trn_x", (SIZE, SIZE + 1, 20), "(4, 4, frame)"),
        ("mov3_trn_x", (20,), "(4, 4, frame)"),
        ("mov3_trn_x", (), "(4, 4, frame)"),
        ("mov3_trn_r", (NEURONS + 1, 20), "(3, frame)"),
        ("mov3_trn_y", (NEURONS, 20), "(trial, 3, frame)"),
        ("mov3_trn_y", (TRIALS, NEURONS + 1, 20), "(trial, 3, frame)"),
    ],
)
def test_other_shapes_are_refused(dataset, tmp_path, content, key, shape, words):
    content[key] = np.zeros(shape)
    assert _failure(dataset, tmp_path, content) == (
        f"train_mov3.hdf5: {key}: expected shape {words}, got {shape}"
    )


@pytest.mark.parametrize(
    ("key", "shape"), [("mov3_trn_x", (SIZE, SIZE, 0)), ("mov3_trn_y", (0, NEURONS, 20))]
)
def test_empty_datasets_are_refused(dataset, tmp_path, content, key, shape):
    content[key] = np.zeros(shape)
    assert _failure(dataset, tmp_path, content) == (
        f"train_mov3.hdf5: {key}: expected numbers, got float64 of shape {shape}"
    )


def test_truncated_file_is_refused(dataset, tmp_path):
    path = tmp_path / "train_mov3.hdf5"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(
        sysid.SysidError, match=r"train_mov3\.hdf5: expected an HDF5 file, got .*truncated file"
    ):
        dataset.load()


def test_silent_trials_give_no_factor(tmp_path, content, dataset):
    content["mov3_trn_y"][:] = 0
    _write(tmp_path, content)
    notes = dataset.load()["retina"].provenance.notes
    assert notes[2].startswith(
        "train_mov3.hdf5: mov3_trn_r is not comparable with the mean of mov3_trn_y as stored"
    )
