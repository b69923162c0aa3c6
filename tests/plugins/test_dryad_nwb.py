"""The recordings of the Dryad deposit, and simulated ones, as files in NWB."""

from pathlib import Path

import numpy as np
import pynwb
import pytest

from sysid import Recording, SysidError
from sysid_datasets.conversion.session import GAP_S
from sysid_datasets.dryad_mea import DryadMEA
from sysid_datasets.nwb import NWB
from sysid_datasets.simulated_retina import SimulatedRetina
from tests.deposit import DEPOSIT, needs_deposit
from tests.tiny_deposit import NEURONS, RATE_HZ, REPEATS, SIDE_PX, add_second_movie, write_deposit

TINY = {"frame_rate_hz": RATE_HZ, "size_px": 4, "first_section_s": 3.85}
BOTH_MOVIES = {"stimulus": "movie1", "test_stimulus": "movie2"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return add_second_movie(write_deposit(tmp_path_factory.mktemp("deposit") / "dryad_4ch10"), NEURONS["1"])


@pytest.fixture(scope="module")
def movies(folder, tmp_path_factory) -> tuple[DryadMEA, Path]:
    """Both movies of recording 1, and the file that they were written to."""
    return write(DryadMEA(path=folder, **TINY, **BOTH_MOVIES), tmp_path_factory.mktemp("movies"))


@pytest.fixture(scope="module")
def images(folder, tmp_path_factory) -> tuple[DryadMEA, Path]:
    """The natural images of recording 1, and the file that they were written to."""
    dataset = DryadMEA(path=folder, stimulus="natural_images", size_px=4)
    return write(dataset, tmp_path_factory.mktemp("images"))


def write(dataset, place: Path) -> tuple:
    dataset.write_nwb(place / "recording.nwb")
    return dataset, place / "recording.nwb"


def load_one(dataset) -> Recording:
    (recording,) = dataset.load().values()
    return recording


def read(path: Path, look):
    with pynwb.NWBHDF5IO(str(path), "r") as file:
        return look(file.read())


def count_by_hand(content, start_s: float, edges_s: np.ndarray) -> np.ndarray:
    """Return (bin, neuron) of spikes in bins after a start; NaN where a bin is not wholly in an interval."""
    counts = np.full((len(edges_s) - 1, len(content.units)), np.nan)
    for unit in range(len(content.units)):
        here, _ = np.histogram(content.units["spike_times"][unit], start_s + edges_s)
        begins, ends = np.asarray(content.units["obs_intervals"][unit]).T
        first, last = start_s + edges_s[:-1, None], start_s + edges_s[1:, None]
        inside = ((first >= begins) & (last <= ends)).any(axis=1)
        counts[inside, unit] = here[inside]
    return counts


@pytest.mark.parametrize("which", ["movies", "images"])
def test_the_file_is_valid(which, request):
    assert pynwb.validate(path=str(request.getfixturevalue(which)[1])) == []


def test_movies_have_the_spike_counts_of_the_dataset_in_every_bin(movies):
    dataset, path = movies
    presentations = {each.name: each for each in load_one(dataset).presentations}

    def look(content):
        table = content.intervals["movie_presentations"]
        assert len(table) == REPEATS["1"] + (REPEATS["1"] + 1)
        for row in range(len(table)):
            movie = presentations[table["stimulus_name"][row]]
            counts = count_by_hand(content, table["start_time"][row], np.arange(movie.frames + 1) / RATE_HZ)
            np.testing.assert_array_equal(counts, movie.responses[table["repeat"][row]])

    read(path, look)


def test_a_table_says_which_frames_of_which_movie_each_repeat_is(movies):
    def look(content):
        table = content.intervals["movie_presentations"]
        for row in range(len(table)):
            (reference,) = table["timeseries"][row]
            name = table["stimulus_name"][row]
            assert reference.timeseries.name == name
            assert (reference.idx_start, reference.count) == (0, len(content.stimulus_template[name].data))
            assert (table["first_frame"][row], table["frames"][row]) == (0, reference.count)
            duration_s = table["stop_time"][row] - table["start_time"][row]
            assert duration_s == pytest.approx(reference.count / RATE_HZ)
        between = table["start_time"][1:] - table["stop_time"][:-1]
        np.testing.assert_allclose(between, GAP_S)

    read(movies[1], look)


def test_movies_are_stored_by_rows_from_the_top(movies):
    dataset, path = movies
    shown = load_one(dataset).presentations

    def look(content):
        for presentation in shown:
            movie = content.stimulus_template[presentation.name]
            np.testing.assert_array_equal(movie.data[:], presentation.stimulus[:, 0])
            assert (list(movie.dimension[:]), movie.rate, movie.starting_time) == ([4, 4], RATE_HZ, 0)
            assert "from the top of the screen down" in movie.orientation

    read(path, look)


def test_units_carry_identity_and_receptive_field(movies):
    dataset, path = movies
    neurons = load_one(dataset).neurons

    def look(content):
        units = content.units
        assert list(units.id[:]) == [1, 2, 3]
        assert list(units["cell"][:]) == [neuron.id for neuron in neurons]
        for number, neuron in enumerate(neurons):
            centre = [units[f"rf_centre_{axis}_px"][number] for axis in "xy"]
            np.testing.assert_allclose(centre, neuron.receptive_field.centre)
            np.testing.assert_allclose(units["rf_outline_px"][number], neuron.receptive_field.outline.T)
            assert (np.diff(units["spike_times"][number]) >= 0).all()

    read(path, look)


def test_all_spikes_lie_in_the_intervals_and_sections_left_out_are_left_out(movies):
    def look(content):
        for unit in range(3):
            intervals = np.asarray(content.units["obs_intervals"][unit])
            times = content.units["spike_times"][unit]
            inside = (times[:, None] >= intervals[:, 0]) & (times[:, None] <= intervals[:, 1])
            assert (inside.sum(axis=1) == 1).all()
            # 58 of 60 sections are kept of either movie; the last of movie 2 ends with it at 49.9 s
            assert len(intervals) == 58 * REPEATS["1"] + 58 * (REPEATS["1"] + 1)

    read(movies[1], look)


def test_the_file_says_where_it_is_from_and_what_is_not_known(movies):
    dataset, path = movies
    notes = dataset.provenance().notes

    def look(content):
        lines = content.notes.splitlines()
        assert {"DOI: 10.5061/dryad.4ch10", "licence: CC0-1.0", *notes} <= set(lines)
        for words in ("session_start_time is not known", "has no session clock", "electrodes, the kind of"):
            assert any(words in line for line in lines), words
        assert "made of the deposit's, which have 12×12; `size_px = 12`" in content.notes
        assert "doi:10.1371/journal.pcbi.1005189" in list(content.related_publications)
        assert "salamander" in content.subject.description
        return content.session_description

    assert "SIMULATED" not in read(path, look)


def test_the_notes_of_the_file_are_returned(folder, tmp_path):
    notes = DryadMEA(path=folder, **(TINY | {"size_px": SIDE_PX})).write_nwb(tmp_path / "x.nwb")
    assert f"frames are those of the deposit, {SIDE_PX}×{SIDE_PX} px" in notes
    assert any("58 of 60 sections kept" in note for note in notes)


def test_images_have_the_spike_counts_of_the_dataset(images):
    dataset, path = images
    presentations = load_one(dataset).presentations
    length_s = presentations[0].bin_duration_s[0]

    def look(content):
        trials = content.trials
        for row in range(len(trials)):
            shown = presentations[trials["image"][row]]
            counts = count_by_hand(content, trials["start_time"][row], np.array([0, length_s]))
            np.testing.assert_array_equal(counts[0], shown.responses[trials["repeat"][row], 0])
        return len(trials)

    assert read(path, look) == 10 * REPEATS["1"]


def test_images_are_referred_to_by_number_in_an_order_that_is_no_movie(images):
    dataset, path = images
    presentations = load_one(dataset).presentations

    def look(content):
        series = content.stimulus["natural_images_shown"]
        order = list(series.indexed_images.order_of_images)
        for presentation, image in zip(presentations, order, strict=True):
            np.testing.assert_array_equal(image.data[:], presentation.stimulus[0, 0])
        np.testing.assert_array_equal(series.data[:], content.trials["image"][:])
        np.testing.assert_array_equal(series.timestamps[:], content.trials["start_time"][:])
        by_repeat = np.reshape(series.data[:], (REPEATS["1"], 10)).astype(int)
        np.testing.assert_array_equal(np.sort(by_repeat, axis=1), np.tile(np.arange(10), (REPEATS["1"], 1)))
        assert (np.diff(by_repeat, axis=1) != 1).any(axis=1).all()
        assert "the order of the images is not stated" in content.notes

    read(path, look)


def assert_same_movies(path: Path, dataset) -> None:
    """Read the file with the dataset `nwb` and compare frames, counts and masks with those of another."""
    again, recording = load_one(NWB(path=path)), load_one(dataset)
    presentations = {each.name: each for each in again.presentations}
    assert list(presentations) == [each.name for each in recording.presentations]
    for each in recording.presentations:
        found = presentations[each.name]
        np.testing.assert_array_equal(found.responses, each.responses)
        np.testing.assert_array_equal(found.stimulus[0 : found.frames], each.stimulus)
        np.testing.assert_allclose(found.bin_duration_s, each.bin_duration_s)
    assert [neuron.properties["cell"] for neuron in again.neurons] == [n.id for n in recording.neurons]


def assert_same_images(path: Path, dataset) -> None:
    again, recording = load_one(NWB(path=path)), load_one(dataset)
    presentations = {each.name.rpartition(" ")[2]: each for each in again.presentations}
    assert len(presentations) == len(recording.presentations)
    for number, each in enumerate(recording.presentations):
        found = presentations[str(number)]
        np.testing.assert_array_equal(found.responses, each.responses)
        np.testing.assert_array_equal(found.stimulus[0:1], each.stimulus)
        np.testing.assert_allclose(found.bin_duration_s, each.bin_duration_s)


def test_read_back_movies_are_the_same_frames_and_counts_in_the_same_bins(movies):
    assert_same_movies(movies[1], movies[0])


def test_read_back_images_are_the_same_frames_and_counts(images):
    assert_same_images(images[1], images[0])


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"recording": "both", "first_section_s": None}, "recording: expected 1 or 2 to .*, got both"),
        ({"control": "shift"}, "control: expected none to write NWB, got shift"),
        ({"stimulus": "shifts"}, "stimulus: expected another one .* shifted images were, got shifts"),
        ({"fold": 7}, "fold: expected 0 … 4, got 7"),
    ],
)
def test_what_a_file_has_no_place_for_is_one_line(folder, tmp_path, fields, line):
    with pytest.raises(SysidError, match=f"^dryad_mea: {line}$"):
        DryadMEA(path=folder, **(TINY | fields)).write_nwb(tmp_path / "x.nwb")
    assert not list(tmp_path.iterdir())


def test_a_simulation_has_its_counts_and_says_that_it_is_one(tmp_path):
    dataset = SimulatedRetina(
        neurons=3, size_px=5, frames=60, train_repeats=2, test_repeats=3, mean_rate_hz=40.0
    )
    dataset, path = write(dataset, tmp_path)
    recording = load_one(dataset)
    presentations = {each.name: each for each in recording.presentations}
    assert max(each.responses.max() for each in recording.presentations) > 1  # several spikes in a frame
    assert pynwb.validate(path=str(path)) == []

    def look(content):
        table = content.intervals["movie_presentations"]
        assert len(table) == 5
        for row in range(len(table)):
            shown = presentations[table["stimulus_name"][row]]
            edges_s = np.arange(shown.frames + 1) / recording.frame_rate_hz
            counts = count_by_hand(content, table["start_time"][row], edges_s)
            np.testing.assert_array_equal(counts, shown.responses[table["repeat"][row]])
        assert "spread evenly" in content.notes
        return content.session_description

    assert read(path, look).startswith("SIMULATED: ")
    assert_same_movies(path, dataset)


@needs_deposit
def test_the_real_recording_has_the_spike_counts_of_the_dataset(tmp_path):
    dataset, path = write(DryadMEA(path=DEPOSIT, size_px=30), tmp_path)
    (movie,) = load_one(dataset).presentations
    assert pynwb.validate(path=str(path)) == []

    def look(content):
        table = content.intervals["movie_presentations"]
        assert (len(table), len(content.units)) == (30, 38)
        for row in (0, 17, 29):
            edges_s = np.arange(movie.frames + 1) / 30.19
            counts = count_by_hand(content, table["start_time"][row], edges_s)
            np.testing.assert_array_equal(counts, movie.responses[row])

    read(path, look)
    assert_same_movies(path, dataset)


@needs_deposit
def test_the_real_images_have_the_spike_counts_of_the_dataset(tmp_path):
    dataset, path = write(DryadMEA(path=DEPOSIT, stimulus="natural_images", size_px=16), tmp_path)
    assert_same_images(path, dataset)
