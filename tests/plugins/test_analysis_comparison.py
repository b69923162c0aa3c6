"""The analysis `comparison`, from run folders whose scores are known."""

import csv
from math import nan

import numpy as np
import pytest

import sysid
from sysid import RunFolder
from sysid.atomic import write_json
from sysid.bootstrap import Fold
from sysid.comparison import difference_from
from sysid_analyses.comparisons import comparison
from sysid_analyses.comparisons.comparison import Comparison
from sysid_analyses.comparisons.comparison_figure import draw_means, draw_scatter
from sysid_analyses.comparisons.comparison_output import scatter_panels
from sysid_analyses.comparisons.comparison_statement import state_interval, state_seeds
from sysid_analyses.comparisons.dataset_comparison import compare_dataset
from sysid_analyses.comparisons.ensemble import gather_ensembles
from sysid_analyses.comparisons.explanation import Roles
from sysid_analyses.comparisons.variant_pair import Pair
from tests.stored_run import whole_information, whole_part

BLOCKS, BINS, CELLS, REPEATS = 12, 6, 5, 3
SOURCE = "a test"


def draw_responses(fold=0, blocks=BLOCKS):
    return np.random.default_rng(fold).poisson(3.0, (REPEATS, blocks * BINS, CELLS)).astype(np.float32)


def predict(responses, noise_sd, seed):
    noise = np.random.default_rng(1000 + seed).standard_normal(responses.shape[1:])
    return (responses.mean(axis=0) + noise_sd * noise).astype(np.float32)


@pytest.fixture
def write(tmp_path):
    """Write what the analysis reads of a finished run."""

    def write_run(
        variant, noise_sd, *, dataset="movie1", fold=0, seed=0, responses=None, sessions=1, **information
    ):
        path = tmp_path / "runs" / variant / dataset / f"fold{fold}" / f"seed{seed}"
        path.mkdir(parents=True)
        run = RunFolder(path)
        responses = draw_responses(fold) if responses is None else responses
        prediction = predict(responses, noise_sd, 10 * fold + seed)
        arrays = {
            "responses": responses,
            "prediction": prediction,
            "block": np.arange(len(prediction)) // BINS,
        }
        names = [f"session{number}" for number in range(sessions)]
        np.savez(
            run.predictions_file,
            **{f"{name}/{what}": values for name in names for what, values in whole_part(arrays).items()},
        )
        configuration = {"variant": variant, "dataset_name": dataset, "dataset_table": dataset}
        write_json(
            run.run_file,
            whole_information(
                {
                    "identity": {"configuration": configuration | {"fold": fold, "seed": seed}},
                    "state": "finished",
                    "simulated": False,
                    "control_of": None,
                    "data": {"source": SOURCE},
                    "sessions": {name: {"neurons": [f"c{n}" for n in range(CELLS)]} for name in names},
                    "parameters": 1234,
                    "outcome": {"epochs": 10 + 2 * seed, "training_seconds": 4.0 + seed},
                    "seconds": 6.0,
                }
                | information
            ),
        )
        return run

    return write_run


@pytest.fixture
def drawn(tmp_path):
    """A folder for all that the analysis writes."""
    place = tmp_path / "out"
    place.mkdir()
    return place


@pytest.fixture
def folder(drawn, monkeypatch):
    """A folder for the tables alone, as figures take most of the time."""
    monkeypatch.setattr(comparison, "draw_figures", lambda *_: ())
    return drawn


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_first_statement_says_which_is_better_by_how_much_beyond_chance_and_on_what(write, folder):
    runs = (write("cnn", 3.0), write("crnn", 0.3))
    findings = Comparison(recurrent="crnn", feedforward="cnn").analyze(runs, folder)
    (row,) = read(folder / "pairs.csv")
    difference = -float(row["difference"])
    assert findings.headlines[0] == (
        f"movie1 (recorded responses: a test; 5 cells): crnn has the highest mean CC, "
        f"{findings.numbers['movie1.correlation']:.3f}, {difference:.3f} ± {float(row['se']):.3f} above cnn "
        f"(95 % interval +{-float(row['high']):.3f} to +{-float(row['low']):.3f}). This is beyond chance: "
        "adjusted p < 0.001 (sign flips over 12 blocks of time, one pair of models)."
    )
    assert float(row["p"]) == pytest.approx(2 / 2**12, rel=1e-5)  # all blocks agree
    assert (row["a"], row["b"], row["blocks"]) == ("cnn", "crnn", "12")
    assert (row["cells"], row["cells_a_better"], row["cells_b_better"]) == ("5", "0", "5")
    assert findings.numbers["movie1.best"] == "crnn"
    assert findings.numbers["movie1.recurrent_minus_feedforward"] == pytest.approx(difference, rel=1e-5)


def test_difference_and_interval_are_those_of_the_hosts_summary(write, folder):
    runs = [write(name, sd, fold=fold) for name, sd in (("cnn", 1.0), ("crnn", 0.8)) for fold in (0, 1)]
    Comparison().analyze(tuple(runs), folder)
    parts = [run.predictions()["session0"] for run in runs]
    folds = [[Fold(part["responses"], part["prediction"], part["block"])] for part in parts]
    host = difference_from("crnn", folds[:2], folds[2:]).correlation
    (row,) = read(folder / "pairs.csv")
    found = [float(row[name]) for name in ("difference", "se", "low", "high")]
    assert found == pytest.approx([host.estimate, host.standard_error, host.low, host.high], rel=1e-4)
    assert row["blocks"] == "24"


def test_seeds_are_averaged_before_and_folds_after_scoring(write, folder):
    runs = [write("crnn", 2.0, fold=fold, seed=seed) for fold in (0, 1) for seed in (0, 1)]
    ensembles, left_out = gather_ensembles(runs)
    assert left_out == []
    (ensemble,) = ensembles
    expected = []
    for fold in (0, 1):
        responses = draw_responses(fold)
        prediction = np.mean([predict(responses, 2.0, 10 * fold + seed) for seed in (0, 1)], axis=0)
        expected.append(sysid.metrics.correlation(responses, prediction))
    np.testing.assert_allclose(ensemble.cell_correlations(), np.mean(expected, axis=0), rtol=1e-6)
    assert ensemble.mean_correlation().estimate == pytest.approx(np.mean(expected), rel=1e-6)


def test_a_silent_cell_is_in_no_mean_and_a_constant_prediction_counts_0(write):
    responses = draw_responses()
    responses[:, :, 1] = 2
    run = write("cnn", 0.5, responses=responses)
    stored = run.predictions()["session0"]
    stored["prediction"][:, 3] = 7
    np.savez(run.predictions_file, **{f"session0/{name}": values for name, values in stored.items()})
    scores = gather_ensembles([run])[0][0].cell_correlations()
    assert np.isnan(scores[1])
    assert scores[3] == 0


def test_variants_with_other_bins_or_several_sessions_and_controls_are_left_out(write, folder):
    runs = (
        write("ln", 1.0),
        write("cnn", 1.0),
        write("longer", 1.0, responses=draw_responses(blocks=BLOCKS + 1)),
        write("pooled", 1.0, sessions=2),
        write("ln", 1.0, dataset="movie1_later", control_of="movie1"),
    )
    findings = Comparison(recurrent="longer", feedforward="cnn").analyze(runs, folder)
    assert [(row["a"], row["b"]) for row in read(folder / "pairs.csv")] == [("ln", "cnn")]
    assert "movie1: longer is not compared: it predicts other bins than ln." in findings.statements
    assert "movie1: pooled is not compared: it has several sessions." in findings.statements
    assert (
        "movie1: Not compared, for want of runs that predict the same bins: longer (recurrent)."
        in findings.statements
    )
    assert not any("movie1_later" in statement for statement in findings.statements)


def test_models_that_cannot_be_compared_give_a_reason(write, folder):
    for runs in ((), (write("cnn", 1.0),), (write("pooled", 1.0, sessions=2),)):
        findings = Comparison().analyze(runs, folder)
        assert findings.reason == "no two models of these runs predict the same bins of one session"
    assert list(folder.iterdir()) == []


def test_a_dataset_with_one_model_is_named_beside_one_with_two(write, drawn):
    runs = (write("ln", 1.0), write("cnn", 1.0), write("ln", 1.0, dataset="movie2"))
    findings = Comparison().analyze(runs, drawn)
    assert "movie2: ln has nothing to be compared with." in findings.headlines
    assert [row["dataset"] for row in read(drawn / "models.csv")] == ["movie1", "movie1", "movie2"]
    assert [picture.stem for picture in findings.pictures] == ["means", "scatter_movie1"]


def test_p_is_adjusted_for_all_pairs_of_a_dataset(write, folder):
    runs = [
        write(name, sd, dataset=dataset, seed=seed)
        for dataset in ("movie1", "movie2")
        for seed, (name, sd) in enumerate((("ln", 3.0), ("cnn", 3.0), ("crnn", 0.3)))
    ]
    findings = Comparison().analyze(tuple(runs), folder)
    rows = [row for row in read(folder / "pairs.csv") if row["dataset"] == "movie1"]
    p = [float(row["p"]) for row in rows]
    assert p[1] == p[2] == pytest.approx(2 / 2**12, rel=1e-5)
    assert [float(row["p_holm"]) for row in rows] == pytest.approx([p[0], 3 * p[1], 3 * p[1]], rel=1e-5)
    assert findings.headlines[0].endswith(
        "(sign flips over 12 blocks of time, Holm over 3 pairs of models). crnn is beyond chance above "
        f"{' and '.join(sorted(('ln', 'cnn'), key=lambda name: -mean(folder, name)))}; 2 of 3 pairs differ "
        "beyond chance."
    )


def mean(folder, variant):
    return next(float(row["correlation"]) for row in read(folder / "models.csv") if row["variant"] == variant)


def test_chance_is_called_chance(write, folder):
    findings = Comparison().analyze(
        (write("a", 1.0, seed=3), write("b", 1.0), write("c", 1.0, seed=7)), folder
    )
    assert "This is not beyond chance: adjusted p = " in findings.headlines[0]
    assert findings.headlines[0].endswith("No two models differ beyond chance.")


def test_too_few_blocks_are_said_to_show_nothing(write, folder):
    few = draw_responses(blocks=4)
    findings = Comparison().analyze(
        (write("cnn", 3.0, responses=few), write("ln", 0.1, responses=few)), folder
    )
    assert findings.headlines[0].endswith(
        "This is not beyond chance: adjusted p = 0.12 (sign flips over 4 blocks of time, one pair of "
        "models). With so few blocks no difference could be: the smallest adjusted p they allow is 0.12. "
        "The interval of ln and cnn leaves out 0, but is of this pair alone and no test: it is not adjusted, "
        "and too narrow where blocks are few."
    )


def test_simulated_responses_are_called_so_and_no_published_figure_stands_beside_them(write, folder):
    published = [{"correlation": 0.857, "source": "Zheng et al. 2021, 80 cells"}]
    runs = tuple(write(name, 1.0, simulated=True, published=published) for name in ("cnn", "crnn"))
    findings = Comparison().analyze(runs, folder)
    assert findings.headlines[0].startswith("movie1 (SIMULATED responses: a test; 5 cells): ")
    assert not any("0.857" in statement for statement in findings.statements)
    assert {row["published"] for row in read(folder / "models.csv")} == {""}


def test_published_figures_stand_beside_ours_by_name(write, folder):
    published = [{"correlation": 0.857, "source": "Zheng et al. 2021, 80 cells"}]
    findings = Comparison().analyze((write("cnn", 1.0), write("crnn", 0.5, published=published)), folder)
    cnn, crnn = read(folder / "models.csv")
    here = f"{float(crnn['correlation']):.3f}"
    assert (
        "movie1: The paper's own figures, of other cells and another amount of data, so no bar to reach "
        f"here: crnn 0.857 (Zheng et al. 2021, 80 cells; here {here}, 5 cells)."
    ) in findings.statements
    assert (cnn["published"], crnn["published"]) == ("", "0.857")
    assert crnn["published_source"] == "Zheng et al. 2021, 80 cells"


def test_models_have_their_size_and_training_time_averaged_over_runs(write, folder):
    runs = [write("crnn", 1.0, seed=seed) for seed in (0, 1)]
    runs.append(write("ln", 1.0, outcome={"penalty": 3.0}, seconds=0.5))
    findings = Comparison().analyze(tuple(runs), folder)
    crnn, ln = read(folder / "models.csv")
    shown = [crnn[name] for name in ("parameters", "seeds", "training_seconds", "seconds", "epochs")]
    assert shown == ["1234", "2", "4.5", "6", "11"]
    assert (ln["training_seconds"], ln["epochs"], ln["seconds"]) == ("", "", "0.5")
    assert findings.statements[-1] == (
        "Predictions are averaged over each model's seeds (1 to 2) before they are scored."
    )


def test_one_seed_is_said_to_be_one_network(write):
    compared = compare([write("cnn", 1.0), write("crnn", 1.0)])
    assert state_seeds(compared.models) == (
        "Every model was trained from one seed, so a difference is one of these trained networks: another "
        "seed may turn a small one round."
    )


def compare(runs):
    return compare_dataset(gather_ensembles(runs)[0], rf_analysis="model_rf", draws=200, seed=0)


def test_receptive_fields_are_compared_where_the_runs_have_them(write, drawn):
    runs = (write("cnn", 1.0), write("crnn", 1.0), write("ln", 1.0))
    header = "neuron,model_centre_x_px,model_centre_y_px,model_width_1_px,model_width_2_px,model_angle_rad"
    for run, x in zip(runs[:2], (3, 7), strict=True):
        (run.path / "analyses" / "model_rf").mkdir(parents=True)
        (run.path / "analyses" / "model_rf" / "cells.csv").write_text(
            f"{header},rf_distance,same_sign\nc0,{x},3,2,2,0,0.25,1\nc1,,,,,,,\n", encoding="utf-8"
        )
    findings = Comparison().analyze(runs, drawn)
    cnn, _, ln = read(drawn / "models.csv")
    assert (cnn["rf_distance"], cnn["rf_cells"], cnn["rf_same_sign"]) == ("0.25", "1", "1")
    assert (ln["rf_distance"], ln["rf_cells"], ln["rf_same_sign"]) == ("", "0", "")
    first, second, _ = read(drawn / "pairs.csv")
    assert (first["rf_distance"], first["rf_cells"]) == ("0.632121", "1")  # known for 4 px apart, widths of 2
    assert (second["rf_distance"], second["rf_cells"]) == ("", "0")
    assert "rf_distances" in [picture.stem for picture in findings.pictures]
    for picture in findings.pictures:
        assert (drawn / f"{picture.stem}.png").stat().st_size > 5000
        assert (drawn / f"{picture.stem}.svg").exists()


def test_the_explanation_follows_the_roles(write, folder):
    runs = (write("cnn", 3.0), write("crnn", 0.3), write("bare", 3.0, seed=4), write("narrow", 2.9, seed=5))
    findings = Comparison(
        recurrent="crnn", feedforward="cnn", without_recurrence="bare", bottleneck="narrow", shuffled="none"
    ).analyze(runs, folder)
    assert findings.headlines[1].startswith(
        "movie1: crnn predicts better than cnn, and recurrence explains it: crnn − cnn = +"
    )
    assert (
        "movie1: Not compared, for want of runs that predict the same bins: none (shuffled)."
        in findings.statements
    )


def test_the_scatter_shows_the_two_models_in_question_and_all_against_the_first(write):
    compared = compare([write(name, sd) for name, sd in (("ln", 1.0), ("cnn", 2.0), ("crnn", 0.5))])
    panels = scatter_panels(compared, Roles("crnn", "cnn"))
    assert [(panel.across, panel.up) for panel in panels] == [("cnn", "crnn"), ("ln", "cnn"), ("ln", "crnn")]
    assert panels[0].note.startswith("+0.")
    figure = draw_scatter(panels, "movie1")
    (dots,) = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    np.testing.assert_array_equal(dots.get_xydata()[:, 1], compared.correlations["crnn"])
    limits = {(axes.get_xlim(), axes.get_ylim()) for axes in figure.axes}
    assert len(limits) == 1
    assert figure.axes[0].get_xlim() == figure.axes[0].get_ylim()


def test_means_have_their_intervals_and_the_papers_figures_open_markers(write):
    published = [{"correlation": 0.9, "source": "a paper, 80 cells"}]
    compared = compare([write("cnn", 1.0), write("crnn", 0.5, published=published)])
    figure = draw_means({"movie1": compared.models})
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["cnn", "crnn"]
    (paper,) = [line for line in axes.lines if line.get_marker() == "D"]
    assert (paper.get_xdata()[0], paper.get_ydata()[0]) == (0.9, 1)
    assert paper.get_markerfacecolor() == "white"
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["here, with 95 % interval", "paper: a paper, 80 cells"]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"alpha": 0.0}, "expected above 0, got 0.0"),
        ({"margin": -0.1}, "expected at least 0, got -0.1"),
        ({"draws": 10}, "expected at least 100, got 10"),
    ],
)
def test_keys_out_of_range_are_refused(keys, message):
    with pytest.raises(ValueError, match=message):
        Comparison(**keys)


def make_pair(p_holm, low, high):
    return Pair("movie", "a", "b", 0.1, 0.05, low, high, p_holm, p_holm, 20, 0.5, 9, 5, 4)


def test_a_p_and_an_interval_that_differ_are_told_apart():
    (sure_of_these,) = state_interval(make_pair(0.01, -0.01, 0.2), 0.05)
    assert sure_of_these == (
        "Between a and b the p is of these very cells; the interval, for which cells are drawn anew as well, "
        "holds 0, so other cells of the kind may show no difference"
    )
    (no_test,) = state_interval(make_pair(0.2, 0.01, 0.2), 0.05)
    assert no_test.startswith("The interval of a and b leaves out 0, but is of this pair alone and no test")
    for agreeing in (make_pair(0.01, 0.01, 0.2), make_pair(0.2, -0.01, 0.2), make_pair(0.2, nan, nan)):
        assert state_interval(agreeing, 0.05) == ()
