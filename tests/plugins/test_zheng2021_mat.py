"""The released two-cell simulation, on a file made here."""

import numpy as np
import pytest
from scipy.io import savemat

import sysid
from sysid_datasets.zheng2021_mat import FILE, Zheng2021Mat

FRAMES = 24


@pytest.fixture
def content():
    generator = np.random.default_rng(0)
    noise = generator.integers(0, 2, (8, 8, FRAMES)) - 0.5
    return {"CB": noise, "fr": generator.uniform(0, 9, (FRAMES, 2))}


@pytest.fixture
def dataset(tmp_path, content):
    savemat(tmp_path / FILE, content, do_compression=True)
    return Zheng2021Mat(path=tmp_path)


def test_axes_are_brought_into_order(dataset, content):
    (presentation,) = dataset.load()["retina"].presentations
    assert presentation.stimulus.shape == (FRAMES, 1, 8, 8)
    assert np.array_equal(presentation.stimulus[5, 0, 2], content["CB"][2, :, 5])
    assert np.array_equal(presentation.responses, content["fr"][None].astype(np.float32))


def test_first_five_sixths_train_and_the_last_of_these_validates(dataset):
    (presentation,) = dataset.load()["retina"].presentations
    assert presentation.train == ((0, 18),)
    assert presentation.validation == ((18, 20),)
    assert presentation.test == ((20, 24),)


def test_description_fits_the_recording(dataset):
    described, recording = dataset.describe()["retina"], dataset.load()["retina"]
    assert recording.frame_shape == (described.channels, described.height, described.width)
    assert len(recording.neurons) == described.neurons


def test_file_itself_may_be_named(dataset, tmp_path):
    assert Zheng2021Mat(path=tmp_path / FILE).provenance() == dataset.provenance()


def test_provenance_says_simulated_and_notes_another_file(dataset):
    provenance = dataset.provenance()
    assert provenance.simulated
    assert provenance.notes[1].startswith(f"{FILE} is not the released file: git blob ")


def test_absent_file_can_have_a_stand_in(tmp_path):
    with pytest.raises(sysid.DataNotFoundError, match=r"v3\.mat: no such file; `sysid fetch zheng2021_hdf5`"):
        Zheng2021Mat(path=tmp_path).load()


def _failure(dataset, tmp_path):
    with pytest.raises(sysid.SysidError) as caught:
        dataset.load()
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{tmp_path}/")


@pytest.mark.parametrize("kept", [0, 50, 200, 400, -10])
def test_truncated_file_is_refused(dataset, tmp_path, kept):
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes()[:kept])
    assert _failure(dataset, tmp_path).startswith(f"{FILE}: expected ")


def test_other_text_is_no_matlab_file(dataset, tmp_path):
    (tmp_path / FILE).write_text("<html>" + 300 * "not found ")
    assert _failure(dataset, tmp_path).startswith(f"{FILE}: expected a whole MATLAB 5 file, got ")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "CB",
            np.zeros((8, 7, FRAMES)),
            "CB: expected numbers (8, 8, frame), got float64 of shape (8, 7, 24)",
        ),
        ("fr", np.zeros((2, FRAMES)), "fr: expected numbers (frame, 2), got float64 of shape (2, 24)"),
        ("fr", np.zeros((FRAMES + 3, 2)), "fr: expected 24 bins, one per frame of CB, got 27"),
        ("fr", None, 'expected variable "fr", found "CB"'),
    ],
)
def test_other_content_is_refused(dataset, tmp_path, content, name, value, message):
    content[name] = value
    savemat(tmp_path / FILE, {key: array for key, array in content.items() if array is not None})
    assert _failure(dataset, tmp_path) == f"{FILE}: {message}"


def test_nan_pixel_is_refused(dataset, tmp_path, content):
    content["CB"][3, 4, 6] = np.nan
    savemat(tmp_path / FILE, content)
    assert _failure(dataset, tmp_path) == (
        f"{FILE}: CB: expected finite pixels, got NaN or infinity, first in frame 6"
    )
