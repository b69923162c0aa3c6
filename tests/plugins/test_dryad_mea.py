"""The dataset `dryad_mea`, on a tiny deposit and, where it is, on the real one."""

import re
import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from sysid import DataNotFoundError, SysidError, checksum
from sysid_datasets.dryad_deposit import open_deposit
from sysid_datasets.dryad_field import read_outlines
from sysid_datasets.dryad_frame import read_frames
from sysid_datasets.dryad_mea import DryadMEA
from sysid_datasets.dryad_section import find_repeated_sections
from sysid_datasets.dryad_spike import read_movie_trains
from tests.deposit import DEPOSIT, needs_deposit
from tests.tiny_deposit import (
    FRAMES,
    NEURONS,
    RATE_HZ,
    REPEATS,
    add_second_movie,
    draw_images,
    draw_outlines,
    write_deposit,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return write_deposit(tmp_path_factory.mktemp("deposit") / "dryad_4ch10")


@pytest.fixture(scope="module")
def movies(tmp_path_factory) -> Path:
    return add_second_movie(write_deposit(tmp_path_factory.mktemp("movies") / "dryad_4ch10"), NEURONS["1"])


@pytest.fixture(scope="module")
def zipped(folder) -> Path:
    path = folder.parent / "dryad_4ch10.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*.*")):
            archive.write(file, f"dryad_4ch10/{file.relative_to(folder)}")
    return path


def tiny(path: Path, **fields) -> DryadMEA:
    return DryadMEA(
        **({"path": path, "frame_rate_hz": RATE_HZ, "size_px": 4, "first_section_s": 3.85} | fields)
    )


def load_one(dataset: DryadMEA):
    (recording,) = dataset.load().values()
    return recording


def test_a_movie_is_one_presentation_whose_sections_are_recorded(folder):
    recording = load_one(tiny(folder))
    (movie,) = recording.presentations
    assert movie.stimulus.shape == (FRAMES, 1, 4, 4)
    assert movie.stimulus.dtype == np.uint8
    assert movie.responses.shape == (REPEATS["1"], FRAMES, NEURONS["1"])
    recorded = ~np.isnan(movie.responses)
    np.testing.assert_array_equal(recorded.all(axis=(0, 2)), movie.section >= 0)
    np.testing.assert_array_equal(recorded.any(axis=(0, 2)), movie.section >= 0)
    assert [neuron.id for neuron in recording.neurons] == ["exp1/cell01", "exp1/cell02", "exp1/cell03"]


def test_every_recorded_bin_is_in_the_one_part_of_its_section(folder):
    (movie,) = load_one(tiny(folder, fold=2)).presentations
    part_of = np.full(FRAMES, "", dtype="<U10")
    for part in ("train", "validation", "test"):
        for start, stop in movie.ranges(part):
            part_of[start:stop] = part
    np.testing.assert_array_equal(part_of != "", movie.section >= 0)
    for section in range(movie.section.max() + 1):
        assert len(set(part_of[movie.section == section])) == 1


def test_repeated_sections_are_left_out_and_noted(folder):
    dataset = tiny(folder)
    (movie,) = load_one(dataset).presentations
    # 58 of 60 are kept; the last two of them end after the movie's 50 s: 3.85 + 57 · .8 = 49.45, + .3 = 49.75
    assert movie.section.max() + 1 == 58
    notes = "\n".join(dataset.provenance().notes)
    assert "Movie1Exp1.mat: sections 30–32 repeat one another: 2 left out, 30 kept" in notes
    assert "58 of 60 sections kept" in notes
    assert "run off the movie" not in notes
    assert "frame rate 12 Hz" in notes


def test_times_are_noted_as_inferred_or_as_configured(folder):
    inferred = "\n".join(tiny(folder, first_section_s=None, frame_rate_hz=30.19).provenance().notes)
    assert "frame rate 30.19 Hz: inferred from the responses; the deposit does not state it" in inferred
    assert "begin 3.85 s after the movie's onset and then every 0.8 s (first: inferred" in inferred
    assert "±0.15 s" in inferred
    configured = "\n".join(tiny(folder, first_section_s=1.5).provenance().notes)
    assert "begin 1.5 s after the movie's onset and then every 0.8 s (first: set by the conf" in configured
    second = "\n".join(tiny(folder, recording="2", first_section_s=None).provenance().notes)
    assert "Movie1Exp2.mat: sections of 300 ms begin 0.5 s" in second


def test_folder_and_zip_hold_the_same_recording(folder, zipped):
    from_folder, from_zip = (load_one(tiny(path, crop_px=3)) for path in (folder, zipped))
    np.testing.assert_array_equal(from_folder.presentations[0].stimulus, from_zip.presentations[0].stimulus)
    np.testing.assert_array_equal(from_folder.presentations[0].responses, from_zip.presentations[0].responses)
    for one, other in zip(from_folder.neurons, from_zip.neurons, strict=True):
        assert one.receptive_field.centre == other.receptive_field.centre


def test_provenance_names_what_was_read(folder, zipped):
    assert tiny(zipped).provenance().files == (("dryad_4ch10.zip", checksum(zipped)),)
    files = dict(tiny(folder).provenance().files)
    assert len(files) == FRAMES + 2  # frames, spikes, receptive fields
    name = "NeuralData/Spikes/Movie1Exp1.mat"
    assert files[name] == checksum(folder / name)
    assert not any("Gratings" in file for file in files)


@pytest.mark.parametrize("stimulus", ["movie1", "natural_images", "gratings", "shifts"])
def test_a_recording_carries_the_provenance_that_is_told_beforehand(folder, stimulus):
    dataset = tiny(folder, stimulus=stimulus)
    provenance = dataset.provenance()
    assert load_one(dataset).provenance == provenance
    assert (provenance.doi, provenance.licence, provenance.simulated) == (
        "10.5061/dryad.4ch10",
        "CC0-1.0",
        False,
    )


def test_fields_lie_where_their_outlines_are(folder):
    # 12 px around (400, 300): x = 401 is 7 px from the left edge, y = 302 is 4 px from the top; 3 px make one
    first = load_one(tiny(folder)).neurons[0].receptive_field
    np.testing.assert_allclose(first.centre, (7 / 3 - 0.5, 4 / 3 - 0.5), atol=1e-9)
    assert first.outline.shape == (2, 40)


def test_a_crop_cuts_around_the_mean_field_and_moves_the_fields_along(folder):
    whole, cut = load_one(tiny(folder, size_px=12)), load_one(tiny(folder, size_px=12, crop_px=5))
    # mean centre: x = 402 → column 7.5, y = 302 → row 3.5, so columns 6 (rounded from 5.5) to 10, rows 2 to 6
    np.testing.assert_array_equal(
        cut.presentations[0].stimulus, whole.presentations[0].stimulus[:, :, 2:7, 6:11]
    )
    for before, after in zip(whole.neurons, cut.neurons, strict=True):
        np.testing.assert_allclose(
            np.subtract(before.receptive_field.centre, after.receptive_field.centre), [6, 2]
        )


def test_a_shift_moves_the_same_responses_to_later_frames(folder):
    (true,) = load_one(tiny(folder)).presentations
    # 2 s = 24 whole frames, so that bins stay the same
    (late,) = load_one(tiny(folder, control="shift", shift_s=2.0)).presentations
    np.testing.assert_array_equal(late.stimulus, true.stimulus)
    fits = late.section >= 0
    np.testing.assert_array_equal(late.responses[:, fits], true.responses[:, np.flatnonzero(fits) - 24])
    assert fits.sum() < (true.section >= 0).sum()


def test_a_shift_that_runs_off_the_movie_leaves_sections_out_of_the_same_folds(folder):
    dataset = tiny(folder, control="shift", shift_s=2.0)
    notes = dataset.provenance().notes
    assert "NeuralData/Spikes/Movie1Exp1.mat: 3 sections left out that run off the movie" in notes
    assert notes[-1] == "control: responses are paired with the stimulus 2 s later"
    (true,), (late,) = (load_one(tiny(folder, **more)).presentations for more in ({}, {"control": "shift"}))
    in_test = [set(each.section[slice(*interval)]) for each in (true, late) for interval in each.test]
    assert in_test[: len(true.test)] == in_test[len(true.test) :]


def test_shuffled_sections_hold_the_responses_of_others(folder):
    rate = {"frame_rate_hz": 10.0, "first_section_s": 1.0}  # .8 s = 8 whole frames: all sections have 3 bins
    (true,) = load_one(tiny(folder, **rate)).presentations
    (mixed,) = load_one(tiny(folder, control="shuffle_sections", draw=1, **rate)).presentations
    count = true.section.max() + 1
    blocks = [each.responses[:, each.section == s] for each in (true, mixed) for s in range(count)]
    sources = [[s for s in range(count) if np.array_equal(block, blocks[s])] for block in blocks[count:]]
    assert all(len(source) == 1 for source in sources)
    assert sorted(source[0] for source in sources) == list(range(count))
    assert all(source[0] != place for place, source in enumerate(sources))


def test_another_draw_is_another_pairing_and_the_same_the_same(folder):
    one, again, other = (
        load_one(tiny(folder, control="shuffle_sections", draw=draw)).presentations[0].responses
        for draw in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other, equal_nan=True)


def test_both_retinas_share_the_clock_with_masks(folder):
    both = load_one(tiny(folder, recording="both", first_section_s=None))
    (movie,) = both.presentations
    first, second = (
        load_one(tiny(folder, recording=recording, first_section_s=None)).presentations[0]
        for recording in "12"
    )
    assert movie.responses.shape == (4, FRAMES, 5)
    np.testing.assert_array_equal(movie.responses[:, :, :3], first.responses)
    np.testing.assert_array_equal(movie.responses[:3, :, 3:], second.responses)
    assert np.isnan(movie.responses[3, :, 3:]).all()
    assert [neuron.id for neuron in both.neurons][2:4] == ["exp1/cell03", "exp2/cell01"]
    np.testing.assert_array_equal(movie.section >= 0, (first.section >= 0) | (second.section >= 0))


def test_sections_of_two_retinas_that_overlap_stay_in_one_part(folder):
    (movie,) = load_one(
        tiny(folder, recording="both", first_section_s=None, frame_rate_hz=30.0)
    ).presentations
    ranges = sorted(interval for part in ("train", "validation", "test") for interval in movie.ranges(part))
    for (_, stop), (start, _) in pairwise(ranges):
        assert stop <= start
    for start, stop in ranges:
        assert len(set(movie.section[start:stop])) == 1
    # sections at .5 + .8 i and 3.85 + .8 j overlap by .15 s: a stretch is up to .45 s, 13 whole frames
    assert max(stop - start for start, stop in ranges) == 13


TRANSFER = {"stimulus": "movie1", "test_stimulus": "movie2"}


def test_another_movie_is_a_presentation_of_its_own_and_tests_with_all_its_sections(movies):
    recording = load_one(tiny(movies, **TRANSFER))
    trained, tested = recording.presentations
    assert (trained.name, tested.name) == ("movie1", "movie2")
    assert (trained.test, tested.train, tested.validation) == ((), (), ())
    alone = load_one(tiny(movies, stimulus="movie2")).presentations[0]
    np.testing.assert_array_equal(tested.stimulus, alone.stimulus)
    np.testing.assert_array_equal(tested.responses, alone.responses)
    assert sum(stop - start for start, stop in tested.test) == (tested.section >= 0).sum()
    assert len(recording.neurons) == NEURONS["1"]
    assert len(trained.responses) == REPEATS["1"]
    assert len(tested.responses) == REPEATS["1"] + 1


def test_with_another_movie_the_fold_trains_and_the_validation_part_stays(movies):
    for fold in range(5):
        within = load_one(tiny(movies, fold=fold)).presentations[0]
        across = load_one(tiny(movies, fold=fold, **TRANSFER)).presentations[0]
        assert across.validation == within.validation
        assert sorted(across.train) == sorted(within.train + within.test)


def test_both_movies_are_cropped_alike_and_controlled_alike(movies):
    trained, tested = load_one(tiny(movies, size_px=12, crop_px=5, **TRANSFER)).presentations
    for each in (trained, tested):
        whole = load_one(tiny(movies, size_px=12, stimulus=each.name)).presentations[0]
        np.testing.assert_array_equal(each.stimulus, whole.stimulus[:, :, 2:7, 6:11])
    later = load_one(tiny(movies, control="shift", shift_s=2.0, **TRANSFER)).presentations[1]
    fits = later.section >= 0
    np.testing.assert_array_equal(later.responses[:, fits], tested.responses[:, np.flatnonzero(fits) - 24])


def test_provenance_covers_both_movies(movies):
    dataset = tiny(movies, **TRANSFER)
    provenance = dataset.provenance()
    files = dict(provenance.files)
    assert len(files) == FRAMES + (FRAMES - 1) + 3  # frames of both, spikes of both, receptive fields
    for name in ("NeuralData/Spikes/Movie2Exp1.mat", "Stimuli/Movie2/frame001.raw"):
        assert files[name] == checksum(movies / name)
    assert provenance.checksum not in {
        tiny(movies, stimulus=name).provenance().checksum for name in ("movie1", "movie2")
    }
    assert "movie1, tested on movie2, recording 1" in provenance.source
    assert "NeuralData/Spikes/Movie2Exp1.mat: sections 12–14 repeat one another: 2 left out, 12 kept" in (
        provenance.notes
    )
    assert provenance.notes[-1] == (
        "assumed: neuron i of NeuralData/Spikes/Movie1Exp1.mat, which trains, is neuron i of "
        "NeuralData/Spikes/Movie2Exp1.mat, which tests"
    )
    assert load_one(dataset).provenance == provenance


def test_a_description_counts_the_frames_of_both_movies():
    (described,) = DryadMEA(**TRANSFER).describe().values()
    assert (described.neurons, described.bins) == (38, 1800 + 1600)


def test_a_second_movie_with_other_neurons_is_refused(tmp_path):
    folder = add_second_movie(write_deposit(tmp_path / "deposit"), NEURONS["1"] + 1)
    line = "Movie2Exp1.mat: Spikes: expected the neurons of movie1, [3] by recording, got [4]"
    with pytest.raises(SysidError, match=re.escape(line)):
        tiny(folder, **TRANSFER).load()


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"stimulus": "movie2"}, "Movie2Exp1"),
        (TRANSFER, "Movie2Exp1"),
        ({"stimulus": "shifts", "recording": "2"}, "Shifts2"),
    ],
)
def test_a_recording_that_the_deposit_lacks_is_not_on_this_machine(folder, fields, name):
    line = f"NeuralData/Spikes/{name}.mat: expected this file of the deposit, got none; get it with"
    with pytest.raises(DataNotFoundError, match=line):
        tiny(folder, **fields).provenance()


def test_a_recording_without_its_fields_is_a_broken_deposit(tmp_path):
    folder = write_deposit(tmp_path / "deposit")
    name = "NeuralData/ReceptiveFields/Movie1Exp1.mat"
    (folder / name).unlink()
    with pytest.raises(SysidError, match=f"{name}: expected this file of the deposit") as raised:
        tiny(folder).provenance()
    assert not isinstance(raised.value, DataNotFoundError)


@pytest.mark.parametrize(
    ("stimulus", "images", "frames", "shape"),
    [("natural_images", 10, 10, (4, 1, 3)), ("gratings", 8, 8, (3, 1, 2)), ("shifts", 5, 20, (3, 1, 2))],
)
def test_images_are_presentations_of_one_bin(folder, stimulus, images, frames, shape):
    recording = load_one(tiny(folder, stimulus=stimulus))
    assert len(recording.presentations) == frames
    assert len({each.identity for each in recording.presentations}) == images
    for each in recording.presentations:
        assert each.stimulus.shape == (1, 1, 4, 4)
        assert each.responses.shape == shape
    assert recording.frame_rate_hz == pytest.approx(1 / 0.3)


def test_shifts_say_what_is_not_known_and_have_no_fields(folder):
    recording = load_one(tiny(folder, stimulus="shifts"))
    assert all(neuron.receptive_field is None for neuron in recording.neurons)
    assert any("how far and where each shift went" in note for note in recording.provenance.notes)
    assert any("which nine of its sixty" in note for note in recording.provenance.notes)


def test_both_retinas_saw_the_same_images(folder):
    recording = load_one(tiny(folder, stimulus="natural_images", recording="both", first_section_s=None))
    first = recording.presentations[0].responses
    assert first.shape == (4, 1, 5)
    assert np.isnan(first[3, 0, 3:]).all()
    assert not np.isnan(first[:, 0, :3]).any()


def test_images_can_be_shuffled(folder):
    true, mixed = (
        load_one(tiny(folder, stimulus="natural_images", control=control))
        for control in ("none", "shuffle_sections")
    )
    for one, other in zip(true.presentations, mixed.presentations, strict=True):
        np.testing.assert_array_equal(one.stimulus, other.stimulus)
        assert not np.array_equal(one.responses, other.responses)


def test_a_description_needs_no_files(monkeypatch, tmp_path):
    monkeypatch.setenv("SYSID_DATA_DIR", str(tmp_path))
    (described,) = DryadMEA(stimulus="movie2", recording="both", crop_px=15).describe().values()
    assert (described.channels, described.height, described.width) == (1, 15, 15)
    assert (described.neurons, described.bins, described.frame_rate_hz) == (87, 1600, 30.19)
    (described,) = DryadMEA(stimulus="natural_images", recording="2").describe().values()
    assert (described.neurons, described.bins) == (None, 60)


def test_a_missing_deposit_is_told_apart_from_a_broken_one(tmp_path, monkeypatch):
    monkeypatch.setenv("SYSID_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(DataNotFoundError, match=r"dryad_4ch10: .*sysid fetch dryad_4ch10"):
        DryadMEA().provenance()


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"fold": 5}, "fold: expected 0 … 4, got 5"),
        ({"crop_px": 5}, "crop_px: expected at most size_px = 4, got 5"),
        ({"stimulus": "shifts", "crop_px": 3}, "crop_px: expected none with shifts, .*, got 3"),
        ({"stimulus": "gratings", "recording": "2"}, "recording: expected 1 with gratings, .*, got 2"),
        ({"recording": "both"}, "first_section_s: expected none with both recordings, .*, got 3.85"),
        ({"section_period_s": 0.2}, "section_period_s: expected at least section_duration_s = 0.3, got 0.2"),
        (
            {"stimulus": "gratings", "control": "shift"},
            "control: expected none or shuffle_sections .*, got shift",
        ),
        (
            {"stimulus": "natural_images", "test_stimulus": "movie2"},
            "test_stimulus: expected none with natural_images, as only movies .*, got movie2",
        ),
        (
            {"test_stimulus": "movie1"},
            "test_stimulus: expected another movie than the stimulus, which is movie1, got movie1",
        ),
    ],
)
@pytest.mark.parametrize("method", ["describe", "provenance", "load"])
def test_fields_that_do_not_fit_together_are_one_line(folder, fields, line, method):
    with pytest.raises(SysidError, match=f"^dryad_mea: {line}$"):
        getattr(tiny(folder, **fields), method)()


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"folds": 59}, "dryad_mea: folds: expected at most 58, one block each, got 59"),
        (
            {"first_section_s": 70.0},
            "first_section_s: expected sections within the 600 frames of movie1, got none",
        ),
        (
            {"stimulus": "movie2"},
            r"NeuralData/Spikes/Movie2Exp1.mat: expected this file of the deposit, got none",
        ),
        ({"stimulus": "shifts", "recording": "2"}, "NeuralData/Spikes/Shifts2.mat: expected this file"),
    ],
)
def test_what_does_not_fit_the_files_is_one_line(folder, fields, line):
    with pytest.raises(SysidError, match=line) as raised:
        tiny(folder, **fields).load()
    assert "\n" not in str(raised.value)


def test_fields_for_other_neurons_than_the_spikes_are_named(tmp_path):
    folder = write_deposit(tmp_path / "deposit")
    name = "NeuralData/ReceptiveFields/Movie1Exp1.mat"
    scipy.io.savemat(folder / name, {"ReceptiveFields": draw_outlines(5)})
    with pytest.raises(SysidError, match=f"{name}: ReceptiveFields: expected 3, one per neuron, got 5"):
        tiny(folder).load()


def test_recordings_of_other_images_are_named(tmp_path):
    folder = write_deposit(tmp_path / "deposit")
    name = "NeuralData/Spikes/NaturalImages2.mat"
    scipy.io.savemat(folder / name, {"Spikes": draw_images((7, 1), 2, 3)})
    dataset = tiny(folder, stimulus="natural_images", recording="both", first_section_s=None)
    with pytest.raises(
        SysidError, match=rf"{name}: Spikes: expected \(1, 10\) shifts and images .*got \(1, 7\)"
    ):
        dataset.load()


def test_a_changed_file_is_read_again(tmp_path):
    folder = write_deposit(tmp_path / "deposit")
    before = load_one(tiny(folder))
    name = folder / "NeuralData/Spikes/Movie1Exp1.mat"
    cells = scipy.io.loadmat(name)["Spikes"]
    cells[0, 0] = np.arange(1, 18001, 7, dtype=np.int32)[:, None]
    scipy.io.savemat(name, {"Spikes": cells})
    after = load_one(tiny(folder))
    assert after.provenance.checksum != before.provenance.checksum
    assert np.nansum(after.presentations[0].responses) > np.nansum(before.presentations[0].responses)


def test_another_fold_or_draw_decodes_nothing_again(folder):
    tiny(folder).load()
    caches = (read_frames, read_movie_trains, find_repeated_sections, read_outlines)
    before = [cache.cache_info().misses for cache in caches]
    tiny(folder, fold=3, control="shuffle_sections", draw=8, crop_px=2).load()
    assert [cache.cache_info().misses for cache in caches] == before


@needs_deposit
@pytest.mark.parametrize(
    ("stimulus", "repeated", "kept", "bins"),
    [("movie1", "sections 44–59", 45, 363), ("movie2", "sections 29–42", 47, 379)],
)
def test_the_repeats_of_the_real_deposit_are_the_known_ones(stimulus, repeated, kept, bins):
    recording = load_one(DryadMEA(path=DEPOSIT, stimulus=stimulus, size_px=30, crop_px=15))
    (movie,) = recording.presentations
    runs = [note for note in recording.provenance.notes if "repeat one another" in note]
    assert len(runs) == 1
    assert repeated in runs[0]
    assert movie.section.max() + 1 == kept
    assert (movie.section >= 0).sum() == bins
    assert len(recording.neurons) == 38


@needs_deposit
@pytest.mark.parametrize("stimulus", ["movie1", "movie2"])
def test_the_noise_ceiling_of_the_real_deposit_is_the_known_one(stimulus):
    (movie,) = load_one(DryadMEA(path=DEPOSIT, stimulus=stimulus, size_px=30)).presentations
    responses = movie.responses[:, movie.section >= 0]
    repeats, mean = len(responses), responses.mean(axis=0)
    total = responses.var(axis=1).mean(axis=0)
    signal = (repeats * mean.var(axis=0) - total) / (repeats - 1)
    assert np.sqrt(signal / mean.var(axis=0)).mean() == pytest.approx(0.97, abs=0.015)


@needs_deposit
@pytest.mark.parametrize("stimulus", ["movie1", "natural_images", "gratings", "shifts"])
def test_a_description_is_what_the_real_deposit_holds(stimulus):
    dataset = DryadMEA(path=DEPOSIT, stimulus=stimulus, size_px=30)
    (described,) = dataset.describe().values()
    recording = load_one(dataset)
    assert recording.frame_shape == (described.channels, described.height, described.width)
    assert len(recording.neurons) == described.neurons
    assert sum(each.frames for each in recording.presentations) == described.bins
    assert recording.frame_rate_hz == described.frame_rate_hz


@needs_deposit
def test_the_real_deposit_tests_one_movie_with_a_model_of_the_other():
    recording = load_one(DryadMEA(path=DEPOSIT, size_px=30, crop_px=15, **TRANSFER))
    trained, tested = recording.presentations
    assert (trained.section.max() + 1, tested.section.max() + 1) == (45, 47)
    assert sum(stop - start for start, stop in tested.test) == 379
    assert trained.responses.shape[2] == tested.responses.shape[2] == 38


@needs_deposit
def test_both_movies_of_the_real_deposit_have_the_same_fields():
    deposit = open_deposit(DEPOSIT)
    names = [f"NeuralData/ReceptiveFields/Movie{movie}Exp1.mat" for movie in "12"]
    for one, other in zip(*(read_outlines(deposit, name) for name in names), strict=True):
        np.testing.assert_array_equal(one, other)


@needs_deposit
def test_cells_fire_less_to_light_in_their_field_on_real_images():
    # Most of these cells are OFF cells: r = −.59 at the deposited field, −.19 with y taken for down.
    recording = load_one(DryadMEA(path=DEPOSIT, stimulus="natural_images", size_px=32))
    images = np.concatenate([each.stimulus[:, 0] for each in recording.presentations]).astype(float)
    counts = np.stack([each.responses.mean(axis=(0, 1)) for each in recording.presentations])
    correlations = []
    for neuron, field in enumerate(each.receptive_field for each in recording.neurons):
        column, row = (round(value) for value in field.centre)
        light = images[:, row - 1 : row + 2, column - 1 : column + 2].mean(axis=(1, 2))
        correlations.append(np.corrcoef(light, counts[:, neuron])[0, 1])
    assert np.mean(correlations) < -0.5
