"""Passes through frames: where they begin, and which show the same."""

import numpy as np
import pytest

from sysid_datasets.neurodata.name_match import find_near, find_same
from sysid_datasets.neurodata.pass_identity import identify_ranges, identify_sequences
from sysid_datasets.neurodata.recurrence import find_recurrences

SHUFFLED = np.random.default_rng(0).permutation(60)


def joined(*pieces) -> tuple[np.ndarray, list[int]]:
    return np.concatenate(pieces), np.cumsum([len(piece) for piece in pieces])[:-1].tolist()


@pytest.mark.parametrize(
    "lengths", [(60, 60, 60), (60, 25, 60), (25, 60, 60), (60, 60, 25), (60, 60, 5), (60, 5, 60), (60, 60)]
)
def test_a_sequence_starts_again_also_after_it_was_broken_off(lengths):
    content, expected = joined(*(SHUFFLED[:length] for length in lengths))
    assert find_recurrences(content) == expected


def test_a_sequence_that_opens_with_a_still_picture_starts_again_where_it_does():
    content, expected = joined(*[np.concatenate([np.full(20, 99), SHUFFLED])] * 3)
    assert find_recurrences(content) == expected


def test_what_does_not_repeat_and_what_flickers_is_not_cut():
    generator = np.random.default_rng(1)
    assert find_recurrences(generator.integers(0, 8, 5000)) == []
    assert find_recurrences(generator.integers(0, 2, 5000)) == []
    assert find_recurrences(np.arange(500)) == []
    assert find_recurrences(np.tile([0, 1], 100)) == []
    assert find_recurrences(np.zeros(100, dtype=np.int64)) == []
    assert find_recurrences(np.array([], dtype=np.int64)) == []


def test_passes_with_frames_in_common_show_the_same_and_parts_are_marked():
    whole, resumed, late = np.arange(100), np.arange(40, 100), np.arange(1, 100)
    assert identify_ranges([whole, resumed, whole[:30], late], "movie") == [
        ("movie", False),
        ("movie", True),
        ("movie", True),
        ("movie", False),  # one frame was dropped
    ]
    assert identify_ranges([np.arange(50), np.arange(50, 100)], "movie") == [
        ("movie from frame 0", False),  # the bare name would mean both
        ("movie from frame 50", False),
    ]
    assert identify_ranges([np.arange(60), np.arange(40, 100)], "movie") == [
        ("movie", False),
        ("movie", False),
    ]


def test_sequences_that_begin_alike_show_the_same_and_short_ones_are_marked():
    other = SHUFFLED[::-1]
    assert identify_sequences([SHUFFLED, SHUFFLED[:30], other, SHUFFLED], "noise") == [
        ("noise, sequence 1", False),
        ("noise, sequence 1", True),
        ("noise, sequence 2", False),
        ("noise, sequence 1", False),
    ]


@pytest.mark.parametrize(
    ("known", "name", "same", "near"),
    [
        (["natural_movie_one"], "natural_movie_one", "natural_movie_one", "natural_movie_one"),
        (
            ["Natural_Movie_One_template"],
            "natural_movie_one_presentations",
            *["Natural_Movie_One_template"] * 2,
        ),
        (["natural_movie_one", "natural_movie"], "natural_movie_one_more_repeats", None, "natural_movie_one"),
        (["movie_1"], "movie_10", None, None),
        (["natural_movie_one"], "natural_movie_three", None, None),
        (["movie_a", "movie_b"], "movie", None, None),
        (["the_scenes"], "scenes_presentations", None, "the_scenes"),
        (["_presentations"], "scenes", None, None),
    ],
)
def test_a_name_means_what_is_called_so_or_shares_most_words_with_it(known, name, same, near):
    assert find_same(known, (name,)) == same
    assert find_near(known, (name,)) == near
