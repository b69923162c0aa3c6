"""Showings, responses and behaviour become presentations: with fakes for what reads the file."""

from itertools import pairwise

import attrs
import numpy as np
import pytest

from sysid import Neuron, SysidError
from sysid_datasets.neurodata.answer import read_answers
from sysid_datasets.neurodata.assembly import present
from sysid_datasets.neurodata.doubt import find_doubts
from sysid_datasets.neurodata.gathering import LONGEST_GAP_S, read_bins
from sysid_datasets.neurodata.grouping import group_repeats
from sysid_datasets.neurodata.held_out import mark_held_out
from sysid_datasets.neurodata.interval_table import read_intervals
from sysid_datasets.neurodata.note import note_parts, note_showings
from sysid_datasets.neurodata.opening import open_nwb
from sysid_datasets.neurodata.showing import Showing
from sysid_datasets.neurodata.split import find_repeated, split_parts
from sysid_datasets.neurodata.twin import drop_twins
from tests.neurodata_file import begin, write

NO_INTERVALS = np.empty((0, 2))


class Pixels:
    shape = (50, 1, 4, 6)
    dtype = np.dtype(np.uint8)

    def take(self, frames):
        return np.repeat(frames, 24).reshape(-1, 1, 4, 6).astype(np.uint8)


@attrs.frozen(eq=False)
class Spikes:
    """One neuron per train: what `Responses` promises, in its slowest form."""

    trains: tuple
    span_s: tuple[float, float] = (0.0, 1000.0)
    kind: str = "spikes"
    unit: str = "spikes"
    gap_s: float = 10.0
    notes: tuple[str, ...] = ()

    @property
    def neurons(self):
        return tuple(Neuron(str(number)) for number in range(len(self.trains)))

    def in_bins(self, edges_s):
        first_s, last_s = self.span_s
        counts = [
            [
                sum(start <= time < stop for time in train) if start >= first_s and stop <= last_s else np.nan
                for train in self.trains
            ]
            for start, stop in pairwise(edges_s)
        ]
        return np.array(counts, dtype=np.float32).reshape(len(edges_s) - 1, len(self.trains))


def tell_time(edges_s):
    """A channel of behaviour that tells the middle of each bin."""
    return ((edges_s[:-1] + edges_s[1:]) / 2)[:, None].astype(np.float32)


def make_showing(
    name, onset_s, frames, *, identity="", kind="movie", frame_s=0.5, aborted=False, edges_s=None
):
    frame = np.asarray(frames, dtype=np.int64)
    edges_s = onset_s + frame_s * np.arange(len(frame) + 1) if edges_s is None else np.asarray(edges_s)
    return Showing(
        name=name,
        source=name.split("/")[0],
        identity=identity or name.split("/")[0],
        repeat=0,
        pixels=Pixels(),
        frame=frame,
        edges_s=edges_s.astype(np.float64),
        kind=kind,
        aborted=aborted,
    )


def view(repeats):
    return repeats.pixels.take(np.maximum(repeats.frame, 0))


def present_all(showings, *, trains=((),), behaviour=None, invalid_s=NO_INTERVALS, span_s=(0.0, 1000.0)):
    shown = group_repeats(showings, None)
    answers = read_answers(shown, Spikes(trains, span_s), behaviour, invalid_s)
    stretches = [each.stretch for each in answers]
    repeated = find_repeated(stretches)
    marks = [np.full(len(each.frame), each.identity in repeated) for each in shown]
    parts = split_parts(stretches, marks, 0.1, 0.2)
    return list(present(answers, parts, "spikes", view))


def test_a_spike_at_the_onset_of_a_frame_is_in_its_bin():
    (movie,) = present_all([make_showing("movie", 10.0, range(10))], trains=((10.5, 10.99, 11.0, 9.9),))
    assert movie.responses[0, :4, 0].tolist() == [0, 2, 1, 0]


def test_a_dropped_frame_is_a_longer_bin():
    edges_s = [10.0, 10.5, 11.5, 12.0, 12.5, 13.0]
    (movie,) = present_all([make_showing("movie", 0, range(5), edges_s=edges_s)], trains=((11.2,),))
    assert movie.bin_duration_s.tolist() == [0.5, 1.0, 0.5, 0.5, 0.5]
    assert movie.responses[0, :, 0].tolist() == [0, 1, 0, 0, 0]


def test_showings_of_the_same_frames_become_repeats_in_the_order_of_time():
    showings = [make_showing("movie/2", 20.0, range(10)), make_showing("movie/1", 10.0, range(10))]
    (movie,) = present_all(showings, trains=((10.2, 20.7, 20.8),))
    assert movie.responses.shape == (2, 10, 1)
    assert movie.responses[:, :2, 0].tolist() == [[1, 0], [0, 2]]
    assert movie.name == "movie"


def test_what_two_tables_call_alike_has_two_names():
    showings = [make_showing(f"{name}/1", 10.0 * n, range(4)) for n, name in enumerate(("one", "two"))]
    alike = [attrs.evolve(each, name="movie/1", identity="movie") for each in showings]
    assert [each.name for each in group_repeats(alike, None)] == ["movie/1", "two/movie/1"]


def test_repeats_to_which_nothing_was_recorded_do_not_make_a_test_part():
    showings = [make_showing("noise", 0.0, range(40))]
    showings += [make_showing(f"movie/{n}", 30.0 + 10 * n, range(10), identity="clip") for n in range(3)]
    once = read_answers(group_repeats(showings, None), Spikes(((),), span_s=(0.0, 35.0)), None, NO_INTERVALS)
    assert [each.stretch.repeats for each in once] == [1, 1]
    assert find_repeated([each.stretch for each in once]) == ()


def test_bin_durations_are_averaged_over_repeats():
    longer = make_showing("movie/2", 0, range(2), edges_s=[20.0, 20.5, 21.2])
    (movie,) = present_all([make_showing("movie/1", 10.0, range(2)), longer])
    assert movie.bin_duration_s == pytest.approx([0.5, 0.6])


def test_a_repeat_that_lacks_a_frame_is_a_presentation_of_its_own_in_the_same_part():
    showings = [make_showing("noise", 0.0, range(40))]
    showings += [make_showing(f"movie/{n}", 30.0 + 10 * n, range(10), identity="clip") for n in range(2)]
    showings += [make_showing("movie/2", 60.0, [0, 1, 2, 3, 5, 6, 7, 8, 9], identity="clip")]
    presentations = present_all(showings)
    assert [each.name for each in presentations] == ["noise", "movie/0", "movie/2"]
    assert [each.identity for each in presentations][1:] == ["clip", "clip"]
    assert len({(bool(each.train), bool(each.test)) for each in presentations[1:]}) == 1


def test_a_movie_that_is_divided_in_time_has_no_identity():
    (movie,) = present_all([make_showing("movie", 0.0, range(20))])
    assert movie.identity == ""
    assert movie.test == ((16, 20),)


def test_images_are_presentations_of_one_frame():
    order = [3, 1, 3, 2, 1]
    showings = [
        make_showing(f"scenes/{place}", 10.0 + place, [image], identity=f"scenes/image {image}", kind="image")
        for place, image in enumerate(order)
    ]
    presentations = present_all(showings, trains=((12.1, 14.2, 14.3),))
    names = [each.name for each in presentations]
    assert names == ["scenes/image 3", "scenes/image 1", "scenes/image 2"]
    assert [each.responses[:, 0, 0].tolist() for each in presentations] == [[0, 1], [0, 2], [0]]
    assert [each.section.tolist() for each in presentations] == [[0], [1], [2]]


def test_bins_outside_the_recording_are_not_recorded():
    (movie,) = present_all([make_showing("movie", 10.0, range(10))], span_s=(11.0, 14.2))
    assert np.isnan(movie.responses[0, :, 0]).tolist() == [True] * 2 + [False] * 6 + [True] * 2


def test_bins_that_touch_an_invalid_interval_are_not_recorded():
    invalid_s = np.array([[11.2, 11.7]])
    (movie,) = present_all([make_showing("movie", 10.0, range(10))], invalid_s=invalid_s)
    assert np.flatnonzero(np.isnan(movie.responses[0, :, 0])).tolist() == [2, 3]


def test_bins_of_a_set_length_divide_the_frames():
    (movie,) = group_repeats([make_showing("movie", 10.0, range(4))], 0.25)
    assert movie.frame.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert movie.edges_s[0] == pytest.approx(10 + 0.25 * np.arange(9))


def test_bins_of_a_set_length_hold_the_same_frames_in_every_repeat():
    """Clocks that differ by a few per cent of a frame: each repeat's bins lie where its frames were."""
    generator = np.random.default_rng(0)
    jitter_s = generator.uniform(-0.02, 0.02, (3, 21))
    showings = [
        make_showing(f"movie/{n}", 0, range(20), edges_s=20 * n + 0.5 * np.arange(21) + jitter_s[n])
        for n in range(3)
    ]
    (movie,) = group_repeats(showings, 0.2)
    assert movie.count == 3
    for showing, edges_s in zip(showings, movie.edges_s, strict=True):
        middle_s = (edges_s[:-1] + edges_s[1:]) / 2
        shown = np.searchsorted(showing.edges_s, middle_s, side="right") - 1
        clear = np.abs(np.subtract.outer(middle_s, showing.edges_s)).min(axis=1) > 0.05
        assert (shown == movie.frame)[clear].all()
        assert np.diff(edges_s) == pytest.approx(0.2, abs=0.04)


def test_behaviour_of_training_repeats_stays_apart():
    showings = [make_showing(f"movie/{n}", 20.0 * n, range(10), identity="clip") for n in range(2)]
    showings += [make_showing(f"probe/{n}", 40 + 20.0 * n, range(5), identity="probe") for n in range(2)]
    shown = group_repeats(showings, None)
    answers = read_answers(shown, Spikes(((),)), tell_time, NO_INTERVALS)
    marks = mark_held_out(shown, ("probe",), {}, "x.nwb")
    parts = split_parts([each.stretch for each in answers], marks, 0.0, 0.2)
    presentations = list(present(answers, parts, "spikes", view))
    assert [each.name for each in presentations] == ["clip/repeat1", "clip/repeat2", "probe"]
    assert [each.identity for each in presentations] == ["clip", "clip", "probe"]
    assert [float(each.behaviour[0, 0]) for each in presentations] == [0.25, 20.25, 50.25]
    assert "behaviour is averaged over the repeats of probe" in list(
        note_parts(answers, parts, ("time",), ("probe",), ())
    )


def test_behaviour_is_averaged_over_the_repeats_in_which_it_was_measured():
    def leave_gaps(edges_s):
        values = tell_time(edges_s)
        values[(values > 20.5) & (values < 21.5)] = np.nan
        return values

    showings = [make_showing(f"movie/{n}", 20.0 * n, range(10)) for n in range(2)]
    (movie,) = present_all(showings, behaviour=leave_gaps)
    assert movie.behaviour[:4, 0].tolist() == [10.25, 0.75, 1.25, 11.75]


def test_many_short_showings_are_read_in_few_reads():
    reads = []

    def read(edges_s):
        reads.append(len(edges_s))
        return edges_s[:-1, None].astype(np.float32)

    generator = np.random.default_rng(0)
    onsets_s = np.concatenate([np.arange(50.0), 100 + np.arange(50.0), [60.5, 150.5]])
    edges_s = [onset_s + np.array([0.0, 0.25, 1.0 if onset_s % 2 else 0.5]) for onset_s in onsets_s]
    order = generator.permutation(len(edges_s))
    values = read_bins(read, [edges_s[number] for number in order])
    for number, value in zip(order, values, strict=True):
        assert value[:, 0] == pytest.approx(edges_s[number][:-1])
    gaps = np.diff(np.sort(onsets_s))
    assert len(reads) == 1 + (gaps > LONGEST_GAP_S + 1).sum() == 3


def test_reads_are_bounded():
    reads = []

    def read(edges_s):
        reads.append(len(edges_s))
        return edges_s[:-1, None]

    edges_s = [1000.0 * number + 0.5 * np.arange(1901) for number in range(5)]
    edges_s = [edges - 50 * number for number, edges in enumerate(edges_s)]
    assert [len(each) for each in read_bins(read, edges_s, most_bins=4096)] == [1900] * 5
    assert [number - 1 for number in reads] == [3800, 3800, 1900]


def test_showings_far_apart_are_read_together_where_the_source_asks_for_it():
    reads = []

    def read(edges_s):
        reads.append(len(edges_s))
        return edges_s[:-1, None]

    edges_s = [1000.0 * number + 0.5 * np.arange(1901) for number in range(5)]
    values = read_bins(read, edges_s, gap_s=60.0)
    assert [each[0, 0] for each in values] == [0.0, 1000.0, 2000.0, 3000.0, 4000.0]
    assert reads == [5 * 1901]


def test_showings_that_overlap_in_time_are_read_apart():
    edges_s = [np.array([0.0, 1.0, 2.0]), np.array([1.5, 2.5])]
    values = read_bins(lambda edges: edges[:-1, None], edges_s)
    assert [each[:, 0].tolist() for each in values] == [[0.0, 1.0], [1.5]]


def test_what_is_shown_is_held_out_by_series_by_identity_and_by_interval_table():
    showings = [make_showing("noise", 0.0, range(10))]
    showings += [make_showing(f"clips/{n}", 10.0 + 10 * n, range(6), identity=f"clip {n}") for n in range(2)]
    shown = group_repeats(showings, None)
    tables = {"probes": np.array([[1.2, 2.3]])}
    assert [each.sum() for each in mark_held_out(shown, ("clips",), tables, "x.nwb")] == [0, 6, 6]
    assert [each.sum() for each in mark_held_out(shown, ("clip 1",), tables, "x.nwb")] == [0, 0, 6]
    within = mark_held_out(shown, ("probes",), tables, "x.nwb")
    assert np.flatnonzero(within[0]).tolist() == [2, 3, 4]
    assert not any(each.any() for each in within[1:])


def test_rows_without_a_stop_hide_none_of_the_others(tmp_path):
    file = begin()
    file.add_trial(start_time=0.0, stop_time=np.nan)
    file.add_trial(start_time=1.2, stop_time=2.3)
    with open_nwb(write(file, tmp_path / "x.nwb")) as opened:
        tables = read_intervals(opened.file)
    assert tables["trials"].tolist() == [[1.2, 2.3]]
    shown = group_repeats([make_showing("noise", 0.0, range(10)), make_showing("other", 9.0, range(4))], None)
    assert np.flatnonzero(mark_held_out(shown, ("trials",), tables, "x.nwb")[0]).tolist() == [2, 3, 4]


def test_an_image_is_held_out_as_a_whole():
    (image,) = group_repeats([make_showing("image", 0.0, [3], kind="image", frame_s=1.0)], 0.25)
    other = make_showing("other", 5.0, range(4))
    marks = mark_held_out(
        (image, *group_repeats([other], None)), ("probe",), {"probe": np.array([[0.1, 0.2]])}, "x.nwb"
    )
    assert [each.all() for each in marks] == [True, False]


def test_a_name_that_nothing_has_is_told_with_what_there_is():
    shown = group_repeats([make_showing("noise", 0.0, range(4))], None)
    with pytest.raises(SysidError) as caught:
        mark_held_out(shown, ("moive",), {"trials": NO_INTERVALS}, "x.nwb")
    assert str(caught.value) == 'x.nwb: test: expected one of "noise", "trials", got "moive"'


def test_holding_out_everything_is_refused():
    shown = group_repeats([make_showing("noise", 0.0, range(4))], None)
    with pytest.raises(
        SysidError, match=r"x\.nwb: test: expected something left to train on, got all .* noise"
    ):
        mark_held_out(shown, ("noise",), {}, "x.nwb")


def test_notes_say_what_was_left_out_and_masked():
    showings = (
        make_showing("movie/1", 0.0, range(10)),
        make_showing("movie/2", 10.0, range(10)),
        make_showing("movie/3", 20.0, range(4), aborted=True),
        make_showing("late", 2000.0, range(4)),
        make_showing("slow", 40.0, range(4), frame_s=1.0),
    )
    shown = group_repeats([each for each in showings if not each.aborted], None)
    invalid_s = np.array([[10.0, 12.5]])
    answers = read_answers(shown, Spikes(((),)), None, invalid_s)
    assert list(note_showings(showings, answers, invalid_s)) == [
        "movie: 1 of 3 showings were broken off and are left out: movie/3",
        "nothing was recorded to late: left out",
        "1 invalid interval, 2.5 s in all: bins that touch one are masked",
        "20.8 % of the responses, counted over bins, repeats and neurons, are masked",
    ]


def test_notes_say_that_repeats_dropped_frames():
    longer = make_showing("movie/2", 0, range(3), edges_s=[20.0, 20.5, 21.5, 22.0])
    showings = (make_showing("movie/1", 10.0, range(3)), longer)
    answers = read_answers(group_repeats(showings, None), Spikes(((),)), None, NO_INTERVALS)
    assert list(note_showings(showings, answers, NO_INTERVALS)) == [
        "movie: a bin of one repeat lasted 500 ms longer than the same bin of another (a dropped frame); "
        "bin durations are averaged over the repeats"
    ]


def test_notes_say_what_a_blank_screen_is_taken_for():
    class Noise(Pixels):
        def take(self, frames):
            return np.resize(np.array([0, 1], np.uint8), (len(frames), 1, 4, 6))

    showings = [make_showing("bytes", 0.0, [3, -1, 40, 41, 42]), make_showing("noise", 10.0, [3, -1, 4])]
    showings[1] = attrs.evolve(showings[1], pixels=Noise())
    answers = read_answers(group_repeats(showings, None), Spikes(((),)), None, NO_INTERVALS)
    taken = "a blank screen (frame −1 or none) is taken as grey"
    assert list(note_showings(showings, answers, NO_INTERVALS)) == [
        f"bytes: {taken}, 127 in every pixel",
        f"noise: {taken}, 0.5 in every pixel, half way between the darkest and the brightest that is used; "
        "as this is no byte, its frames are delivered as float32",
    ]
    assert list(find_doubts({"bytes": answers[0].repeats, "noise": answers[1].repeats})) == [
        "pixels are not in the same units, bytes from 3 to 42, noise from 0 to 1: a model that learns one of "
        "them cannot predict another; name stimuli of one kind in `stimulus`"
    ]


def test_frame_rates_that_differ_are_doubted():
    showings = (
        make_showing("movie", 0.0, range(10)),
        make_showing("slow", 40.0, range(4), frame_s=1.0),
        make_showing("nearly", 60.0, range(4), frame_s=0.49),
    )
    shown = {each.source: each for each in group_repeats(showings, None)}
    assert list(find_doubts(shown)) == [
        "bins differ in length, movie 2 Hz, slow 1 Hz, nearly 2.041 Hz: a lag of one bin is not the same in "
        "all; `bin_ms` makes them equal"
    ]
    assert list(find_doubts({name: shown[name] for name in ("movie", "nearly")})) == []


def make_twins():
    """A series of noise, the same 20 s as a table that knows of repeats, and something else."""
    series = make_showing("series", 0.0, range(40))
    table = [make_showing(f"table/{n}", 0.2 + 10.0 * n, range(18)) for n in range(2)]
    return [series, *table, make_showing("other", 19.5, range(40))]


def test_a_stimulus_that_is_told_of_twice_is_used_once():
    kept, notes = drop_twins(make_twins(), "x.nwb", choose=True)
    assert [each.name for each in kept] == ["table/0", "table/1", "other"]
    assert notes == ['series was shown at the same time as table: taken for the same, "table" is used']


def test_stimuli_at_the_same_time_are_refused_where_the_recipe_names_them():
    with pytest.raises(SysidError) as caught:
        drop_twins(make_twins(), "x.nwb", choose=False)
    assert str(caught.value) == (
        "x.nwb: stimulus: expected stimuli at different times, got table and series, which were shown at the "
        "same time; name one of them"
    )
