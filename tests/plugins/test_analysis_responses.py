"""The analysis `responses`: rasters and rates, recorded and predicted."""

import csv
from pathlib import Path

import numpy as np
import pytest

import sysid
from sysid import Findings, RunFolder
from sysid_analyses.bin_layout import GAP_BINS, lay_out
from sysid_analyses.repeat_mean import average_repeats
from sysid_analyses.traces.example_cell import choose_cells, score_cells, show_cell
from sysid_analyses.traces.responses import Responses
from sysid_analyses.traces.responses_figure import draw_responses
from sysid_analyses.traces.spike_raster import draw_counts, place_spikes
from tests.command_line import LINEAR, SIMULATED, call, write_recipe

BIN_S = 0.1
FRAME = np.array([4, 5, 6, 9, 10, 2])
PRESENTATION = np.array([0, 0, 0, 0, 0, 1])


def lay(seconds=10.0):
    return lay_out(PRESENTATION, FRAME, np.full(6, BIN_S), seconds)


def test_bins_stand_side_by_side_with_gaps_between_stretches():
    layout = lay()
    gap = GAP_BINS * BIN_S
    np.testing.assert_allclose(layout.left, [0, 0.1, 0.2, 0.3 + gap, 0.4 + gap, 0.5 + 2 * gap])
    np.testing.assert_allclose(layout.gaps, [[0.3, 0.3 + gap], [0.5 + gap, 0.5 + 2 * gap]])
    assert layout.begin.tolist() == [0, 3, 5]
    np.testing.assert_allclose(layout.time_s, [0.4, 0.9, 0.2])


@pytest.mark.parametrize(("seconds", "bins"), [(10.0, 6), (0.3, 3), (0.29, 2), (0.01, 1)])
def test_only_the_first_seconds_are_laid_out_and_at_least_one_bin(seconds, bins):
    assert lay(seconds).bins.tolist() == list(range(bins))


def test_a_line_is_broken_at_gaps():
    x, y = lay().steps(np.arange(6.0))
    assert np.isnan(y).sum() == np.isnan(x).sum() == 2
    pieces = np.split(y, np.flatnonzero(np.isnan(y)))
    assert [piece[np.isfinite(piece)].tolist() for piece in pieces] == [
        [0, 0, 1, 1, 2, 2],
        [3, 3, 4, 4],
        [5, 5],
    ]


def test_spikes_of_one_bin_are_spread_over_it():
    counts = np.array([[0, 2.0, np.nan], [1, 0, 3]])
    time, row = place_spikes(counts, np.array([0.0, 1.0, 5.0]), np.array([1.0, 1.0, 0.6]))
    np.testing.assert_allclose(time, [1.25, 1.75, 0.5, 5.1, 5.3, 5.5])
    assert row.tolist() == [0, 0, 1, 1, 1, 1]


def test_drawn_counts_are_poisson_around_the_rate():
    counts = draw_counts(np.array([0.5, 4.0, np.nan, -1.0]), 20_000, np.random.default_rng(0))
    np.testing.assert_allclose(counts[:, :2].mean(axis=0), [0.5, 4], rtol=0.03)
    np.testing.assert_allclose(counts[:, :2].var(axis=0), [0.5, 4], rtol=0.05)
    assert np.isnan(counts[:, 2]).all()
    assert (counts[:, 3] == 0).all()


def test_repeats_that_were_not_recorded_are_left_out_of_the_mean():
    responses = np.array([[[1.0], [np.nan]], [[3.0], [np.nan]], [[np.nan], [np.nan]]])
    np.testing.assert_array_equal(average_repeats(responses), [[2.0], [np.nan]])


def make_part(neurons=6, repeats=3):
    """A session whose cell 0 is predicted best, later ones less well, the last but one silent."""
    generator = np.random.default_rng(0)
    rates = generator.gamma(1.0, 2.0, (6, neurons))
    responses = np.stack([generator.poisson(rates) for _ in range(repeats)]).astype(np.float32)
    responses[:, :, neurons - 2] = 0
    noise = generator.normal(size=rates.shape) * np.linspace(0.01, 5, neurons)
    return {
        "prediction": (responses.mean(axis=0) + noise).astype(np.float32),
        "responses": responses,
        "frame": FRAME,
        "presentation": PRESENTATION,
        "block": np.arange(6),
        "bin_duration_s": np.full(6, BIN_S),
    }


def test_shown_are_the_best_the_worst_and_those_between_and_no_silent_cell():
    scores = {
        ("a", number): {"correlation": value} for number, value in enumerate((0.1, np.nan, 0.9, 0.5, 0.3))
    }
    assert choose_cells(scores, 3) == [(1, ("a", 2)), (3, ("a", 4)), (5, ("a", 1))]
    assert [rank for rank, _ in choose_cells(scores, 9)] == [1, 2, 3, 4, 5]
    assert [number for _, number in score_cells({"a": make_part()})] == [0, 1, 2, 3, 5]


def test_scores_are_those_of_the_metrics():
    part = make_part()
    scores = score_cells({"a": part})["a", 2]
    assert scores["correlation"] == sysid.metrics.correlation(part["responses"], part["prediction"])[2]
    assert scores["max_correlation"] == pytest.approx(
        sysid.metrics.max_correlation(part["responses"])[2], nan_ok=True
    )


def test_rates_are_per_second_and_counts_per_bin():
    part = make_part()
    example = show_cell(1, ("a", 0), part, "spikes", 10.0, np.random.default_rng(0))
    np.testing.assert_allclose(example.data, part["responses"][:, :, 0].mean(axis=0) / BIN_S)
    np.testing.assert_array_equal(example.trials, part["responses"][:, :, 0])
    assert (example.unit, example.drawn.shape) == ("Hz", (3, 6))


@pytest.mark.parametrize(
    ("kind", "unit", "scale"),
    [("rate", "Hz", 1 / BIN_S), ("rate_hz", "Hz", 1), ("fluorescence", "fluorescence", 1)],
)
def test_what_is_no_count_has_no_trials(kind, unit, scale):
    part = make_part()
    example = show_cell(1, ("a", 0), part, kind, 10.0, np.random.default_rng(0))
    assert (example.unit, example.trials, example.drawn) == (unit, None, None)
    np.testing.assert_allclose(example.model, part["prediction"][:, 0] * scale, rtol=1e-6)


def test_repeats_of_other_presentations_are_not_drawn():
    part = make_part(repeats=5)
    part["responses"][3:] = np.nan
    example = show_cell(1, ("a", 0), part, "spikes", 10.0, np.random.default_rng(0))
    assert example.trials.shape == example.drawn.shape == (3, 6)


def test_the_figure_has_a_raster_and_rates_for_each_cell_and_bands_in_the_gaps():
    part, generator = make_part(), np.random.default_rng(0)
    examples = [show_cell(rank, ("a", rank), part, "spikes", 10.0, generator) for rank in (1, 2)]
    figure = draw_responses(examples, ["first", "second"])
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["first", "", "second", ""]
    assert [len(axes.patches) for axes in figure.axes] == [2, 2, 2, 2]
    assert figure.axes[1].get_ylabel() == "rate (Hz)"
    assert [label.get_text() for label in figure.axes[1].get_xticklabels()] == ["0.40", "0.90", "0.20"]
    rates = [show_cell(1, ("a", 1), part, "fluorescence", 10.0, generator)]
    figure = draw_responses(rates, ["one"])
    assert [axes.get_ylabel() for axes in figure.axes] == ["response\n(fluorescence)"]


RATES = SIMULATED + 'response = "rate"\n'


@pytest.fixture(scope="module", params=["spikes", "rates"])
def finished(request, tmp_path_factory) -> tuple[str, RunFolder]:
    """What the responses are, and a finished run on a simulation of them."""
    place = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        recipe = write_recipe(SIMULATED if request.param == "spikes" else RATES, LINEAR)
        assert call("run", recipe).code == 0
    return request.param, RunFolder(Path(place) / "runs/tiny/ln/movie-simulated/fold0/seed0")


def test_files_hold_what_was_drawn(finished, tmp_path):
    kind, run = finished
    found = Responses(neurons=2).analyze((run,), tmp_path)
    with open(tmp_path / "responses.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["rank"] for row in rows] == ["1", "3"]
    assert float(rows[0]["correlation"]) >= float(rows[1]["correlation"])
    with np.load(tmp_path / "responses.npz", allow_pickle=False) as arrays:
        trials = arrays["rank1/model_trials"].shape if "rank1/model_trials" in arrays else None
        assert arrays["rank3/data"].shape == (17,)
    assert trials == ((30, 17) if kind == "spikes" else None)
    assert (tmp_path / "responses.png").read_bytes().startswith(b"\x89PNG")
    assert found.numbers["correlation"] == pytest.approx(run.scores()["correlation"]["mean"])
    assert found.pictures[0].answers == "Fig. 3A, Zheng et al. 2021"
    if kind == "spikes":
        assert "a perfect model would reach 0." in found.statements[0]
        assert found.numbers["max_correlation"] == pytest.approx(run.scores()["max_correlation"]["mean"])
    else:
        assert found.statements[0].endswith(
            "what a perfect model would reach is not known, for want of repeats."
        )
        assert found.statements[1] == "Responses are no spike counts, so there are no rasters."


def test_the_same_seed_gives_the_same_bytes(finished, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        Responses(seconds=0.3).analyze((finished[1],), tmp_path / name)
    for file in ("responses.csv", "responses.svg"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_a_run_without_predictions_has_a_reason(tmp_path):
    found = Responses().analyze((RunFolder(tmp_path),), tmp_path)
    assert found == Findings(reason="the run has no predictions of a test part")


def test_silent_cells_have_a_reason(finished, tmp_path, monkeypatch):
    silent = finished[1].predictions()
    silent["retina"]["responses"][:] = 0
    monkeypatch.setattr(RunFolder, "predictions", lambda _self: silent)
    found = Responses().analyze((finished[1],), tmp_path)
    assert found.reason == "the test responses of all cells are constant, so nothing can be scored"
    assert not list(tmp_path.iterdir())
