"""`sysid export-nwb`: predictions, scores and receptive fields of a run as an NWB file."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pynwb
import pytest

from sysid import FieldMaps, Provenance, SysidError, export_nwb, make_nwb_file
from sysid.atomic import write_json
from sysid.field_map import read_field_maps
from sysid.nwb.prediction import SessionNames, make_series, name_unit
from sysid.run_folder import RunFolder
from tests.command_line import LINEAR, call, files_below, write_recipe
from tests.report_run import BINS, make_run

HEADER = "session,neuron,correlation,feve,repeats,novel_score,bin_ms,excluded,simulated"
ROWS = {
    "a": "retina,a,0.75,0.5,4,1.5,33.3333,,True",
    "b": "retina,b,,-0.25,4,2.5,33.3333,constant response,True",
    "c": "retina,c,0.5,0.25,3,3.5,33.3333,,True",
}


def make_fields(neurons=("a", "b", "c"), **changes) -> FieldMaps:
    """Return fields of a model and of the data, maps of 5×4 px and 6 lags."""
    generator, rows = np.random.default_rng(1), 2 * len(neurons)
    fields = {
        "session": ("retina",) * rows,
        "neuron": (*neurons, *neurons),
        "source": ("data",) * len(neurons) + ("model",) * len(neurons),
        "spatial": generator.standard_normal((rows, 5, 4)).astype(np.float32),
        "temporal": generator.standard_normal((rows, 6)).astype(np.float32),
        "lag_s": (np.arange(6) / 30).astype(np.float32),
        "centre": generator.random((rows, 2), dtype=np.float32),
        "widths": generator.random((rows, 2), dtype=np.float32),
        "angle": generator.random(rows, dtype=np.float32),
        "reason": ("", "not more than chance", "") * 2,
    }
    return FieldMaps(**(fields | changes))


def make_finished(top: Path, *, simulated: bool = True, **changes) -> RunFolder:
    """Make a run by hand, with its table of neurons and the fields of one analysis."""
    folder = make_run(top, "cnn", simulated=simulated, **changes)
    rows = [row if simulated else row.replace("True", "False") for row in ROWS.values()]
    folder.neurons_file.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    (folder.path / "analyses/maps").mkdir(parents=True)
    make_fields().write(folder.path / "analyses/maps/fields.npz")
    return folder


def read(path: Path, look):
    """Open an NWB file, let `look` see its module, and return what it returns."""
    with pynwb.NWBHDF5IO(str(path), "r") as file:
        content = file.read()
        return look(content, content.processing["sysid"])


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> tuple[RunFolder, Path]:
    """A run made by hand, and what was exported of it."""
    top = tmp_path_factory.mktemp("exported")
    folder = make_finished(top)
    export_nwb(folder.path, top / "run.nwb")
    return folder, top / "run.nwb"


def test_the_file_is_valid(exported):
    assert pynwb.validate(path=str(exported[1])) == []


def test_predictions_and_recorded_means_read_back_equal(exported):
    folder, path = exported
    stored = folder.predictions()["retina"]

    def look(_content, module):
        predicted, recorded = module["retina_predicted"], module["retina_recorded_mean"]
        np.testing.assert_array_equal(predicted.data[:], stored["prediction"])
        np.testing.assert_allclose(recorded.data[:], stored["responses"].mean(axis=0), rtol=1e-6)
        np.testing.assert_allclose(predicted.timestamps[:], np.arange(BINS) / 30)
        np.testing.assert_array_equal(recorded.timestamps[:], predicted.timestamps[:])
        assert "by model cnn on movie, run cnn/movie/fold0/seed0, mean CC 0.500" in predicted.description
        assert "these are not times of the recording" in predicted.description
        return predicted.unit, recorded.unit

    assert read(path, look) == ("not stated, per bin", "not stated, per bin")


def test_bins_say_which_frame_of_which_presentation_they_are(exported):
    folder, path = exported
    stored = folder.predictions()["retina"]

    def look(_content, module):
        bins = module["retina_test_bins"]
        for name in ("frame", "presentation", "block"):
            np.testing.assert_array_equal(bins[name][:], stored[name])
        np.testing.assert_allclose(bins["stop_time"][:] - bins["start_time"][:], stored["bin_duration_s"])

    read(path, look)


def test_the_table_of_neurons_holds_every_score(exported):
    def look(_content, module):
        table = module["retina_neurons"]
        assert list(table["neuron"][:]) == ["a", "b", "c"]
        np.testing.assert_array_equal(table["correlation"][:], [0.75, np.nan, 0.5])
        np.testing.assert_array_equal(table["novel_score"][:], [1.5, 2.5, 3.5])
        assert list(table["excluded"][:]) == ["", "constant response", ""]
        assert list(table["simulated"][:]) == [True] * 3
        assert "Cadena" in table["feve"].description
        return table.description

    assert read(exported[1], look).startswith("SIMULATED neurons of session retina")


def test_receptive_fields_read_back_with_their_neurons(exported):
    fields = make_fields()

    def look(_content, module):
        for source, rows in (("data", slice(0, 3)), ("model", slice(3, 6))):
            table = module[f"retina_maps_{source}_fields"]
            for stored, name in (
                *(("spatial", "spatial"), ("temporal", "temporal")),
                *(("centre_px", "centre"), ("widths_px", "widths"), ("angle_rad", "angle")),
            ):
                np.testing.assert_array_equal(table[stored][:], getattr(fields, name)[rows])
            np.testing.assert_array_equal(table["lag_s"][1], fields.lag_s)
            assert list(table["found"][:]) == [True, False, True]
            assert list(table["reason"][:]) == ["", "not more than chance", ""]
            assert list(table["neuron_row"].data[:]) == [0, 1, 2]
            assert table["neuron_row"].table is module["retina_neurons"]

    read(exported[1], look)


def test_what_is_not_known_is_said_and_what_is_simulated_too(exported):
    def look(content, _module):
        assert content.session_start_time == datetime(1970, 1, 1, tzinfo=UTC)
        assert "session_start_time is not known" in content.notes
        assert {"a note", "source: the source of movie"} <= set(content.notes.splitlines())
        assert content.identifier == "sysid-digest of cnn"
        return content.session_description

    assert read(exported[1], look).startswith("SIMULATED: the responses were computed")


def test_a_recording_with_a_start_and_a_kind_keeps_them(tmp_path):
    folder = make_finished(tmp_path, simulated=False)
    information = folder.information()
    information["sessions"]["retina"]["response_kind"] = "spikes"
    information["data"] |= {
        "session_start": "2019-05-04T10:30:00+02:00",
        "doi": "10.5061/x",
        "licence": "CC0",
    }
    write_json(folder.run_file, information)
    export_nwb(folder.path, tmp_path / "run.nwb")

    def look(content, module):
        assert content.session_start_time.utcoffset() == timedelta(hours=2)
        assert "not known" not in content.notes
        assert {"DOI: 10.5061/x", "licence: CC0"} <= set(content.notes.splitlines())
        assert "SIMULATED" not in content.session_description
        assert list(module["retina_neurons"]["simulated"][:]) == [False] * 3
        return module["retina_predicted"].unit

    assert read(tmp_path / "run.nwb", look) == "spikes/bin"


def test_a_start_without_a_zone_or_that_stands_for_none_is_noted_and_another_refused():
    def make(start):
        return make_nwb_file(
            Provenance("x.nwb", "0", simulated=False, session_start=start), description="d", identifier="i"
        )

    content = make("2019-05-04T10:30:00")
    assert content.session_start_time == datetime(2019, 5, 4, 10, 30, tzinfo=UTC)
    assert "without a time zone" in content.notes
    assert "session_start_time is not known" in make("1970-01-01T00:00:00+00:00").notes
    line = 'x.nwb: session_start: expected a date and time, got "yesterday"'
    with pytest.raises(SysidError, match=f"^{line}$"):
        make("yesterday")


@pytest.mark.parametrize(
    ("kind", "unit"), [("spikes", "spikes/bin"), ("dF/F", "dF/F"), ("", "not stated, per bin")]
)
def test_the_unit_is_that_of_the_responses(kind, unit):
    assert name_unit(kind) == unit


def test_sessions_have_objects_of_their_own_and_no_slash_in_names():
    stored = {
        "prediction": np.zeros((2, 3), np.float32),
        "responses": np.array([[[1, np.nan, 2]] * 2, [[2, np.nan, np.nan]] * 2], np.float32),
        "bin_duration_s": np.array([0.25, 0.5]),
        **{name: np.arange(2) for name in ("frame", "presentation", "block")},
    }
    predicted, recorded, bins = make_series(SessionNames("day/1"), stored, "a model", "spikes")
    assert [each.name for each in (predicted, recorded, bins)] == [
        *("day_1_predicted", "day_1_recorded_mean", "day_1_test_bins"),
    ]
    np.testing.assert_array_equal(recorded.data, [[1.5, np.nan, 2]] * 2)
    assert list(bins["stop_time"][:]) == [0.25, 0.75]


def test_two_sessions_of_one_name_in_nwb_are_refused(tmp_path):
    folder = make_finished(tmp_path)
    stored = folder.predictions()["retina"]
    arrays = {f"{name}/{key}": value for name in ("a_b", "a:b") for key, value in stored.items()}
    np.savez(folder.predictions_file, **arrays)
    information = folder.information()
    information["sessions"] = {name: information["sessions"]["retina"] for name in ("a_b", "a:b")}
    write_json(folder.run_file, information)
    rows = [row.replace("retina", name) for name in ("a_b", "a:b") for row in ROWS.values()]
    folder.neurons_file.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    with pytest.raises(SysidError, match=r'session "a:b": another has the same name in NWB$'):
        export_nwb(folder.path, tmp_path / "run.nwb")


@pytest.fixture
def here(tmp_path, monkeypatch) -> RunFolder:
    monkeypatch.chdir(tmp_path)
    return make_finished(tmp_path)


def test_the_command_names_what_it_wrote(here):
    done = call("export-nwb", here.path, "--out", "run.nwb")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "run.nwb: predictions of 3 neurons in 40 bins SIMULATED",
        "  receptive fields: retina_maps_data_fields",
        "  receptive fields: retina_maps_model_fields",
    ]


def test_a_file_that_is_there_stays_unless_told(here):
    Path("run.nwb").write_text("mine", encoding="utf-8")
    done = call("export-nwb", here.path, "--out", "run.nwb")
    assert (done.code, done.err) == (2, "run.nwb: exists; --overwrite replaces it\n")
    assert Path("run.nwb").read_text(encoding="utf-8") == "mine"
    assert call("export-nwb", here.path, "--out", "run.nwb", "--overwrite").code == 0
    assert pynwb.validate(path="run.nwb") == []


def test_the_file_appears_whole_or_not_at_all(here, monkeypatch):
    def break_off(path, _content):
        path.write_bytes(b"half a file")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sysid.nwb.export.save_nwb_file", break_off)
    done = call("export-nwb", here.path, "--out", "run.nwb")
    assert (done.code, done.err) == (
        2,
        "run.nwb: cannot be written: No space left on device; "
        "make room there and run the same command again\n",
    )
    assert [name for name in files_below(".") if "run.nwb" in name] == []


def test_a_run_without_fields_says_which_analyses_find_some(here):
    (here.path / "analyses/maps/fields.npz").unlink()
    done = call("export-nwb", here.path, "--out", "run.nwb")
    assert done.code == 0
    assert done.out.splitlines()[1].startswith("  no receptive fields: no analysis of this run has left any")
    assert pynwb.validate(path="run.nwb") == []


@pytest.mark.parametrize(
    ("out", "line"),
    [
        ("run.h5", "--out: expected a file name in .nwb, got run.h5"),
        ("a/run.nwb", "a/run.nwb: expected a folder to write it into; there is no a"),
        ("folder.nwb", "folder.nwb: expected the name of a file, got a folder"),
    ],
)
def test_a_place_that_cannot_be_written_to_is_one_line(here, out, line):
    Path("folder.nwb").mkdir()
    done = call("export-nwb", here.path, "--out", out)
    assert (done.code, done.out, done.err) == (2, "", f"{line}\n")


def break_neurons(folder: RunFolder) -> None:
    folder.neurons_file.write_text("\n".join([HEADER, ROWS["b"], ROWS["a"], ROWS["c"]]), encoding="utf-8")


def break_fields(folder: RunFolder) -> None:
    make_fields(neurons=("a", "b", "z")).write(folder.path / "analyses/maps/fields.npz")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda run: run.neurons_file.unlink(), r"neurons.csv: cannot be read as a table: .*"),
        (
            break_neurons,
            r"neurons.csv: expected the 3 neurons of session retina as in run.json, .*, got 3 others",
        ),
        (
            break_fields,
            r'analyses/maps: neuron: expected neurons of the run, got "z", which is none of them',
        ),
        (
            lambda run: run.predictions_file.unlink(),
            r"seed0: expected a run with predictions of its test part, got none; imported weights .*",
        ),
        (
            lambda run: make_run(run.path.parents[3], "ln"),
            r".: expected one run, got 2: name the folder of one of them, such as .*cnn/movie-simulated/.*",
        ),
    ],
)
def test_a_folder_that_does_not_hold_one_whole_run_is_one_line(here, change, line):
    change(here)
    done = call("export-nwb", ".", "--out", "run.nwb")
    assert (done.code, done.out) == (2, "")
    assert re.fullmatch(f".*{line}\n", done.err), done.err
    assert not Path("run.nwb").exists()


def test_no_run_is_one_line(tmp_path):
    done = call("export-nwb", tmp_path / "nothing", "--out", tmp_path / "run.nwb")
    assert done.code == 2
    assert done.err == (
        f"{tmp_path / 'nothing'}: expected a run folder, or one with runs below it; there is no such folder\n"
    )


def test_field_maps_are_read_as_written(tmp_path):
    fields = make_fields()
    fields.write(tmp_path / "fields.npz")
    again = read_field_maps(tmp_path / "fields.npz")
    for name in ("session", "neuron", "source", "reason"):
        assert getattr(again, name) == getattr(fields, name)
    for name in ("spatial", "temporal", "lag_s", "centre", "widths", "angle"):
        np.testing.assert_array_equal(getattr(again, name), getattr(fields, name))
    np.testing.assert_array_equal(again.select("retina", "model"), [3, 4, 5])
    assert len(again.select("other", "model")) == 0


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"angle": np.zeros(2, np.float32)}, "angle: expected 6 entries, got 2"),
        ({"lag_s": np.zeros(5, np.float32)}, "lag_s: expected 6 entries, got 5"),
        ({"source": ("data",) * 5 + ("guess",)}, 'source: expected "data" or "model", got "guess"'),
    ],
)
def test_field_maps_that_do_not_fit_together_are_refused(tmp_path, changes, line):
    fields = make_fields()
    with pytest.raises(SysidError, match=f"^{line}$"):
        make_fields(**changes)
    arrays = {name: getattr(fields, name) for name in FieldMaps.__annotations__} | changes
    np.savez(tmp_path / "fields.npz", **{name: np.array(value) for name, value in arrays.items()})
    with pytest.raises(SysidError, match=f"fields.npz: {line}$"):
        read_field_maps(tmp_path / "fields.npz")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"spatial": None}, "expected the arrays session, .*, got none named spatial"),
        ({"spatial": np.zeros((6, 5))}, r"spatial: expected floating point numbers, 3 axes, got .* \(6, 5\)"),
        (
            {"centre": np.zeros((6, 3))},
            r"centre: expected floating point numbers, \(row, 2\), got .* \(6, 3\)",
        ),
        ({"neuron": np.arange(6)}, r"neuron: expected text, one axis, got int64 of shape \(6,\)"),
    ],
)
def test_files_that_are_no_field_maps_are_refused(tmp_path, changes, line):
    fields = make_fields()
    arrays = {name: getattr(fields, name) for name in FieldMaps.__annotations__} | changes
    kept = {name: np.array(value) for name, value in arrays.items() if value is not None}
    np.savez(tmp_path / "fields.npz", **kept)
    with pytest.raises(SysidError, match=f"fields.npz: {line}$"):
        read_field_maps(tmp_path / "fields.npz")
    (tmp_path / "fields.npz").write_bytes(b"no zip")
    with pytest.raises(
        SysidError,
        match=r"fields\.npz: expected receptive fields as NPZ, got a broken one \(File is not a zip file\)$",
    ):
        read_field_maps(tmp_path / "fields.npz")


def test_a_run_as_sysid_leaves_it_is_exported_with_the_fields_of_its_analyses(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_recipe(more=f'{LINEAR}\n[analyses.look]\nuse = "sta"\nshifts = 3')
    assert call("run", "tiny.toml", "--quiet").code == 0
    done = call("export-nwb", "runs/tiny", "--out", "run.nwb")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[1:] == ["  receptive fields: retina_look_data_fields"]
    assert pynwb.validate(path="run.nwb") == []
    place = Path("runs/tiny/ln/movie-simulated/fold0/seed0")
    with np.load(place / "analyses/look/filters.npz", allow_pickle=False) as file:
        spatial = file["spatial"]
    information = json.loads((place / "run.json").read_text(encoding="utf-8"))
    assert information["sessions"]["retina"]["response_kind"] == "spikes"

    def look(_content, module):
        np.testing.assert_allclose(module["retina_look_data_fields"]["spatial"][:], spatial, rtol=1e-6)
        return module["retina_predicted"].unit

    assert read(Path("run.nwb"), look) == "spikes/bin"
