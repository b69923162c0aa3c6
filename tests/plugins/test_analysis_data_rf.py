"""The analysis `sta`: receptive fields of the data that a run was trained on."""

import csv
import math

import attrs
import numpy as np
import pytest

import sysid
from sysid import Dataset, Neuron, Presentation, Provenance, Recording, RunFolder
from sysid_analyses.fields import data_rf, data_rf_statement
from sysid_analyses.fields.data_rf import SpikeTriggeredAverage
from sysid_analyses.fields.data_rf_figure import DRAWN, draw_maps, rank_cells, signed_map
from sysid_analyses.fields.stimulus_correlation import stimulus_correlation
from sysid_analyses.fields.training_data import read_training_data
from sysid_datasets.simulated_movie import natural_movie, white_noise

RECIPE = """
[datasets.retina]
use = "simulated_retina"
stimulus = "white_noise"
size_px = 8
neurons = 6
frames = 1500
[samples]
history = 12
include_current = false
[encoder]
use = "identity"
[core]
use = "identity"
[readout]
use = "window"
window_px = 3
[training]
method = "least_squares"
[analyses.sta]
use = "sta"
shifts = 39
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished run on six cells that watched white noise, analysed by its recipe."""
    place = tmp_path_factory.mktemp("finished")
    (place / "small.toml").write_text(RECIPE, encoding="utf-8")
    result = sysid.run(sysid.load_recipe(place / "small.toml"), folder=place / "runs")
    (folder,) = result.folders.values()
    return folder


@attrs.frozen(eq=False)
class Given(Dataset):
    """Recordings made in a test, which pass for those of a run."""

    recordings: dict[str, Recording]
    checksum: str

    def describe(self):
        return {}

    def provenance(self):
        return Provenance("a test", self.checksum, simulated=True)

    def load(self):
        return self.recordings


def analyze(monkeypatch, finished, folder, recordings, **fields):
    """Run the analysis as if the run had been trained on other recordings."""
    run = replace(finished, recordings)
    monkeypatch.setattr(sysid, "load_run", lambda path: run)
    return SpikeTriggeredAverage(**fields).analyze((RunFolder(folder),), folder)


def replace(finished, recordings):
    run = sysid.load_run(finished.path)
    (shape,) = {recording.frame_shape for recording in recordings.values()}
    return attrs.evolve(
        run,
        dataset=Given(recordings, run.information["data"]["checksum"]),
        architecture=attrs.evolve(run.architecture, input_shape=(run.samples.history, *shape)),
    )


def make_recording(stimulus, responses, train=None, field=None):
    frames = len(stimulus)
    presentation = Presentation(
        "movie",
        stimulus,
        responses[None].astype(np.float32),
        np.full(frames, 1 / 30),
        train=((0, frames),) if train is None else train,
    )
    neurons = tuple(Neuron(f"cell{number}", field) for number in range(responses.shape[1]))
    return Recording((presentation,), neurons, 30.0, Provenance("a test", "0", simulated=True))


def draw_counts(frames, neurons, seed=0):
    return np.random.default_rng(seed).poisson(0.5, (frames, neurons))


def read_rows(file):
    with open(file, newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text))


def test_fields_of_simulated_cells_are_found_where_they_are(finished):
    folder = finished.path / "analyses" / "sta"
    rows = read_rows(folder / "cells.csv")
    assert [row["neuron"] for row in rows] == ["on0", "on1", "on2", "off0", "off1", "off2"]
    for row in rows:
        assert row["significant"] == "1"
        assert (row["reason"], row["cross_validated"]) == ("", "")
        assert row["polarity"] == ("ON" if row["neuron"].startswith("on") else "OFF")
        assert float(row["p"]) == 0.025
        assert float(row["true_distance_px"]) < 0.5
        assert float(row["true_distance_px"]) == pytest.approx(float(row["known_distance_px"]), abs=1e-4)
        assert float(row["true_filter_distance_px"]) < 0.3
        assert 60 < float(row["latency_ms"]) < 130
        assert 0 < float(row["separability"]) < 1
        assert 0 < float(row["centre_error_x_px"]) < 0.3


def test_arrays_hold_the_filters_of_the_training_bins(finished):
    run = sysid.load_run(finished.path)
    (data,) = read_training_data(run).values()
    assert data.lags == 13  # the frame on screen, which the model does not see, and twelve before it
    assert data.bins == 1125 - 12 - 12  # no whole window, and bins that share frames with the validation part
    with np.load(finished.path / "analyses" / "sta" / "filters.npz", allow_pickle=False) as arrays:
        filters, centre, spatial = (arrays[name] for name in ("filters", "centre", "spatial"))
        assert arrays["polarity"].tolist() == [1, 1, 1, -1, -1, -1]
    assert (filters.shape, centre.shape, spatial.shape) == ((13, 8, 8, 6), (6, 2), (6, 8, 8))
    used = np.flatnonzero(np.isfinite(data.responses[:, 0]))
    windows = np.array([data.stimulus[bin - 12 : bin + 1][::-1] for bin in used], dtype=float)
    rates = data.responses[used, 3]
    expected = np.tensordot(rates / rates.sum(), windows, axes=1) - windows.mean(axis=0)
    np.testing.assert_allclose(filters[..., 3], expected, atol=1e-3)


def test_what_is_said_names_method_and_truth(finished, monkeypatch, tmp_path):
    findings = SpikeTriggeredAverage(shifts=39).analyze((finished,), tmp_path)
    assert findings.numbers["found"] == findings.numbers["on"] + findings.numbers["off"] == 6
    assert findings.numbers["within_half_pixel_of_truth"] == 1
    assert findings.numbers["within_half_pixel_of_true_filter"] == 1
    assert findings.statements[0] == (
        "6 of 6 cells have a receptive field (spike-triggered average): 6 of the 6 that fire are more than "
        "chance (circular shifts, false discovery rate 0.05), and a Gaussian fits 6 of these."
    )
    assert findings.statements[1] == (
        "39 shifts give no p below 0.025; with 6 cells, at least 3 must reach it for any to be significant."
    )
    assert findings.statements[2].startswith("The training stimulus is white")
    assert (
        "of the 6 cells that fire, 100 % have a field whose centre is within half" in findings.statements[3]
    )
    stems = [picture.stem for picture in findings.pictures]
    assert stems == ["maps", "mosaic"]
    for name in (*(f"{stem}.{end}" for stem in stems for end in ("png", "svg")), findings.tables[0].file):
        assert (tmp_path / name).stat().st_size > 0


def test_validation_and_test_bins_are_not_looked_at(finished, monkeypatch, tmp_path):
    stimulus = white_noise(200, 8, np.random.default_rng(0))
    counts = draw_counts(200, 2)
    tables = []
    for name, later in (("one", counts[150:]), ("other", 9 + counts[150:])):
        changed = np.concatenate([counts[:150], later])
        (tmp_path / name).mkdir()
        recording = make_recording(stimulus, changed, train=((0, 150),))
        analyze(monkeypatch, finished, tmp_path / name, {"retina": recording}, shifts=3)
        tables.append((tmp_path / name / "cells.csv").read_text())
    assert tables[0] == tables[1]


def test_a_movie_gets_a_regression_and_its_raw_average_a_warning(finished, monkeypatch, tmp_path):
    movie = natural_movie(400, 8, 30.0, np.random.default_rng(0))
    recordings = {"retina": make_recording(movie, draw_counts(400, 2))}
    findings = analyze(monkeypatch, finished, tmp_path, recordings, shifts=5)
    assert findings.numbers["method"] == "regression (smooth ridge)"
    assert abs(findings.numbers["median_cross_validated"]) < 0.1
    assert "The filters are regressions" in findings.statements[2]
    raw = analyze(monkeypatch, finished, tmp_path, recordings, shifts=5, method="average")
    assert raw.numbers["method"] == "spike-triggered average, not corrected for stimulus correlations"
    assert "The maps are not corrected for this" in raw.statements[2]
    assert raw.numbers["method"] in raw.pictures[0].caption
    assert "median_cross_validated" not in raw.numbers


def test_too_few_shifts_say_that_nothing_can_be_significant(finished, monkeypatch, tmp_path):
    stimulus = white_noise(100, 8, np.random.default_rng(0))
    recordings = {"retina": make_recording(stimulus, draw_counts(100, 2))}
    few = analyze(monkeypatch, finished, tmp_path, recordings, shifts=5)
    assert few.statements[1] == (
        "5 shifts give no p below 0.17, so no cell can be significant at a false discovery rate of 0.05: "
        "ask for more shifts."
    )
    short = {"retina": make_recording(stimulus[:30], draw_counts(30, 2))}
    none = analyze(monkeypatch, finished, tmp_path, short, shifts=5)
    assert none.statements[1] == (
        "The recording is too short for shifts longer than the history, so no cell can be significant."
    )


def test_cells_without_a_field_say_why(finished, monkeypatch, tmp_path):
    counts = draw_counts(300, 3)
    counts[:, 0], counts[:, 1] = 0, 2
    stimulus = white_noise(300, 8, np.random.default_rng(0))
    findings = analyze(monkeypatch, finished, tmp_path, {"retina": make_recording(stimulus, counts)})
    assert [row["reason"] for row in read_rows(tmp_path / "cells.csv")] == [
        "no spikes in the training bins",
        "its response never changes",
        "not more than chance",
    ]
    assert (findings.numbers["cells_with_spikes"], findings.numbers["found"]) == (2, 0)
    assert math.isnan(findings.numbers["median_width_px"])
    assert findings.statements[0].startswith("0 of 3 cells have a receptive field")
    assert findings.statements[0].endswith(
        "0 of the 2 that fire are more than chance (circular shifts, false discovery rate 0.05)."
    )


def test_centres_of_cells_without_a_field_are_not_counted(finished, monkeypatch, tmp_path):
    findings = SpikeTriggeredAverage(shifts=5).analyze((finished,), tmp_path)  # too few to be significant
    assert findings.numbers["found"] == 0
    assert findings.numbers["within_half_pixel_of_truth"] == 0
    assert "centres" not in " ".join(findings.statements)


def test_a_share_below_zero_has_a_minus_sign():
    assert data_rf_statement._percent(-0.012) == "−1.2 %"


@pytest.mark.parametrize(
    ("frames", "changes", "reason"),
    [
        (100, {"counts": 0}, "no cell has a spike in the training bins"),
        (100, {"train": ()}, "fewer than two training bins have a response"),
        (13, {}, "fewer than two training bins have a response"),
        (1, {}, "fewer than two training bins have a response"),
        (100, {"stimulus": 7}, "the training stimulus never changes"),
        (100, {"channels": 3}, "receptive fields are made for stimuli of one channel only"),
    ],
)
def test_where_nothing_can_be_done_a_reason_is_all(finished, monkeypatch, tmp_path, frames, changes, reason):
    stimulus = white_noise(frames, 8, np.random.default_rng(0))
    if "stimulus" in changes:
        stimulus = np.full_like(stimulus, changes["stimulus"])
    stimulus = np.repeat(stimulus, changes.get("channels", 1), axis=1)
    counts = draw_counts(frames, 2) * changes.get("counts", 1)
    recording = make_recording(stimulus, counts, changes.get("train"))
    findings = analyze(monkeypatch, finished, tmp_path, {"retina": recording})
    assert findings == sysid.Findings(reason=reason)
    assert not list(tmp_path.iterdir())


def test_sessions_are_done_one_by_one(finished, monkeypatch, tmp_path):
    stimulus = white_noise(200, 8, np.random.default_rng(0))
    recordings = {
        "left": make_recording(stimulus, draw_counts(200, 2)),
        "right": make_recording(stimulus, np.zeros((200, 3))),
    }
    findings = analyze(monkeypatch, finished, tmp_path, recordings, shifts=5)
    assert {"left.cells", "left.found"} <= set(findings.numbers)
    left, right = findings.headlines
    assert left.startswith("left: 0 of 2 cells have a receptive field")
    assert right == "right: no cell has a spike in the training bins."
    assert {statement.partition(":")[0] for statement in findings.statements} == {"left"}
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("left_cells.csv", "left_fields.npz", "left_filters.npz", "left_maps.png", "left_maps.svg"),
        *("left_mosaic.png", "left_mosaic.svg"),
    ]
    silent = {name: recordings["right"] for name in ("left", "right")}
    assert analyze(monkeypatch, finished, tmp_path, silent).reason == (
        "left: no cell has a spike in the training bins; right: no cell has a spike in the training bins"
    )


def test_responses_below_zero_have_the_fields_of_the_same_above_it(finished, monkeypatch, tmp_path):
    run = sysid.load_run(finished.path)
    ((session, recording),) = run.recordings.items()
    below = attrs.evolve(
        recording,
        presentations=tuple(
            attrs.evolve(each, responses=each.responses - np.float32(7)) for each in recording.presentations
        ),
    )
    findings = analyze(monkeypatch, finished, tmp_path, {session: below}, shifts=39)
    assert findings.numbers["significant"] == 6
    stored = read_rows(finished.path / "analyses" / "sta" / "cells.csv")
    for row, other in zip(read_rows(tmp_path / "cells.csv"), stored, strict=True):
        assert row["polarity"] == other["polarity"]
        for name in ("centre_x_px", "centre_y_px", "latency_ms"):
            assert float(row[name]) == pytest.approx(float(other[name]), abs=1e-2)


def test_flashed_images_are_windows_of_one_frame(finished, monkeypatch, tmp_path):
    run = replace(finished, make_images())
    run = attrs.evolve(run, samples=attrs.evolve(run.samples, history=1, include_current=True))
    monkeypatch.setattr(sysid, "load_run", lambda path: run)
    (data,) = read_training_data(run).values()
    assert (data.lags, data.bins, len(data.stimulus)) == (1, 120, 120)
    findings = SpikeTriggeredAverage(shifts=39).analyze((RunFolder(tmp_path),), tmp_path)
    assert findings.numbers["significant"] == 1
    (row,) = read_rows(tmp_path / "cells.csv")
    assert float(row["centre_x_px"]) == pytest.approx(5, abs=0.6)
    assert float(row["centre_y_px"]) == pytest.approx(2, abs=0.6)


def make_images():
    """A recording of 120 images of noise and a cell that counts the light at x = 5, y = 2."""
    images = white_noise(120, 8, np.random.default_rng(0))
    light = images[:, 0, 1:4, 4:7].mean(axis=(1, 2)) / 255
    counts = np.random.default_rng(1).poisson(8 * light).astype(np.float32)
    presentations = tuple(
        Presentation(
            f"image{number}",
            images[number : number + 1],
            np.full((1, 1, 1), counts[number]),
            np.array([0.3]),
            train=((0, 1),),
        )
        for number in range(120)
    )
    return {
        "retina": Recording(presentations, (Neuron("cell"),), 3.3, Provenance("a test", "0", simulated=True))
    }


def test_two_analyses_write_the_same_bytes(finished, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        SpikeTriggeredAverage(shifts=9).analyze((finished,), tmp_path / name)
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


def test_figure_shows_the_most_significant_and_says_how_many_it_leaves_out(finished, monkeypatch, tmp_path):
    drawn = []
    monkeypatch.setattr(data_rf, "_save_figures", lambda folder, prefix, fields: drawn.append(fields))
    counts = draw_counts(200, DRAWN + 3)
    counts[:, 4] = 0
    stimulus = white_noise(200, 8, np.random.default_rng(0))
    analyze(monkeypatch, finished, tmp_path, {"retina": make_recording(stimulus, counts)}, shifts=9)
    (fields,) = drawn
    order = rank_cells(fields)
    assert len(order) == DRAWN + 2  # a cell without a spike has no map
    assert (np.diff([fields.test.p[number] for number in order]) >= 0).all()
    (axes, *_) = draw_maps(fields).axes
    assert axes.get_title().endswith("tiles of 8 × 8 px; the 24 most significant, 3 left out")
    assert len(axes.texts) == DRAWN
    board = axes.images[0].get_array()
    first = signed_map(fields, order[0])
    top = 2  # the gap for a name
    np.testing.assert_allclose(board[top : top + 8, :8], first)
    assert np.abs(first).max() == 1


def test_maps_are_red_where_light_drives_the_cell(finished, monkeypatch, tmp_path):
    drawn = []
    monkeypatch.setattr(data_rf, "_save_figures", lambda folder, prefix, fields: drawn.append(fields))
    SpikeTriggeredAverage(shifts=9).analyze((finished,), tmp_path)
    for number in range(6):
        largest = max(signed_map(drawn[0], number).flat, key=abs)
        assert largest == (1 if number < 3 else -1)


def test_white_noise_is_told_from_movies_and_from_checks():
    generator = np.random.default_rng(0)
    noise = white_noise(300, 6, generator)[:, 0]
    assert stimulus_correlation(noise).white
    checks = np.repeat(np.repeat(noise[:, :3, :3], 2, axis=1), 2, axis=2)
    assert stimulus_correlation(checks).space == pytest.approx(0.6, abs=0.05)  # three of five pairs
    assert not stimulus_correlation(checks).white
    slow = np.repeat(noise, 2, axis=0)
    assert stimulus_correlation(slow).time == pytest.approx(0.5, abs=0.05)
    assert not stimulus_correlation(slow).white
    assert not stimulus_correlation(natural_movie(60, 6, 30.0, generator)[:, 0]).white


def test_correlations_are_those_of_numpy_also_in_blocks(monkeypatch):
    from sysid_analyses.fields import stimulus_correlation as module

    movie = natural_movie(90, 7, 30.0, np.random.default_rng(0))[:, 0].astype(float)
    monkeypatch.setattr(module, "PIXELS_AT_ONCE", 49 * 8)
    centred = movie - movie.mean(axis=0)
    found = stimulus_correlation(movie)
    assert found.time == pytest.approx(np.corrcoef(centred[1:].ravel(), centred[:-1].ravel())[0, 1], abs=0.01)
    beside = np.corrcoef(centred[:, :, 1:].ravel(), centred[:, :, :-1].ravel())[0, 1]
    above = np.corrcoef(centred[:, 1:].ravel(), centred[:, :-1].ravel())[0, 1]
    assert found.space == pytest.approx(max(beside, above), abs=0.01)


def test_a_single_pixel_that_never_changes_has_no_correlation():
    found = stimulus_correlation(np.ones((5, 1, 1)))
    assert np.isnan(found).all()
