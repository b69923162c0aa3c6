"""What is wrong with a folder of the SENSORIUM competition, or with what is asked of it, is one line."""

import re

import numpy as np
import pytest

import sysid
from sysid_datasets.sensorium import Sensorium
from tests.sensorium_folder import make_mouse, save


@pytest.fixture
def mouse():
    return make_mouse()


@pytest.fixture
def folder(mouse, tmp_path):
    return mouse.write(tmp_path / "mouse")


def read(folder, **fields):
    return Sensorium(folder, **{"unscored_frames": 5} | fields).load()


def damage(name, change):
    """Return what replaces an array of a folder by what `change` makes of it."""

    def apply(folder):
        path = folder / name
        np.save(path, change(np.load(path)))

    return apply


def put_nan(array, *at):
    array[at] = np.nan
    return array


def remove(*names):
    """Return what moves files or folders away."""

    def apply(folder):
        for number, name in enumerate(names):
            (folder / name).rename(folder / f"elsewhere{number}")

    return apply


def leave(_folder):
    """Change nothing: it is a field that is wrong."""


WRONG = {
    "no videos": (
        remove("data/videos"),
        {},
        "mouse: expected a folder of the SENSORIUM competition, got none of data/videos or data/images in it",
    ),
    "no tiers": (remove("meta/trials/tiers.npy"), {}, "got none of meta/trials/tiers.npy in it"),
    "no meta, no responses": (
        remove("meta", "data/responses"),
        {},
        "got none of data/responses, meta/trials/tiers.npy in it",
    ),
    "a video that is not there": (
        remove("data/videos/2.npy"),
        {},
        "data/videos/2.npy: no such file",
    ),
    "responses that are not there": (
        remove("data/responses/2.npy"),
        {},
        "data/responses/2.npy: no such file",
    ),
    "behaviour that is not there": (
        remove("data/behavior"),
        {"behaviour": ("running_speed",)},
        "data/behavior/0.npy: expected a file, as `behaviour` asks for running_speed, got none",
    ),
    "nothing to train on": (
        remove("data/responses/0.npy", *(f"data/responses/{trial}.npy" for trial in range(1, 5))),
        {},
        "data/responses: expected responses of the trials to train on, got none",
    ),
    "no statistics": (
        remove("meta/statistics"),
        {},
        "meta/statistics/responses/all/std.npy: expected each neuron's standard deviation, got no file; "
        "responses_scaling = false leaves responses as they are",
    ),
    "statistics of zero": (
        damage("meta/statistics/responses/all/std.npy", np.zeros_like),
        {},
        "std.npy: expected standard deviations above zero, got none",
    ),
    "statistics of others": (
        damage("meta/statistics/responses/all/std.npy", lambda array: array[:2]),
        {},
        r"std.npy: expected \(3,\) or \(3, time\), got \(2, 34\)",
    ),
    "a video with colours": (
        damage("data/videos/1.npy", lambda array: array[None]),
        {},
        r"data/videos/1.npy: expected \(height, width, time\), got shape \(1, 6, 8, 34\)",
    ),
    "a video of another size": (
        damage("data/videos/1.npy", lambda array: array[1:]),
        {},
        r"data/videos/1.npy: expected \(channel, height, width\) \(1, 6, 8\) as in 0.npy, got \(1, 5, 8\)",
    ),
    "a video of text": (
        damage("data/videos/1.npy", lambda array: array.astype(str)),
        {},
        "data/videos/1.npy: expected numbers, got <U",
    ),
    "NaN in a video": (
        damage("data/videos/1.npy", lambda array: put_nan(array, 2, 3, slice(11, 13))),
        {},
        "data/videos/1.npy: expected NaN only after the last frame, 29, got some in 2 frames, the first 11",
    ),
    "infinity in a video": (
        damage("data/videos/1.npy", lambda array: np.where(array > 250, np.inf, array)),
        {},
        "data/videos/1.npy: expected finite pixels, got NaN or infinity",
    ),
    "nothing but NaN": (
        damage("data/videos/1.npy", lambda array: array * np.nan),
        {},
        "data/videos/1.npy: expected frames, got NaN throughout",
    ),
    "responses with the axes exchanged": (
        damage("data/responses/1.npy", lambda array: array.T),
        {},
        "data/responses/1.npy: expected 3 neurons, as in other trials, got 34",
    ),
    "responses of other neurons": (
        damage("data/responses/6.npy", lambda array: array[:2]),
        {},
        "data/responses/6.npy: expected 3 neurons, as in other trials, got 2",
    ),
    "responses for other frames": (
        damage("data/responses/1.npy", lambda array: array[:, :30]),
        {},
        "data/responses/1.npy: expected 34 frames in time, as in videos/1.npy, got 30",
    ),
    "responses without time": (
        damage("data/responses/1.npy", lambda array: array[:, 0]),
        {},
        r"data/responses/1.npy: expected \(neuron, time\), got shape \(3,\)",
    ),
    "infinite responses": (
        damage("data/responses/1.npy", lambda array: array / 0.0),
        {},
        "data/responses/1.npy: expected numbers or NaN, got infinity",
    ),
    "behaviour of one row": (
        damage("data/behavior/1.npy", lambda array: array[:1]),
        {"behaviour": ("running_speed",)},
        r"data/behavior/1.npy: expected \(2 or 3, time\), got shape \(1, 34\)",
    ),
    "ids of others": (
        damage("meta/neurons/unit_ids.npy", lambda array: array[:2]),
        {},
        r"meta/neurons/unit_ids.npy: expected 3 neurons, as in data/responses, got shape \(2,\)",
    ),
    "ids twice": (
        damage("meta/neurons/unit_ids.npy", np.zeros_like),
        {},
        "meta/neurons/unit_ids.npy: expected different ids, got some twice",
    ),
    "hashes of other trials": (
        lambda folder: save(folder / "meta/trials/condition_hash.npy", np.array(["a"])),
        {},
        r"meta/trials/condition_hash.npy: expected one for each of 10 trials, got \(1,\)",
    ),
    "tiers that are numbers": (
        damage("meta/trials/tiers.npy", lambda array: np.arange(len(array))),
        {},
        r"meta/trials/tiers.npy: expected one text per trial, got int64 of shape \(10,\)",
    ),
    "a tier that is not there": (
        leave,
        {"test": ("orcale",)},
        r'mouse: meta/trials/tiers.npy: expected trials of the tier "orcale" that `test` names, got '
        r"train \(5\), oracle \(4\), live_test_main \(1\)",
    ),
    "a tier twice": (
        leave,
        {"validation": ("train",)},
        'sensorium: validation: expected other tiers than in train, got "train"',
    ),
    "withheld responses": (
        leave,
        {"test": ("oracle", "live_test_main")},
        'mouse: test: expected tiers with recorded responses, got "live_test_main", whose 1 trials have been '
        r"withheld \(data/responses is zero throughout\); `shown` takes such tiers",
    ),
    "withheld files": (
        remove("data/responses/9.npy"),
        {"test": ("live_test_main",)},
        r"withheld \(data/responses is not there\); `shown` takes such tiers",
    ),
    "only unscored frames": (
        leave,
        {"unscored_frames": 30},
        "data/videos/0.npy: expected more than unscored_frames = 30 frames, got 30",
    ),
    "a crop beyond the frame": (
        leave,
        {"crop": (0, 5, 6, 4)},
        r"crop: expected \[top, left, height, width\] within 6 × 8 px, got \[0, 5, 6, 4\]",
    ),
    "a crop of nothing": (
        leave,
        {"crop": (0, 0, 0, 4)},
        r"sensorium: crop: expected \[top, left, height, width\] with some height and width, got "
        r"\[0, 0, 0, 4\]",
    ),
    "frames made larger": (
        leave,
        {"size_px": 7},
        "size_px: expected at most the height of the pictures, 6 px, got 7",
    ),
    "a name in place of names": (
        leave,
        {"test": "oracle"},
        r'sensorium: test: expected an array of names, \("oracle",\), got "oracle"',
    ),
    "no tier to train on": (leave, {"train": ()}, "sensorium: train: expected at least one tier, got none"),
}


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")  # how infinite responses are made here
@pytest.mark.parametrize(("change", "fields", "said"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_one_line(folder, change, fields, said):
    change(folder)
    with pytest.raises(sysid.SysidError, match=said) as caught:
        read(folder, **fields)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_array_is_one_line(folder):
    (folder / "data/videos/0.npy").write_bytes(b"no array")
    with pytest.raises(sysid.SysidError, match=r"expected an array as \.npy: "):
        read(folder)


def test_a_file_that_is_cut_short_is_one_line(folder):
    path = folder / "data/responses/0.npy"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(sysid.SysidError, match=r"responses/0.npy: expected an array as .npy: "):
        read(folder)


def test_a_zip_file_is_to_be_unpacked(tmp_path):
    zipped = tmp_path / "mouse.zip"
    zipped.write_bytes(b"PK")
    said = "expected a folder, got a zip file: unpack it, and set `path` to the folder with data and meta"
    with pytest.raises(sysid.SysidError, match=re.escape(f"{zipped}: {said}")):
        read(zipped)
    with pytest.raises(
        sysid.DataNotFoundError, match=r"mouse: no such folder, but mouse.zip is there: unpack"
    ):
        read(tmp_path / "mouse")


def test_a_folder_in_a_folder_is_named(folder):
    with pytest.raises(sysid.SysidError, match=f"in it; set `path` to {re.escape(str(folder))}$"):
        read(folder.parent)


def test_a_folder_that_is_nowhere_is_not_found(tmp_path):
    with pytest.raises(sysid.DataNotFoundError, match="set `path` to where it is"):
        read(tmp_path / "nowhere")
