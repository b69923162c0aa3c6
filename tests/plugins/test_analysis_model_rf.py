"""The analyses `model_rf` and `local_rf` on finished runs."""

import csv
from pathlib import Path
from types import SimpleNamespace

import attrs
import numpy as np
import pytest

import sysid
from sysid_analyses.fields import data_field, model_field, model_rf
from sysid_analyses.fields.data_field import data_filters
from sysid_analyses.fields.field import describe_fields
from sysid_analyses.fields.field_summary import field_cosines
from sysid_analyses.fields.field_table import FieldSet
from sysid_analyses.fields.local_rf import LocalReceptiveField
from sysid_analyses.fields.model_rf import ModelReceptiveField
from sysid_analyses.fields.model_rf_figure import draw_indices, draw_population
from sysid_analyses.fields.noise_contrast import noise_level
from sysid_analyses.sta import spike_triggered_average
from tests.command_line import LINEAR, call, write_recipe

WHITE = """\
use = "simulated_retina"
stimulus = "white_noise"
size_px = 8
neurons = 3
frames = 1500
"""
STORED = "samples = {standardize = false}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The folder of a linear model and of two networks, one of which sees pixels as stored."""
    place = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        more = f"{LINEAR}[variants.cnn]\n[variants.stored]\n{STORED}\n"
        assert call("run", write_recipe(WHITE, more, name="white.toml")).code == 0
    return place


def find(folder, variant):
    (path,) = (folder / "runs" / "white" / variant).glob("*/fold0/seed0")
    return sysid.RunFolder(path)


def analyze(run, place, *, local=False, **keys):
    analysis = LocalReceptiveField(**keys) if local else ModelReceptiveField(**{"windows": 400} | keys)
    return analysis.analyze((run,), place)


def rows_of(place):
    return list(csv.DictReader((place / "cells.csv").read_text(encoding="utf-8").splitlines()))


def load_arrays(place):
    with np.load(place / "filters.npz", allow_pickle=False) as file:
        return dict(file)


def test_both_analyses_see_the_filter_of_a_linear_model(folder, tmp_path):
    run = find(folder, "ln")
    for name, local in (("noise", False), ("local", True)):
        (tmp_path / name).mkdir()
        findings = analyze(run, tmp_path / name, local=local, **({} if local else {"windows": 20_000}))
        assert not findings.reason
    noise, local = (load_arrays(tmp_path / name)["model_filters"] for name in ("noise", "local"))
    assert noise.shape == (4, 8, 8, 3)
    for neuron in range(3):  # Stein's lemma; binary noise is near enough to Gaussian once it is summed
        cosine = np.corrcoef(noise[..., neuron].ravel(), local[..., neuron].ravel())[0, 1]
        assert cosine > 0.95


def test_model_rf_leaves_a_row_per_neuron_its_arrays_and_three_figures(folder, tmp_path):
    findings = analyze(find(folder, "ln"), tmp_path, windows=4000)
    rows, arrays = rows_of(tmp_path), load_arrays(tmp_path)
    assert [row["neuron"] for row in rows] == ["on0", "on1", "off0"]
    assert [row["data_polarity"] for row in rows] == ["1", "1", "-1"]
    assert all(float(row["half_agreement"]) > findings.numbers["half_agreement_by_chance"] for row in rows)
    assert arrays["data_spatial"].shape == (8, 8, 3)
    assert [picture.stem for picture in findings.pictures] == ["cells", "population", "indices"]
    assert {path.name for path in tmp_path.iterdir()} == {
        *("cells.csv", "fields.npz", "filters.npz", "cells.png", "cells.svg"),
        *("population.png", "population.svg", "indices.png", "indices.svg"),
    }
    assert findings.numbers["cells"] == 3
    assert findings.numbers["same_sign"] == 1
    assert findings.statements[-1].startswith("The noise evokes")


def test_the_same_keys_give_the_same_numbers(folder, tmp_path):
    numbers = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        numbers.append(analyze(find(folder, "cnn"), tmp_path / name).numbers)
    np.testing.assert_equal(numbers[0], numbers[1])


def test_local_rf_leaves_one_figure_and_counts_its_bins(folder, tmp_path):
    findings = analyze(find(folder, "cnn"), tmp_path, local=True, frames=7)
    assert findings.numbers["test_bins"] == 7
    assert [(picture.stem, picture.answers) for picture in findings.pictures] == [("cells", "")]
    assert load_arrays(tmp_path)["model_filters"].shape == (4, 8, 8, 3)


def test_the_data_have_the_average_of_the_training_bins_and_the_lags_that_the_model_sees(folder):
    run = sysid.load_run(find(folder, "ln").path)
    (found,) = data_filters(run).values()
    assert found.method == "average"
    (responses, _), presentation = run.responses_in("train")["retina"], run.recording.presentations[0]
    expected = spike_triggered_average(presentation.stimulus[:, 0], np.mean(responses, axis=0), 4)
    np.testing.assert_allclose(found.filters, expected, atol=1e-3)
    later = attrs.evolve(run, samples=attrs.evolve(run.samples, include_current=False))
    (shifted,) = data_filters(later).values()
    np.testing.assert_allclose(shifted.filters[:3], expected[1:], atol=0.5)  # other bins at the edges
    assert shifted.filters.shape == expected.shape


def test_noise_has_the_contrast_of_the_training_pixels_or_the_papers(folder):
    standardized, stored = (sysid.load_run(find(folder, name).path) for name in ("cnn", "stored"))
    mean, sd = (float(getattr(standardized.model.standardization, name)) for name in ("mean", "sd"))
    assert noise_level(standardized, "training") == pytest.approx((mean, sd))
    assert noise_level(standardized, "paper") == pytest.approx((mean, sd / 2))
    assert noise_level(stored, "paper") == (0, 0.5)
    assert noise_level(stored, "training") == pytest.approx((mean, sd), rel=0.02)
    assert sd == pytest.approx(127.5, rel=0.01)  # pixels are 0 or 255


@pytest.fixture
def _no_recording(monkeypatch):
    def missing(run):
        raise sysid.DataNotFoundError("it is gone")

    data_field._compute.cache_clear()
    monkeypatch.setattr(sysid.Run, "recordings", property(missing))


@pytest.fixture
def _imported(monkeypatch, _no_recording):
    """Runs as of weights that were imported without what they were trained on."""
    monkeypatch.setattr(model_rf, "has_recording", lambda run: False)
    monkeypatch.setattr(model_field, "has_recording", lambda run: False)


@pytest.mark.usefixtures("_no_recording")
@pytest.mark.parametrize("local", [True, False])
@pytest.mark.parametrize("name", ["cnn", "stored"])
def test_a_recording_that_is_not_here_now_is_an_error_so_that_earlier_findings_stay(
    folder, tmp_path, name, local
):
    with pytest.raises(sysid.DataNotFoundError, match="it is gone"):
        analyze(find(folder, name), tmp_path, local=local)


@pytest.mark.usefixtures("_imported")
def test_without_the_recording_the_model_is_looked_at_alone(folder, tmp_path):
    findings = analyze(find(folder, "cnn"), tmp_path)
    assert findings.statements[1] == (
        "The recording is not on this machine, so there is nothing to compare them with."
    )
    assert {row["data_reason"] for row in rows_of(tmp_path)} == {"the recording is not on this machine"}


@pytest.mark.usefixtures("_imported")
def test_what_cannot_be_done_without_the_recording_says_so(folder, tmp_path):
    stored = find(folder, "stored")
    assert analyze(stored, tmp_path).reason == (
        "the run sees pixels as stored and its recording is not known, so the contrast it was trained "
        'on is not known; `contrast = "paper"` needs no recording'
    )
    assert not analyze(stored, tmp_path, contrast="paper").reason


@pytest.mark.parametrize("local", [True, False])
def test_a_stimulus_with_colours_is_not_looked_at(folder, tmp_path, monkeypatch, local):
    coloured = SimpleNamespace(architecture=SimpleNamespace(input_shape=(4, 3, 8, 8)))
    monkeypatch.setattr(sysid, "load_run", lambda path: coloured)
    findings = analyze(find(folder, "cnn"), tmp_path, local=local)
    assert findings.reason == "receptive fields are made for one channel, and the stimulus has 3"


def change(monkeypatch, folder, variant, scale):
    """Scale all weights of the readout before the analysis sees the model."""
    run = sysid.load_run(find(folder, variant).path)
    for weight in run.model.readouts.parameters():
        weight.data *= scale
    monkeypatch.setattr(sysid, "load_run", lambda path: run)


def test_a_model_that_always_says_the_same_has_no_field(folder, tmp_path, monkeypatch):
    change(monkeypatch, folder, "ln", 0)
    assert analyze(find(folder, "ln"), tmp_path).reason == (
        "the model predicts the same rates whatever noise it is shown"
    )
    assert analyze(find(folder, "ln"), tmp_path, local=True).numbers["model_fields"] == 0


@pytest.mark.parametrize("found", [("model",), ("data",), ("model", "data")])
def test_one_cell_with_a_field_makes_no_pair_and_no_empty_legend(found):
    """Warnings are errors here, and matplotlib warns of a legend of nothing."""
    y, x = np.mgrid[:9, :11]
    space = np.exp(-((y - 4) ** 2 + (x - 5) ** 2) / 4)
    filters = (np.array([0.1, 1.0, 0.3])[:, None, None] * space)[..., None]  # lag height width neuron
    fields = {
        which: describe_fields(filters, 0.02, reasons=("" if which in found else "too few spikes",))
        for which in ("model", "data")
    }
    known = FieldSet(("one",), ("1",), fields["model"], fields["data"])
    draw_population(known)
    figure = draw_indices(known, {which: field_cosines(known, which) for which in ("model", "data")})
    assert [axes.get_legend() is None for axes in figure.axes] == [False, True]


def test_a_model_that_noise_hardly_drives_is_said_to_be(folder, tmp_path, monkeypatch):
    change(monkeypatch, folder, "ln", 0.1)
    findings = analyze(find(folder, "ln"), tmp_path)
    assert findings.numbers["rate_variance_ratio"] < 0.1
    assert "it hardly drives the model" in findings.statements[-1]


def test_a_run_without_test_bins_has_no_local_field(folder, tmp_path, monkeypatch):
    run = sysid.load_run(find(folder, "ln").path)
    nothing = {"retina": [np.full((1, 20, 3), np.nan, dtype=np.float32)]}
    monkeypatch.setattr(type(run), "responses_in", lambda self, part: nothing)
    assert analyze(find(folder, "ln"), tmp_path, local=True).reason == (
        "there is no test bin with a whole window before it"
    )


def test_the_neurons_of_all_sessions_are_looked_at(folder, tmp_path, monkeypatch):
    run = sysid.load_run(find(folder, "ln").path)
    readout, stored = run.model.readouts["retina"], run.folder.predictions()["retina"]
    run.model.readouts["again"] = readout
    sessions = {name: run.information["sessions"]["retina"] for name in ("retina", "again")}
    populations = {name: run._populations["retina"] for name in sessions}
    both = attrs.evolve(run, information=run.information | {"sessions": sessions}, populations=populations)
    recordings = {name: run.recordings["retina"] for name in sessions}
    data_field._compute.cache_clear()
    monkeypatch.setattr(sysid, "load_run", lambda path: both)
    monkeypatch.setattr(sysid.Run, "recordings", recordings)
    monkeypatch.setattr(sysid.RunFolder, "predictions", lambda self: dict.fromkeys(sessions, stored))
    assert analyze(find(folder, "ln"), tmp_path).numbers["cells"] == 6
    rows = rows_of(tmp_path)
    assert [row["session"] for row in rows] == ["retina"] * 3 + ["again"] * 3
    for first, second in zip(rows[:3], rows[3:], strict=True):
        assert first | {"session": ""} == second | {"session": ""}
