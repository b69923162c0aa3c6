"""What `sysid inspect` says can be modelled from an NWB file, and what is missing."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
from pynwb.base import Images
from pynwb.epoch import TimeIntervals
from pynwb.image import GrayscaleImage, ImageSeries, IndexSeries
from pynwb.misc import AbstractFeatureSeries
from pynwb.ophys import DfOverF, Fluorescence, RoiResponseSeries

import sysid
from sysid_datasets.neurodata.advice import inspect_nwb
from sysid_datasets.neurodata.fluorescence import read_roi_responses
from sysid_datasets.neurodata.opening import open_nwb
from sysid_datasets.nwb import NWB
from tests.command_line import call
from tests.inspected_nwb import (
    add_index_series,
    add_movie_table,
    add_noise,
    add_template,
    begin,
    make_observatory,
    make_probe,
    make_retina,
    make_two_photon,
    random_frames,
    save,
    spikes,
)


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def inspect(file, templates=None):
    return inspect_nwb(save(file, Path("a.nwb")), "nwb", templates)


def table_of(found):
    return tomllib.loads(found.recipe)["datasets"]["a"]


def test_a_retina_file_is_modelled_with_its_repeated_movie_held_out():
    found = inspect(make_retina())
    assert found.models == (
        "noise: 240 frames of 6 × 5 px at 20 Hz, shown once, 12.1 s in all → spikes of 4 units",
        "movie_presentations: 30 frames of 6 × 5 px at 20 Hz, shown 3 times, 1 more broken off, 4.5 s in all "
        "→ spikes of 4 units",
    )
    assert (found.missing, found.ambiguous) == ((), "")
    assert table_of(found) == {
        "use": "nwb",
        "path": "a.nwb",
        "stimulus": ["noise", "movie_presentations"],
        "responses": "units",
        "unit_filter": [{"column": "quality", "values": ["good"]}],
        "test": ["movie_presentations"],
    }


@pytest.mark.parametrize("how", ["invalid", "unobserved"])
def test_what_was_repeated_but_not_recorded_is_not_tested_on(how):
    file = make_retina() if how == "invalid" else begin("Cells that were lost for a while")
    if how == "invalid":
        file.add_invalid_time_interval(start_time=19.9, stop_time=25.0)
    else:
        add_noise(file)
        add_movie_table(file)
        add_template(file)
        file.add_unit(spike_times=spikes(0, 0.5, 30), obs_intervals=[[0.0, 19.0], [27.0, 30.0]])
    found = inspect(file)
    table = table_of(found)
    assert "movie_presentations" in table["stimulus"]
    assert "test" not in table
    assert table["test_fraction"] == 0.2
    ((_, recording),) = NWB(path=Path("a.nwb"), stimulus=tuple(table["stimulus"])).load().items()
    assert [each.name for each in recording.presentations] == ["noise"]


def test_repeats_that_were_not_recorded_do_not_count():
    file = make_retina()
    file.add_invalid_time_interval(start_time=19.9, stop_time=21.6)
    assert 'test = ["movie_presentations"] # shown 2 times' in inspect(file).recipe
    file = make_retina()
    file.add_invalid_time_interval(start_time=19.9, stop_time=23.05)
    assert "test" not in table_of(inspect(file))


def test_frames_by_number_alone_say_where_pixels_come_from():
    found = inspect(make_probe())
    (missing,) = found.missing
    assert missing.startswith("movie_presentations: ")
    assert "published beside the session" in missing
    assert "--templates PATH" in missing
    assert (found.models, found.recipe) == ((), None)


def test_given_templates_make_a_recipe_that_names_them():
    frames = np.random.default_rng(0).integers(0, 256, (30, 6, 5), dtype=np.uint8)
    np.save("movie.npy", frames)
    found = inspect(make_probe(), Path("movie.npy"))
    assert found.missing == ()
    table = table_of(found)
    assert table["templates"] == "movie.npy"
    assert table["unit_preset"] == "allen"
    assert table["behaviour"] == ["running_speed"]
    assert table["test_fraction"] == 0.2  # one movie alone: its last fifth
    assert '# areas = ["VISp", "LP"] # keep some' in found.recipe


def test_planes_are_modelled_together_and_an_absent_video_is_said():
    found = inspect(make_two_photon())
    (model,) = found.models
    assert model.startswith("noise: 240 frames")
    assert model.endswith("→ dF/F of 5 cells in 2 planes")
    (missing,) = found.missing
    assert missing.startswith("scenes: its frames are in videos/scenes.avi, not there; archives keep it")
    assert table_of(found)["responses"] == "DfOverF"
    assert "Neuropil" not in found.recipe


def test_stimuli_of_one_table_are_told_apart_and_those_that_fit_together_are_taken():
    found = inspect(make_observatory(Path("templates")), Path("templates"))
    movie, scenes = found.models
    assert movie == (
        "movie_one: 90 frames of 60 × 80 px at 30 Hz, shown 2 times, 6 s in all → spikes of 3 units"
    )
    assert scenes.startswith("scenes: 12 images of 6 × 5 px at 4 Hz, shown 4 times, 12 s in all")
    assert found.missing == ()
    assert table_of(found)["stimulus"] == ["movie_one"]
    assert found.ambiguous == (
        "stimulus: one model sees frames of one size and kind; the recipe takes movie_one and leaves out "
        "scenes (6 × 5 px)"
    )


def test_stimuli_without_pixels_are_named_in_one_sentence():
    (missing,) = inspect(make_observatory(Path("templates"))).missing
    assert missing.startswith("movie_one, scenes: frames are named only, and no pixels of them are here; ")


def test_large_frames_are_averaged_and_the_recipe_says_so():
    file = begin("large")
    frames = random_frames(30, 1).repeat(20, 1).repeat(30, 2)
    file.add_stimulus_template(ImageSeries(name="movie", data=frames, unit="n.a.", rate=20.0))
    add_movie_table(file)
    file.add_unit(spike_times=spikes(0, 18, 30))
    found = inspect(file)
    assert found.models[0].startswith("movie_presentations: 30 frames of 120 × 150 px")
    assert table_of(found)["size_px"] == 24  # 5 × 5 stored pixels are one
    assert "size_px = 24 # 120 × 150 px averaged to this height" in found.recipe


def test_few_bins_have_a_shorter_history_and_more_of_them_validate():
    file = make_probe()
    add_template(file)
    found = inspect(file)
    assert tomllib.loads(found.recipe)["samples"]["history"] == 3  # of 30 bins; 6 were 300 ms
    assert table_of(found)["validation_fraction"] == 0.3


def test_series_that_show_one_movie_are_its_repeats_and_all_are_named():
    file = make_retina()
    for repeat in range(3):
        file.add_stimulus(
            ImageSeries(
                name=f"clip_{repeat + 1}",
                data=random_frames(40 if repeat != 1 else 20, 9),
                unit="n.a.",
                rate=20.0,
                starting_time=14.0 + 2.0 * repeat,
            )
        )
    found = inspect(file)
    assert found.models[1] == (
        "clip_1 … clip_3: 40 frames of 6 × 5 px at 20 Hz, shown 2 times, 1 more broken off, 4 s in all → "
        "spikes of 4 units"
    )
    assert found.missing == ()
    table = table_of(found)
    assert table["stimulus"] == ["noise", "clip_1", "clip_2", "clip_3", "movie_presentations"]
    assert table["test"] == ["clip_1", "movie_presentations"]


def test_single_images_get_a_recipe_without_history():
    file = begin("images")
    file.add_unit(spike_times=spikes(0, 18, 60))
    images = [GrayscaleImage(name=f"image{n}", data=frame) for n, frame in enumerate(random_frames(30, 1))]
    container = Images(name="photographs", images=images)
    file.add_stimulus_template(container)
    order = np.random.default_rng(0).permutation(np.tile(np.arange(30), 3)).astype(np.uint32)
    file.add_stimulus(
        IndexSeries(
            name="shown",
            data=order,
            unit="N/A",
            indexed_images=container,
            rate=1 / 0.3,
            starting_time=20.0,
        )
    )
    found = inspect(file)
    assert found.models == (
        "shown: 30 images of 6 × 5 px at 3.333 Hz, shown 3 times, 27 s in all → spikes of 1 unit",
    )
    tables = tomllib.loads(found.recipe)
    assert tables["samples"]["history"] == 1
    assert tables["datasets"]["a"]["test_fraction"] == 0.2
    assert "core" not in tables


def test_a_series_and_a_table_of_the_same_showings_are_not_both_taken():
    file = make_retina()
    add_index_series(file)
    found = inspect(file)
    taken = table_of(found)["stimulus"]
    assert len(taken) == 2
    assert "noise" in taken
    assert "also there: movie_" in found.recipe
    assert found.ambiguous == ""


def test_stimuli_of_different_frame_rates_are_doubted_in_the_recipe_as_well():
    file = make_retina()
    frames = random_frames(90, 2)
    file.add_stimulus(
        ImageSeries(name="fast", data=frames, unit="n.a.", format="raw", rate=60.0, starting_time=28.0)
    )
    found = inspect(file)
    doubt = (
        "stimulus: bins differ in length, noise 20 Hz, movie_presentations 20 Hz, fast 60 Hz: a lag of one "
        "bin is not the same in all; `bin_ms` makes them equal"
    )
    assert found.ambiguous == doubt
    assert found.recipe.splitlines()[1] == f"# To choose: {doubt}"


def test_two_kinds_of_responses_need_a_choice():
    file = make_two_photon()
    for unit in range(2):
        file.add_unit(spike_times=spikes(unit, 0, 15))
    found = inspect(file)
    assert found.ambiguous == (
        'responses: the recipe takes "units"; there is also "DfOverF" (dF/F of 5 cells in 2 planes)'
    )
    assert table_of(found)["responses"] == "units"


def test_units_without_spike_times_are_no_spikes():
    file = begin("no spikes")
    add_noise(file)
    file.add_unit_column("snr", "ratio")
    file.add_unit(snr=1.5)
    found = inspect(file)
    assert found.recipe is None
    assert found.missing[0].startswith("units: 1 unit without spike times; spike times come")


def test_units_without_a_spike_and_series_without_frames_are_said():
    file = begin("silent")
    file.add_unit(spike_times=[])
    file.add_stimulus(
        AbstractFeatureSeries(
            name="gratings",
            feature_units=["degrees"],
            features=["orientation"],
            data=np.ones((5, 1)),
            rate=1.0,
        )
    )
    gratings, silent = inspect(file).missing
    assert gratings == "gratings: its type, AbstractFeatureSeries, holds no frames; models here see pixels"
    assert silent.startswith("units: 1 unit without a single spike; spike times come from spike sorting")


def test_a_stimulus_with_a_broken_clock_is_said_and_the_others_are_modelled():
    file = make_retina()
    file.stimulus["noise"].timestamps[7] = file.stimulus["noise"].timestamps[6]
    found = inspect(file)
    assert [line.split(":")[0] for line in found.models] == ["movie_presentations"]
    (missing,) = found.missing
    assert missing.startswith(
        "stimulus/presentation/noise: timestamps: expected increasing times, got duplicated"
    )


def add_table(file, name, **columns):
    rows = len(next(iter(columns.values())))
    table = TimeIntervals(name=name, description="a table")
    for column in columns:
        table.add_column(column, column)
    for row in range(rows):
        own = {column: values[row] for column, values in columns.items()}
        table.add_interval(start_time=2.0 + row, stop_time=2.9 + row, **own)
    file.add_time_intervals(table)


@pytest.mark.parametrize("column", ["stim", "stimulus_name"])
def test_a_table_that_marks_series_is_nothing_that_is_missing(column):
    file = begin("marked")
    add_noise(file)
    add_table(file, "marks", **{column: ["noise", "noise", "grey"]})
    file.add_unit(spike_times=spikes(0, 0, 14))
    found = inspect(file)
    assert [line.split(":")[0] for line in found.models] == ["noise"]
    assert found.missing == ()


def test_a_table_of_what_has_no_pixels_here_is_said_with_what_it_names():
    file = begin("gratings")
    add_noise(file)
    add_table(file, "gratings_presentations", stimulus_name=["gratings"] * 3, orientation=[0.0, 45.0, 90.0])
    file.add_unit(spike_times=spikes(0, 0, 14))
    assert inspect(file).missing == (
        "gratings_presentations: its rows number no frames, and name nothing of which pixels are here "
        "(gratings); movies and images are found by their names with --templates PATH",
    )


@pytest.mark.parametrize("lengths", [(30, 12, 30), (12, 30, 30), (30, 30, 12)])
def test_a_repeat_that_was_broken_off_is_one_of_its_movie_and_nothing_that_is_missing(lengths):
    file = begin("repeats")
    add_noise(file)
    frames = random_frames(30, 2)
    for number, length in enumerate(lengths):
        when = {"starting_time": 20.0 + 5 * number, "rate": 20.0}
        file.add_stimulus(
            ImageSeries(name=f"clip_{number}", data=frames[:length], unit="n.a.", format="raw", **when)
        )
    file.add_unit(spike_times=spikes(0, 0, 40))
    found = inspect(file)
    assert found.missing == ()
    assert found.models[1].startswith(
        "clip_0 … clip_2: 30 frames of 6 × 5 px at 20 Hz, shown 2 times, 1 more"
    )


def test_a_file_without_anything_says_both():
    found = inspect(begin("empty"))
    assert [line.split(":")[0] for line in found.missing] == ["no stimulus", "no responses"]


def test_spikes_at_another_time_are_said():
    file = begin("later")
    add_noise(file)
    file.add_unit(spike_times=spikes(0, 1000, 1010))
    found = inspect(file)
    assert found.recipe is None
    assert found.missing == (
        "noise: shown 1 … 13.05 s, when nothing was recorded (spikes of 1 unit 1000 … 1010 s); clocks that "
        "do not start together look like this",
    )


def test_planes_in_modules_of_their_own_are_modelled_together():
    file = make_two_photon()
    other = file.create_processing_module("ophys_deep", "imaging")
    rois = file.processing["ophys"]["DfOverF"]["plane_0"].rois
    container = DfOverF()
    other.add(container)
    container.add_roi_response_series(
        RoiResponseSeries(
            name="plane_0",
            data=np.ones((150, 3)),
            rois=rois.table.create_roi_table_region(region=[0, 1, 2], description="all", name="rois"),
            unit="n.a.",
            rate=10.0,
            starting_time=0.5,
        )
    )
    found = inspect(file)
    assert table_of(found)["responses"] == "DfOverF"
    assert found.models[0].endswith("→ dF/F of 8 cells in 3 planes")


def test_several_traces_of_the_same_cells_are_a_choice_and_not_planes():
    file = make_two_photon()
    of_cells = file.processing["ophys"]["DfOverF"]["plane_0"].rois
    container = Fluorescence(name="Fluorescence")
    file.processing["ophys"].add(container)
    for name in ("Fluorescence", "Neuropil", "Deconvolved"):
        regions = of_cells.table.create_roi_table_region(region=[0, 1], description="all", name="rois")
        container.add_roi_response_series(
            RoiResponseSeries(
                name=name, data=np.ones((150, 2)), rois=regions, unit="a.u.", rate=10.0, starting_time=0.5
            )
        )
    found = inspect(file)
    assert table_of(found)["responses"] == "DfOverF"
    assert found.ambiguous == (
        'responses: the recipe takes "DfOverF"; there is also "Fluorescence" (fluorescence of 2 cells) or '
        '"Deconvolved" (Deconvolved of 2 cells)'
    )
    with open_nwb(Path("a.nwb")) as opened:  # a name of a series and of what it is in means the series
        assert len(read_roi_responses(opened, ["Fluorescence"]).neurons) == 2


@pytest.mark.parametrize("make", [make_retina, make_two_photon])
def test_the_command_writes_a_recipe_that_the_check_of_recipes_and_the_dataset_take(make):
    save(make(), Path("a.nwb"))
    outcome = call("inspect", "a.nwb", "--write", "recipe.toml")
    assert (outcome.code, outcome.err) == (0, "")
    recipe = sysid.load_recipe("recipe.toml", profile="quick")
    dataset = recipe.runs[0].dataset
    (recording,) = dataset.load().values()
    assert recording.presentations


def test_nwb_files_are_recognised_by_name_or_content(tmp_path):
    path = save(make_retina(), tmp_path / "a.nwb")
    assert NWB.recognizes(path)
    bare = path.rename(tmp_path / "session.h5")
    assert NWB.recognizes(bare)
    (tmp_path / "broken.nwb").write_bytes(b"no")
    assert NWB.recognizes(tmp_path / "broken.nwb")  # so that the one who opens it says what is wrong
    (tmp_path / "a.txt").write_bytes(b"words")
    assert not NWB.recognizes(tmp_path / "a.txt")
    assert not NWB.recognizes(tmp_path)


def test_a_broken_file_is_one_line():
    Path("a.nwb").write_bytes(b"no HDF5")
    outcome = call("inspect", "a.nwb")
    assert (outcome.code, outcome.out, len(outcome.complaints)) == (2, "", 1)
    assert outcome.complaints[0].startswith("a.nwb: ")


def test_a_template_alone_is_nothing_that_was_shown():
    file = begin("template")
    add_template(file)
    file.add_unit(spike_times=spikes(0, 0, 10))
    assert inspect(file).recipe is None
