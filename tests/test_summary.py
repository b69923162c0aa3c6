"""Scores over folds, seeds, sessions and controls, against numbers from numpy alone."""

import csv
import json

import numpy as np
import pytest

from sysid.atomic import write_json
from sysid.bootstrap import Fold
from sysid.ensemble import ensemble_fold, mean_correlation
from sysid.finished_run import FinishedRun, PublishedFigure
from sysid.run_folder import RunFolder
from sysid.summary import summarize

REPEATS, BINS, CELLS = 4, 30, 3


def draw_responses(fold):
    """Return (repeat, bin, neuron); folds differ in their means, so pooling them would add a correlation."""
    return np.random.default_rng(fold).poisson(3.0, (REPEATS, BINS, CELLS)) + 10.0 * fold


def draw_prediction(responses, seed, noise_sd):
    """Return (bin, neuron): the mean response with noise of this seed's own."""
    noise = np.random.default_rng(1000 + seed).standard_normal((BINS, CELLS))
    return responses.mean(axis=0) + noise_sd * noise


def mean_cc(responses, prediction):
    """Return the mean over cells of Pearson's r between prediction and mean response."""
    mean = responses.mean(axis=0)
    return np.mean([np.corrcoef(mean[:, cell], prediction[:, cell])[0, 1] for cell in range(mean.shape[1])])


def write_run(path, responses, prediction, *, score=None):
    """Write what a summary reads of a finished run of one session."""
    path.mkdir(parents=True)
    folder = RunFolder(path)
    np.savez(
        folder.predictions_file,
        **{
            "retina/responses": responses,
            "retina/prediction": prediction,
            "retina/block": np.arange(BINS) // 5,
            "retina/frame": np.arange(BINS),
            "retina/presentation": np.zeros(BINS, dtype=int),
            "retina/bin_duration_s": np.full(BINS, 1 / 30),
            "retina/baseline": np.full(CELLS, 3.0),
        },
    )
    score = {"mean": mean_cc(responses, prediction) if score is None else score, "median": 0.5}
    names = ("correlation", "normalized_correlation", "max_correlation", "feve", "bits_per_spike")
    about = {
        "cells": CELLS,
        "excluded": [],
        "failed": [],
        "population_correlation": 0.25,
    }
    write_json(folder.scores_file, {name: score for name in names} | about)
    write_json(folder.run_file, {"simulated": True, "state": "finished"})
    return folder


def finished(folder, changes):
    """Say that a folder holds the run base/movie/fold0/seed0, with some changes."""
    about = {"variant": "base", "dataset": "movie", "dataset_table": "movie", "simulated": True} | changes
    return FinishedRun(folder, **about)


def summarize_runs(tmp_path, runs):
    """Summarise runs given as (what differs from the first, responses, prediction)."""
    folders = [
        finished(write_run(tmp_path / f"run{number}", responses, prediction), changes)
        for number, (changes, responses, prediction) in enumerate(runs)
    ]
    return summarize(folders, tmp_path / "summary")


def test_correlations_are_averaged_over_cells_and_folds_of_the_mean_prediction_over_seeds(tmp_path):
    responses = {fold: draw_responses(fold) for fold in (0, 1)}
    predictions = {
        (fold, seed): draw_prediction(responses[fold], 10 * fold + seed, 1.0)
        for fold in (0, 1)
        for seed in (0, 1)
    }
    runs = [({"fold": f, "seed": s}, responses[f], prediction) for (f, s), prediction in predictions.items()]
    (row,) = summarize_runs(tmp_path, runs).rows
    ensembles = [(predictions[fold, 0] + predictions[fold, 1]) / 2 for fold in (0, 1)]
    by_hand = np.mean([mean_cc(responses[fold], ensembles[fold]) for fold in (0, 1)])
    assert row.correlation.estimate == pytest.approx(by_hand, rel=1e-12)
    alone = [np.mean([mean_cc(responses[f], predictions[f, s]) for f in (0, 1)]) for s in (0, 1)]
    assert row.seed_correlations == pytest.approx(alone, rel=1e-12)
    pooled = mean_cc(np.concatenate([responses[0], responses[1]], axis=1), np.concatenate(ensembles))
    assert pooled > by_hand + 0.1  # what one CC over pooled folds would have claimed
    assert by_hand > max(alone)
    assert (row.folds, row.seeds, row.cells) == (2, 2, CELLS)
    population = [
        np.corrcoef(responses[fold].mean(axis=(0, 2)), ensembles[fold].mean(axis=1))[0, 1] for fold in (0, 1)
    ]
    assert row.population_correlation == pytest.approx(np.mean(population), rel=1e-9)
    assert 0 < row.correlation.low < by_hand < row.correlation.high < 1


def test_a_constant_response_leaves_a_cell_out_and_a_constant_prediction_counts_as_0():
    responses = draw_responses(0)
    prediction = draw_prediction(responses, 0, 0.5)
    single = [
        np.corrcoef(responses.mean(axis=0)[:, cell], prediction[:, cell])[0, 1] for cell in range(CELLS)
    ]
    responses[:, :, 0] = 2.0
    prediction[:, 1] = 7.0
    found = mean_correlation([[Fold(responses, prediction, np.arange(BINS) // 5)]])
    assert found.estimate == pytest.approx((0 + single[2]) / 2, rel=1e-12)


def test_sessions_weigh_as_many_cells_as_they_have():
    one, other = draw_responses(0)[:, :, :1], draw_responses(1)
    blocks = np.arange(BINS) // 5
    folds = [
        Fold(one, draw_prediction(one, 0, 2.0)[:, :1], blocks),
        Fold(other, draw_prediction(other, 1, 1.0), blocks),
    ]
    by_hand = (mean_cc(one, folds[0].prediction) + CELLS * mean_cc(other, folds[1].prediction)) / (1 + CELLS)
    assert mean_correlation([folds]).estimate == pytest.approx(by_hand, rel=1e-12)


def control_runs(responses, noise, table="shuffled"):
    """Return runs of draws 1, 2, … of a random control, each with its noise."""
    return [
        (
            {"dataset": f"{table}-{number:02d}", "dataset_table": table, "control_of": "movie"},
            responses,
            draw_prediction(responses, number, noise_sd),
        )
        for number, noise_sd in enumerate(noise, 1)
    ]


@pytest.mark.parametrize(
    ("noise", "p"),
    [
        ([30.0, 30.0, 30.0, 30.0], 1 / 5),  # none of four reaches the true score
        ([30.0, 0.001, 30.0, 30.0], 2 / 5),
        ([0.001, 0.001, 0.001], 4 / 4),
    ],
)
def test_p_counts_draws_that_reach_the_true_score_and_the_true_score_itself(tmp_path, noise, p):
    responses = draw_responses(0)
    true = ({}, responses, draw_prediction(responses, 0, 0.5))
    draws = control_runs(responses, noise)
    row, *null = summarize_runs(tmp_path, [true, *draws]).rows
    (control,) = row.controls
    scores = [mean_cc(responses, prediction) for _, _, prediction in draws]
    assert (control.dataset, control.draws) == ("shuffled", len(noise))
    assert control.p == pytest.approx(p)
    assert control.mean == pytest.approx(np.mean(scores), rel=1e-12)
    assert control.sd == pytest.approx(np.std(scores, ddof=1), rel=1e-9)
    assert control.difference == pytest.approx(mean_cc(responses, true[2]) - np.mean(scores), rel=1e-12)
    error = np.hypot(row.correlation.standard_error, np.std(scores, ddof=1) / np.sqrt(len(scores)))
    assert control.difference_se == pytest.approx(error, rel=1e-9)
    assert all(each.controls == () for each in null)


def test_a_draw_equal_to_the_true_score_reaches_it(tmp_path):
    responses = draw_responses(0)
    true = ({}, responses, draw_prediction(responses, 0, 0.5))
    draws = control_runs(responses, [30.0, 30.0])
    draws[1] = (*draws[1][:2], true[2])
    row, *_ = summarize_runs(tmp_path, [true, *draws]).rows
    assert row.controls[0].p == pytest.approx(2 / 3)


@pytest.mark.parametrize("undefined", [0, 1])
def test_a_score_that_is_not_defined_is_no_reason_to_believe_anything(tmp_path, undefined):
    responses = draw_responses(0)
    runs = [({}, responses, draw_prediction(responses, 0, 0.5)), *control_runs(responses, [30.0] * 19)]
    changes, _, prediction = runs[undefined]
    constant = np.full_like(responses, 2.0)
    runs[undefined] = (changes, constant, prediction)
    folders = [
        finished(write_run(tmp_path / f"run{number}", shown, predicted, score=0.0), changed)
        for number, (changed, shown, predicted) in enumerate(runs)
    ]
    row, *_ = summarize(folders, tmp_path / "summary").rows
    assert row.controls[0].p is None


def test_a_control_that_is_not_random_has_a_difference_and_no_p(tmp_path):
    responses = draw_responses(0)
    changes = {"dataset": "shifted", "dataset_table": "shifted", "control_of": "movie"}
    runs = [
        ({}, responses, draw_prediction(responses, 0, 0.5)),
        (changes, responses, draw_prediction(responses, 1, 30.0)),
    ]
    row, shifted = summarize_runs(tmp_path, runs).rows
    (control,) = row.controls
    assert (control.dataset, control.draws, control.p) == ("shifted", 1, None)
    assert control.difference == pytest.approx(row.correlation.estimate - shifted.correlation.estimate)
    assert control.sd == shifted.correlation.standard_error
    errors = (row.correlation.standard_error, shifted.correlation.standard_error)
    assert control.difference_se == pytest.approx(np.hypot(*errors))


def test_a_control_is_compared_within_its_variant(tmp_path):
    responses = draw_responses(0)
    control = {"dataset": "shifted", "dataset_table": "shifted", "control_of": "movie"}
    runs = [
        ({"variant": variant} | changes, responses, draw_prediction(responses, 0, noise_sd))
        for variant, (true, null) in {"good": (0.1, 20.0), "bad": (2.0, 40.0)}.items()
        for changes, noise_sd in (({}, true), (control, null))
    ]
    summary = summarize_runs(tmp_path, runs)
    rows = {(row.variant, row.dataset): row for row in summary.rows}
    for variant in ("good", "bad"):
        (found,) = rows[variant, "movie"].controls
        assert found.mean == rows[variant, "shifted"].correlation.estimate
        assert rows[variant, "shifted"].controls == ()


def test_seeds_in_any_order_belong_to_their_fold(tmp_path):
    responses = [draw_responses(0), draw_responses(1)]
    folders = [
        write_run(tmp_path / f"{seed}", responses[0], draw_prediction(responses[0], seed, 1.0))
        for seed in (5, 2)
    ]
    (fold,) = ensemble_fold(folders)
    by_hand = (draw_prediction(responses[0], 2, 1.0) + draw_prediction(responses[0], 5, 1.0)) / 2
    np.testing.assert_allclose(fold.prediction, by_hand, rtol=1e-12)
    np.testing.assert_array_equal(fold.responses, responses[0])


def test_the_summary_is_written_as_json_and_csv(tmp_path):
    responses = draw_responses(0)[:1]  # one repeat: no ceiling
    run = ({}, responses, draw_prediction(responses, 0, 0.5))
    summary = summarize_runs(tmp_path, [run])
    assert summary.folder == tmp_path / "summary"
    (stored,) = json.loads((summary.folder / "summary.json").read_text())
    assert stored["correlation"]["estimate"] == pytest.approx(mean_cc(*run[1:]))
    assert stored["max_correlation"] is None
    with open(summary.folder / "scores.csv", newline="") as file:
        (row,) = csv.DictReader(file)
    assert float(row["correlation"]) == pytest.approx(mean_cc(*run[1:]), abs=5e-5)
    assert (row["variant"], row["dataset"], row["simulated"], row["max_correlation"]) == (
        "base",
        "movie",
        "True",
        "",
    )


def test_a_published_figure_stands_beside_recorded_responses_alone(tmp_path):
    responses = draw_responses(0)
    published = {"published": (PublishedFigure(0.857, "Zheng et al. 2021"),)}
    runs = [
        (published | {"simulated": False}, responses, draw_prediction(responses, 0, 0.5)),
        (published | {"dataset": "retina"}, responses, draw_prediction(responses, 0, 0.5)),
    ]
    recorded, simulated = summarize_runs(tmp_path, runs).rows
    assert recorded.published == ("0.857 (Zheng et al. 2021)",)
    assert simulated.published == ()


def write_two_sessions(path, cells, seed=0, **scores):
    """Write what a summary reads of a finished run of two sessions with so many cells."""
    folder = write_run(path, draw_responses(0), draw_prediction(draw_responses(0), seed, 1.0))
    stored, arrays = folder.predictions()["retina"], {}
    for number, (session, count) in enumerate(cells.items()):
        responses = draw_responses(number)[:, :, :count]
        prediction = draw_prediction(draw_responses(number), 10 * number + seed, 1.0)[:, :count]
        changes = {"responses": responses, "prediction": prediction, "baseline": np.full(count, 3.0)}
        arrays |= {f"{session}/{name}": value for name, value in (stored | changes).items()}
    np.savez(folder.predictions_file, **arrays)
    pooled = folder.scores() | {"cells": sum(cells.values())}
    del pooled["population_correlation"]
    alone = {
        session: folder.scores()
        | {"cells": count, "correlation": {"mean": 0.1 * count, "median": 0.1 * count}}
        for session, count in cells.items()
    }
    write_json(folder.scores_file, pooled | {"sessions": alone} | scores)
    return folder


def test_several_sessions_have_a_row_together_and_one_each(tmp_path):
    cells = {"a": 1, "b": 3}
    folder = write_two_sessions(tmp_path / "run", cells)
    summary = summarize([finished(folder, {})], tmp_path / "summary")
    (row,) = summary.rows
    assert [(each.session, each.place, each.cells) for each in row.sessions] == [
        ("a", "movie/a", 1),
        ("b", "movie/b", 3),
    ]
    assert (row.session, row.place, row.cells) == ("", "movie", 4)
    alone = {
        name: mean_cc(part["responses"], part["prediction"]) for name, part in folder.predictions().items()
    }
    for each in row.sessions:
        assert each.correlation.estimate == pytest.approx(alone[each.session], rel=1e-9)
        assert each.correlation.low < each.correlation.estimate < each.correlation.high
        assert each.seed_correlations == pytest.approx([0.1 * cells[each.session]])
    assert row.correlation.estimate == pytest.approx((alone["a"] + 3 * alone["b"]) / 4, rel=1e-9)
    assert row.correlation.low < row.correlation.estimate < row.correlation.high
    assert np.isnan(row.population_correlation)
    with open(summary.folder / "scores.csv", newline="") as file:
        stored = list(csv.DictReader(file))
    assert [(each["dataset"], each["session"], each["cells"]) for each in stored] == [
        ("movie", "", "4"),
        ("movie", "a", "1"),
        ("movie", "b", "3"),
    ]
    assert [
        each["session"] for each in json.loads((summary.folder / "summary.json").read_text())[0]["sessions"]
    ] == [
        "a",
        "b",
    ]


def test_the_ensemble_of_seeds_is_scored_in_every_session(tmp_path):
    folders = [write_two_sessions(tmp_path / f"{seed}", {"a": 2, "b": 3}, seed) for seed in (0, 1)]
    runs = [finished(folder, {"seed": seed}) for seed, folder in enumerate(folders)]
    (row,) = summarize(runs, tmp_path / "summary").rows
    stored = [folder.predictions() for folder in folders]
    for each in row.sessions:
        prediction = np.mean([part[each.session]["prediction"] for part in stored], axis=0)
        expected = mean_cc(stored[0][each.session]["responses"], prediction)
        assert each.correlation.estimate == pytest.approx(expected, rel=1e-9)
        assert np.isfinite(each.population_correlation)
        assert each.seeds == 2


def test_a_run_that_has_no_scores_of_its_sessions_has_the_row_of_all(tmp_path):
    folder = write_two_sessions(tmp_path / "run", {"a": 1, "b": 3}, sessions={})
    (row,) = summarize([finished(folder, {})], tmp_path / "summary").rows
    assert row.sessions == ()
