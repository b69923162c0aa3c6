"""Sections of the deposit's movie responses: repeats, times and bins."""

import numpy as np
import pytest

from sysid_datasets.dryad_section import (
    LAST_MS,
    SECTION_MS,
    SectionClock,
    bin_spikes,
    compare_neighbours,
    group_repeats,
    keep_sections,
    place_sections,
)
from sysid_datasets.dryad_spike import SpikeTrains

NEURONS, REPEATS = 3, 4


def draw_trains(seed: int) -> list[np.ndarray]:
    generator = np.random.default_rng(seed)
    return [
        np.sort(generator.choice(np.arange(1, LAST_MS + 1), 240, replace=False))
        for _ in range(NEURONS * REPEATS)
    ]


def gather(trains: list[np.ndarray]) -> SpikeTrains:
    index = np.repeat(np.arange(len(trains)), [len(train) for train in trains])
    return SpikeTrains(NEURONS, REPEATS, index // REPEATS, index % REPEATS, np.concatenate(trains))


def plant_repeats(train: np.ndarray, first: int, steps_ms: list[int]) -> np.ndarray:
    """Make the sections after `first` see the same spikes, each `step` ms earlier than its predecessor."""
    start = first * SECTION_MS
    stop = start + (len(steps_ms) + 1) * SECTION_MS
    kept = [train[(train <= start) | (train > stop)]]
    source = np.sort(np.random.default_rng(int(train[0])).choice(np.arange(1, 800), 30, replace=False))
    for index, offset in enumerate(np.cumsum([0, *steps_ms])):
        local = source - offset
        kept.append(local[(local >= 1) & (local <= SECTION_MS)] + start + index * SECTION_MS)
    return np.concatenate(kept)


def test_a_planted_run_is_found_with_its_larger_last_step():
    trains = [plant_repeats(train, 20, [10, 10, 10, 30]) for train in draw_trains(0)]
    assert group_repeats(compare_neighbours(gather(trains))) == ((20, 24),)


def test_a_run_may_end_with_the_file():
    trains = [plant_repeats(train, 57, [10, 10]) for train in draw_trains(1)]
    assert group_repeats(compare_neighbours(gather(trains))) == ((57, 59),)


def test_independent_sections_are_no_repeats():
    assert not compare_neighbours(gather(draw_trains(2))).any()


def test_a_few_spikes_that_agree_are_no_repeats():
    nine = np.array(
        [100, 150, 200]
    )  # 3 spikes in each of 3 trains, one section and again 10 ms earlier in the next
    trains = [np.concatenate([nine, nine - 10 + SECTION_MS])] * 3 + [np.array([], int)] * 9
    assert not compare_neighbours(gather(trains)).any()


def test_a_silent_file_has_no_repeats():
    assert group_repeats(compare_neighbours(gather([np.array([], int)] * 12))) == ()


def test_each_run_of_repeats_keeps_its_first_section():
    kept = keep_sections(((2, 4), (58, 59)))
    assert len(kept) == 57
    assert {2, 5, 58} <= set(kept)
    assert not {3, 4, 59} & set(kept)


@pytest.mark.parametrize("frame_rate_hz", [30.0, 30.19, 9.7])
def test_the_frames_of_a_section_lie_wholly_inside_it(frame_rate_hz):
    clock = SectionClock(3.85, 0.8, 0.3, frame_rate_hz)
    first, stop = clock.frames(np.arange(45))
    for place in range(45):
        onset = 3.85 + 0.8 * place
        inside = [
            frame
            for frame in range(2000)
            if frame / frame_rate_hz >= onset - 1e-6 and (frame + 1) / frame_rate_hz <= onset + 0.3 + 1e-6
        ]
        assert list(range(first[place], stop[place])) == inside


def test_a_section_shorter_than_a_frame_holds_no_frame_or_one():
    first, stop = SectionClock(0.0, 0.8, 0.3, 1.0).frames(np.arange(8))
    assert (stop == first).all()


def test_sections_that_run_off_the_movie_do_not_fit():
    clock = SectionClock(-0.2, 0.8, 0.3, 10.0)
    placement = place_sections(np.arange(5), np.arange(5), clock, frames=30)
    # onsets −.2, .6, 1.4, 2.2, 3.0 s: the first begins before the movie, the last ends after its 3 s
    np.testing.assert_array_equal(placement.fits, [False, True, True, True, False])


@pytest.mark.parametrize("shuffled", [False, True])
def test_binned_spikes_equal_those_counted_one_by_one(shuffled):
    trains, clock, frames = draw_trains(3), SectionClock(0.43, 0.8, 0.3, 11.3, late_s=1.1), 300
    sections = keep_sections(((20, 24),))
    order = np.roll(np.arange(len(sections)), 7) if shuffled else np.arange(len(sections))
    placement = place_sections(sections, order, clock, frames)
    assert not placement.fits.all()
    assert placement.fits.any()
    found, counts = bin_spikes(gather(trains), placement, clock)
    actual = np.full((REPEATS, frames, NEURONS), np.nan)
    actual[:, found] = counts

    expected = np.full((REPEATS, frames, NEURONS), np.nan)
    for section, place in zip(sections, order, strict=True):
        onset = 0.43 + 1.1 + 0.8 * place
        inside = [f for f in range(frames * 2) if onset <= f / 11.3 and (f + 1) / 11.3 <= onset + 0.3]
        if max(inside) >= frames:
            continue
        expected[:, inside] = 0
        for index, train in enumerate(trains):
            for time in train[(train > section * 300) & (train <= section * 300 + 300)]:
                frame = int((onset + (time - section * 300 - 0.5) / 1000) * 11.3)
                if frame in inside:
                    expected[index % REPEATS, frame, index // REPEATS] += 1
    np.testing.assert_array_equal(actual, expected)
    assert np.nansum(expected) > 100
