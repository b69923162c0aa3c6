"""Parts of the split: repeats together, the last share in time, images at random."""

import numpy as np
import pytest

from sysid_datasets.neurodata.split import Stretch, find_repeated, split_parts, to_ranges


def make_stretch(identity, bins, *, repeats=1, is_image=False, bin_s=0.1, unrecorded=()):
    recorded = np.ones(bins, dtype=bool)
    recorded[list(unrecorded)] = False
    return Stretch(identity, is_image, repeats, bin_s * np.arange(bins), recorded)


def split(stretches, *, tested=None, validation=0.1, test=0.2):
    marks = [np.zeros(len(each.recorded), dtype=bool) for each in stretches]
    for number in tested or ():
        marks[number][:] = True
    return split_parts(stretches, marks, validation, test)


def count(parts, part):
    return sum(int((own == part).sum()) for own in parts)


def test_one_long_movie_is_divided_in_time_train_validation_test():
    (own,) = split([make_stretch("noise", 100)])
    assert to_ranges(own, "train") == ((0, 72),)
    assert to_ranges(own, "validation") == ((72, 80),)
    assert to_ranges(own, "test") == ((80, 100),)


def test_shares_are_of_the_recorded_bins():
    (own,) = split([make_stretch("noise", 100, unrecorded=range(50, 100))])
    assert to_ranges(own, "test") == ((40, 100),)
    assert to_ranges(own, "train") == ((0, 36),)


def test_whole_movies_are_taken_where_they_come_near_the_share():
    stretches = [make_stretch(f"clip{number}", 11) for number in range(10)]
    parts = split(stretches)
    assert [own[0] for own in parts] == ["train"] * 7 + ["validation"] + ["test"] * 2
    assert all(len(set(own)) == 1 for own in parts)


def test_the_last_of_few_movies_is_divided():
    parts = split([make_stretch("first", 50), make_stretch("last", 50)], validation=0.0)
    assert to_ranges(parts[1], "test") == ((30, 50),)
    assert set(parts[0]) == {"train"}


def test_repeats_that_lack_frames_are_divided_at_the_same_time_after_onset():
    """Whole and with every third frame dropped: what follows 6 s is tested on in both."""
    whole = make_stretch("movie", 100)
    lacking = Stretch("movie", False, 1, whole.since_onset_s[::3], np.ones(34, dtype=bool))
    parts = split([whole, lacking], validation=0.0, test=0.4)
    for own, stretch in zip(parts, (whole, lacking), strict=True):
        tested = stretch.since_onset_s[own == "test"]
        assert tested.min() == pytest.approx(6.0, abs=0.3)
        assert (stretch.since_onset_s[own == "train"] < tested.min()).all()
    assert abs((whole.since_onset_s[parts[0] == "test"]).min() - 6.0) < 0.11


def test_validation_is_the_last_share_of_what_is_not_tested():
    parts = split([make_stretch("noise", 60), make_stretch("movie", 30, repeats=5)], tested=[1])
    assert to_ranges(parts[0], "validation") == ((54, 60),)
    assert set(parts[1]) == {"test"}


def test_marked_bins_within_a_movie_are_tested_and_the_rest_goes_on():
    stretch = make_stretch("noise", 100)
    marks = np.zeros(100, dtype=bool)
    marks[30:40] = True
    (own,) = split_parts([stretch], [marks], 0.1, 0.2)
    assert to_ranges(own, "test") == ((30, 40),)
    assert to_ranges(own, "validation") == ((91, 100),)
    assert to_ranges(own, "train") == ((0, 30), (40, 91))


def test_images_are_drawn_in_a_fixed_order_that_is_not_that_of_the_file():
    stretches = [make_stretch(f"image {number:03d}", 1, is_image=True) for number in range(50)]
    parts = split(stretches)
    assert (count(parts, "test"), count(parts, "validation"), count(parts, "train")) == (10, 4, 36)
    tested = [number for number, own in enumerate(parts) if own[0] == "test"]
    assert tested != list(range(40, 50))
    reversed_parts = split(stretches[::-1])
    assert [own[0] for own in reversed_parts[::-1]] == [own[0] for own in parts]


def test_all_presentations_of_an_image_are_in_one_part():
    stretches = [make_stretch(f"image {number % 10}", 2, is_image=True) for number in range(30)]
    parts = split(stretches)
    for number in range(10):
        assert len({part for own in parts[number::10] for part in own}) == 1


def test_nothing_validates_where_the_fraction_is_zero():
    assert count(split([make_stretch("noise", 10)], validation=0.0), "validation") == 0


def test_a_stimulus_that_is_repeated_tests_where_another_is_not():
    once, repeated = make_stretch("noise", 100), make_stretch("movie", 10, repeats=4)
    assert find_repeated([once, repeated]) == ("movie",)
    assert find_repeated([once]) == ()
    assert find_repeated([repeated, make_stretch("other", 10, repeats=2)]) == ()


def test_a_repeat_that_lacks_frames_counts_as_one():
    assert find_repeated(
        [make_stretch("noise", 50), make_stretch("movie", 10), make_stretch("movie", 9)]
    ) == ("movie",)


def test_images_that_repeat_by_chance_do_not_test():
    often = [make_stretch(f"image {number}", 1, is_image=True, repeats=2) for number in range(6)]
    once = [make_stretch(f"image {number}", 1, is_image=True) for number in range(6, 10)]
    assert find_repeated(often + once) == ()
    assert len(find_repeated(often[:3] + once)) == 3


@pytest.mark.parametrize(
    ("parts", "ranges"),
    [("tttvv", ((0, 3),)), ("vtvtt", ((1, 2), (3, 5))), ("vv", ()), ("", ())],
)
def test_ranges_are_the_runs_of_a_part(parts, ranges):
    assert to_ranges(np.array(list(parts), dtype="<U10"), "t") == ranges
