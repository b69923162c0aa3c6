"""Repeats of a video are found though no two files are the same."""

import numpy as np
import pytest

from sysid_datasets.sensorium_folder import open_folder
from sysid_datasets.sensorium_picture import scan_picture
from sysid_datasets.sensorium_repeat import find_identities
from tests.sensorium_folder import make_mouse

GREY = 128.0


@pytest.fixture
def mouse():
    return make_mouse(train=6, oracle=(), withheld=0, frames=40)


def identify(mouse, tmp_path):
    folder = open_folder(mouse.write(tmp_path / "mouse"))
    identity, _ = find_identities(folder, {trial: scan_picture(folder, trial) for trial in range(6)})
    return identity


def test_videos_of_their_own_stay_apart(mouse, tmp_path):
    assert identify(mouse, tmp_path) == {trial: trial for trial in range(6)}


def test_a_few_frames_shown_twice_or_left_out_make_no_other_video(mouse, tmp_path):
    late = mouse.videos[1].copy()
    late[:, :, [8, 20, 31]] = late[:, :, [7, 19, 30]]
    mouse.videos[4] = late + 0.4  # and rounded otherwise
    assert identify(mouse, tmp_path) == {0: 0, 1: 1, 2: 2, 3: 3, 4: 1, 5: 5}


def test_half_a_video_in_common_is_not_the_same(mouse, tmp_path):
    mouse.videos[4][:, :, :20] = mouse.videos[1][:, :, :20]
    assert identify(mouse, tmp_path)[4] == 4


def test_a_video_that_was_cut_off_early_is_another(mouse, tmp_path):
    mouse.videos[4] = mouse.videos[1].copy()
    mouse.videos[4][:, :, 20:] = np.nan
    assert identify(mouse, tmp_path)[4] == 4


def test_grey_between_images_does_not_make_videos_equal(mouse, tmp_path):
    for video in mouse.videos:
        video[:, :, :32] = GREY
    mouse.videos[5] = mouse.videos[2].copy()
    assert identify(mouse, tmp_path) == {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 2}


def test_grey_throughout_is_told_by_its_level(mouse, tmp_path):
    mouse.videos[1][:, :, :40] = mouse.videos[3][:, :, :40] = GREY
    mouse.videos[4][:, :, :40] = GREY + 30
    identity = identify(mouse, tmp_path)
    assert (identity[3], identity[4]) == (1, 4)
