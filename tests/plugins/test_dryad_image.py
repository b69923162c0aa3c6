"""Presentations of flashed images."""

import numpy as np
import pytest

from sysid import SysidError
from sysid_datasets.dryad_image import join_counts, present_images, split_images

STIMULUS = np.arange(4, dtype=np.uint8)[:, None, None, None] * np.ones((1, 1, 2, 2), np.uint8)
COUNTS = np.random.default_rng(0).integers(0, 9, (3, 4, 5, 2)).astype(np.float32)  # shift image repeat neuron
PARTS = np.array(["train", "test", "validation", "train"])


def test_an_image_is_one_bin_with_its_own_responses():
    presentations = present_images("image", STIMULUS, COUNTS[:1], PARTS, draw=None)
    assert [each.name for each in presentations] == ["image001", "image002", "image003", "image004"]
    for image, each in enumerate(presentations):
        np.testing.assert_array_equal(each.stimulus, STIMULUS[image : image + 1])
        np.testing.assert_array_equal(each.responses[:, 0], COUNTS[0, image])
        assert each.ranges(PARTS[image]) == ((0, 1),)
        assert each.bin_duration_s == pytest.approx([0.3])


def test_the_shifts_of_an_image_share_its_identity_and_part():
    presentations = present_images("image", STIMULUS, COUNTS, PARTS, draw=None)
    assert len(presentations) == 12
    of_second = [each for each in presentations if each.identity == "image002"]
    assert [each.name for each in of_second] == ["image002/shift1", "image002/shift2", "image002/shift3"]
    assert all(each.test for each in of_second)
    np.testing.assert_array_equal(of_second[2].responses[:, 0], COUNTS[2, 1])


def test_shuffling_gives_every_image_the_responses_of_another():
    for each, image in zip(
        present_images("image", STIMULUS, COUNTS[:1], PARTS, draw=1), range(4), strict=True
    ):
        source = [other for other in range(4) if np.array_equal(each.responses[:, 0], COUNTS[0, other])]
        assert len(source) == 1
        assert source != [image]


def test_fewer_images_than_responses_is_an_error():
    with pytest.raises(SysidError, match="image: expected an image for each of 4 responses, got 3 images"):
        present_images("image", STIMULUS[:3], COUNTS, PARTS, draw=None)


def test_missing_repeats_are_nan():
    joined = join_counts((np.ones((1, 4, 5, 2), int), np.zeros((1, 4, 3, 1), int)))
    assert joined.shape == (1, 4, 5, 3)
    assert joined.dtype == np.float32
    assert (joined[..., :2] == 1).all()
    assert (joined[:, :, :3, 2] == 0).all()
    assert np.isnan(joined[:, :, 3:, 2]).all()


def test_folds_over_images_test_each_once_and_mix_their_order():
    splits = [split_images(60, 5, fold, 0.2) for fold in range(5)]
    np.testing.assert_array_equal(sum(parts == "test" for parts in splits), np.ones(60))
    first = np.flatnonzero(splits[0] == "test")
    assert (np.diff(first) > 1).any()
    np.testing.assert_array_equal(splits[0], split_images(60, 5, 0, 0.2))
