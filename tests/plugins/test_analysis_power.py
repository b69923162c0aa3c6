"""The analysis `power`: which difference a recording can show."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

import sysid
from sysid import RunFolder
from sysid_analyses.powers.detectable import (
    detectable_difference,
    needed,
    power_to_show,
    split_spread,
    spread_interval,
)
from sysid_analyses.powers.power import Power, count_scored
from sysid_analyses.powers.power_figure import draw_power
from sysid_analyses.powers.power_pair import find_folds
from sysid_analyses.powers.power_statement import Estimate, state_power
from sysid_analyses.powers.simulated_response import (
    fano_factor,
    fill_rates,
    simulate_counts,
    spread_over_test_noise,
)
from tests.command_line import SIMULATED, call, write_recipe

POWER, ALPHA = 0.8, 0.05


def test_the_detectable_difference_of_a_normal_estimate_is_2_8_standard_deviations():
    assert detectable_difference(1.0, POWER, ALPHA) == pytest.approx(1.959964 + 0.841621, abs=1e-5)
    assert detectable_difference(0.02, 0.5, ALPHA) == pytest.approx(0.02 * 1.959964, abs=1e-6)


@pytest.mark.parametrize("power", [0.5, 0.8, 0.95])
def test_a_test_shows_the_detectable_difference_as_often_as_asked(power):
    spread = 0.03
    true = detectable_difference(spread, power, ALPHA)
    assert power_to_show(true, spread, ALPHA) == pytest.approx(power)
    observed = np.random.default_rng(0).normal(true, spread, 20_000)
    significant = 2 * norm.sf(np.abs(observed) / spread) < ALPHA
    assert significant.mean() == pytest.approx(power, abs=0.01)  # standard error at most .0035


def test_without_spread_any_difference_is_shown():
    assert (power_to_show(0.1, 0.0, ALPHA), power_to_show(0.0, 0.0, ALPHA)) == (1, 0)


def test_the_interval_of_a_spread_holds_it_in_95_of_100_cases():
    low, high = spread_interval(1.0, 5)
    assert (low, high) == (pytest.approx(0.599, abs=1e-3), pytest.approx(2.874, abs=1e-3))
    samples = np.random.default_rng(1).normal(0, 2, (4000, 5)).std(axis=1, ddof=1)
    assert np.mean((samples * low < 2) & (samples * high > 2)) == pytest.approx(0.95, abs=0.012)
    assert np.isnan(spread_interval(1.0, 1)).all()


def test_the_spread_is_divided_into_test_noise_and_the_rest():
    generator = np.random.default_rng(2)
    differences = generator.normal(0, 0.3, 5000) + generator.normal(0, 0.4, 5000)
    test, rest = split_spread(differences, np.full(5000, 0.3))
    assert (test, rest) == (pytest.approx(0.3), pytest.approx(0.4, abs=0.02))
    assert split_spread(np.array([0.1, 0.1]), np.array([0.2, 0.2])) == (pytest.approx(0.2), 0)


def test_as_much_as_needed_gives_the_power_asked_for():
    times = needed(0.02, 0.012, 0.004, POWER, ALPHA)
    longer_test = np.sqrt(0.012**2 / times.test + 0.004**2)
    assert power_to_show(0.02, longer_test, ALPHA) == pytest.approx(POWER)
    longer = np.sqrt((0.012**2 + 0.004**2) / times.everything)
    assert power_to_show(0.02, longer, ALPHA) == pytest.approx(POWER)
    assert times.test > times.everything > 1


def test_what_training_alone_hides_no_test_part_shows():
    times = needed(0.02, 0.001, 0.01, POWER, ALPHA)
    assert times.test == np.inf
    assert times.everything == pytest.approx((0.001**2 + 0.01**2) / (0.02 / 2.801585) ** 2, rel=1e-5)
    assert needed(0.0, 0.1, 0.1, POWER, ALPHA).everything == np.inf


# Simulated responses ---------------------------------------------------------------------------------------


def test_bins_without_a_prediction_have_the_mean_rate():
    recorded = np.array([[[2.0, 0], [4, np.nan], [0, 3]], [[0.0, 0], [np.nan, np.nan], [2, 1]]])
    rates = np.array([[np.nan, np.nan], [0.5, -0.1], [1.5, np.nan]])
    filled = fill_rates(rates, recorded)
    np.testing.assert_allclose(filled, [[2, 1], [0.5, 0], [1.5, 1]])  # means of (1, 4, 1) and (0, 2)


def test_counts_have_the_gaps_of_the_recording_and_the_rates_as_means():
    recorded = np.zeros((4000, 3, 2), dtype=np.float32)
    recorded[:, 1, 0], recorded[::2, 2] = np.nan, np.nan
    rates = np.array([[0.2, 3.0], [1.0, 0.0], [2.0, 0.5]])
    counts = simulate_counts(rates, recorded, np.random.default_rng(0))
    np.testing.assert_array_equal(np.isnan(counts), np.isnan(recorded))
    assert counts.dtype == np.float32
    known = ~np.isnan(counts[0, :, 0]) | ~np.isnan(counts[1, :, 0])
    means = np.nanmean(counts[:, known], axis=0)
    np.testing.assert_allclose(means, rates[known], rtol=0.08, atol=1e-9)


def test_test_noise_falls_with_the_square_root_of_time_and_of_repeats():
    generator = np.random.default_rng(3)
    rates = generator.gamma(2.0, 0.5, (400, 2))
    good, bad = rates + generator.normal(0, 0.1, rates.shape), rates + generator.normal(0, 1.0, rates.shape)

    def spread(repeats, bins):
        recorded = np.zeros((repeats, bins, 2))
        return spread_over_test_noise(rates[:bins], recorded, good[:bins], bad[:bins], 200, generator)

    once = spread(4, 400)
    assert spread(16, 400) / once == pytest.approx(1 / 2, rel=0.25)
    assert spread(4, 100) / once == pytest.approx(2, rel=0.25)


# Words -----------------------------------------------------------------------------------------------------


def make_estimate(observed=0.05, simulated=(0.03, 0.05, 0.07, 0.04, 0.06), test_spread=0.01, **changes):
    fields = {
        "variant": "crnn",
        "against": "cnn",
        "dataset": "movie1",
        "simulated": np.array(simulated),
        "test_spreads": np.full(len(simulated), test_spread),
        "observed": observed,
        "bootstrap_error": 0.02,
        "power": POWER,
        "alpha": ALPHA,
        "test_min": 2.0,
        "training_min": 10.0,
        "repeats": 30,
        "cells": 80,
        "fano_factor": 0.6,
    }
    return Estimate(**(fields | changes))


def test_what_can_be_shown_is_said_with_its_interval():
    estimate = make_estimate()
    said = state_power(estimate)
    assert said[0].startswith(
        "On movie1 (10 min of training, 2 min of test, 30 repeats, 80 scored cells) a difference of 0.056 in "
        "mean CC between crnn and cnn can be shown with 80 % power: by resampling time and cells, which "
        "other stimuli and cells are in; 5 simulations of noise and training (95 % interval 0.028 to 0.127) "
        "give 0.044; observed is +0.050."
    )
    assert said[1].startswith("To show the observed difference with 80 % power it would need at least 30.7 s")
    assert "they differ" not in said[2]
    assert (
        "by +0.050 ± 0.016 (mean ± sd), of which noise in the test responses alone makes ± 0.010" in said[2]
    )
    assert "Assumed: Poisson responses, an error of the test part that falls as 1/√time" in said[3]
    assert "Fano factor of 0.60" in said[3]
    assert "± 0.020 (se); by that, 0.056 can be shown" in said[4]
    numbers = estimate.numbers()
    assert numbers["more_test_minutes"] == pytest.approx(2 * ((2.801585 * 0.02 / 0.05) ** 2 - 1), rel=1e-5)
    assert np.isnan(numbers["more_repeats"])  # of the same stimuli
    assert numbers["detectable_difference"] == numbers["detectable_by_bootstrap"] == pytest.approx(0.0560317)
    assert numbers["power_for_observed"] < 0.8


def test_only_what_exceeds_both_errors_is_said_to_be_shown():
    shown = make_estimate(observed=0.06)
    assert state_power(shown)[1] == (
        "The observed difference is larger: the recording is long enough for 80 % power."
    )
    assert shown.numbers()["more_test_minutes"] == 0
    by_simulation = make_estimate(bootstrap_error=0.01)
    assert "0.044 in mean CC" in state_power(by_simulation)[0]
    assert "to 0.127); resampling time and cells gives 0.028; observed" in state_power(by_simulation)[0]
    alone = make_estimate(bootstrap_error=np.nan)
    assert "0.044 in mean CC" in state_power(alone)[0]
    assert "stimuli and cells are not in it, for want of blocks" in state_power(alone)[0]


def test_too_few_simulations_and_another_sign_are_said():
    few = make_estimate(observed=-0.01, simulated=(0.1, 0.5))
    assert state_power(few)[0].endswith(
        "observed is −0.010. So few simulations cannot tell the spread well. The simulated difference, "
        "+0.300 on average, has the other sign than the observed one."
    )
    assert few.detectable_interval[1] == 2
    draw_power(few)
    assert "So few" not in state_power(make_estimate())[0]
    assert "the other sign" not in state_power(make_estimate())[0]


def test_what_a_small_difference_would_take_is_said():
    simulated = (-0.01, -0.011)
    estimate = make_estimate(observed=-0.02, simulated=simulated, test_spread=0.02, bootstrap_error=0.01)
    numbers = estimate.numbers()
    times = (2.801585 * 0.02 / 0.02) ** 2
    assert numbers["more_test_minutes"] == pytest.approx(2 * (times - 1), rel=1e-4)
    assert numbers["more_repeats"] == np.ceil(30 * (times - 1))
    assert numbers["more_minutes_of_everything"] == pytest.approx(12 * (times - 1), rel=1e-4)
    assert (
        "it would need 13.7 min more of test, or 206 more repeats of it (7.85 times as much); or 82.2 min"
        in (state_power(estimate)[1])
    )


def test_where_trainings_differ_by_more_a_longer_test_part_does_not_help():
    estimate = make_estimate(observed=0.01, simulated=(0.1, -0.1, 0.05), fano_factor=np.nan)
    assert np.isnan(estimate.numbers()["more_test_minutes"])
    said = state_power(estimate)
    assert said[1].endswith("because the trainings differ by more (averaging over seeds lowers that).")
    assert "Fano" not in said[3]


def test_equal_scores_need_no_amount():
    assert state_power(make_estimate(observed=0.0))[1].startswith("The two score alike")
    draw_power(make_estimate(observed=0.0))


def test_the_figure_shows_the_observed_difference_in_both_panels():
    left, right = draw_power(make_estimate()).axes
    assert left.get_xlabel() == "difference in mean CC, crnn − cnn"
    assert any(np.allclose(line.get_xdata(), 0.05) for line in left.lines if len(line.get_xdata()) == 2)
    assert any(np.allclose(line.get_ydata(), 0.05) for line in right.lines)
    joint, test = right.lines[0].get_ydata(), right.lines[1].get_ydata()
    assert joint[-1] < test[-1]


def test_poisson_counts_have_a_fano_factor_of_one_and_silence_has_none():
    counts = np.random.default_rng(0).poisson(0.8, (10, 300, 3)).astype(np.float32)
    counts[7:, ::3] = np.nan
    assert fano_factor([counts]) == pytest.approx(1, abs=0.05)
    assert fano_factor([counts, counts.repeat(2, axis=2)]) == pytest.approx(1, abs=0.05)
    assert np.isnan(fano_factor([np.zeros((2, 5, 1))]))
    assert np.isnan(fano_factor([counts[:1]]))


def test_only_scored_cells_are_counted():
    responses = np.random.default_rng(0).poisson(1.0, (3, 20, 4)).astype(np.float32)
    responses[:, :, 1] = 0
    assert count_scored([responses]) == 3
    assert count_scored([responses[..., :2], responses[:, 5:, :2]]) == 1


# The analysis ----------------------------------------------------------------------------------------------

TWO = """
[variants.wide]
encoder = {use = "identity"}
readout = {use = "window", window_px = 5}
training = {method = "least_squares"}
[variants.narrow]
encoder = {use = "identity"}
readout = {use = "window", window_px = 3}
training = {method = "least_squares"}
[variants.longer]
samples = {history = 6}
encoder = {use = "identity"}
readout = {use = "window", window_px = 3}
training = {method = "least_squares"}
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> tuple[RunFolder, ...]:
    """Closed forms on a simulation of spikes and on one of rates."""
    place = tmp_path_factory.mktemp("finished")
    more = f'[datasets.rates]\n{SIMULATED}response = "rate"\n{TWO}'
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        assert call("run", write_recipe(SIMULATED.replace("120", "240"), more)).code == 0
    return tuple(RunFolder(file.parent) for file in sorted(Path(place).rglob("run.json")))


def analyze(runs, folder, variant="wide", against="narrow", dataset="movie", **fields):
    return Power(variant=variant, against=against, dataset=dataset, **fields).analyze(runs, folder)


def test_two_closed_forms_are_trained_on_simulated_responses(runs, tmp_path):
    found = analyze(runs, tmp_path, simulations=3)
    assert found.reason == ""
    with open(tmp_path / "power.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len({row["correlation"] for row in rows}) == len(rows) == 3
    first = rows[0]
    assert float(first["difference"]) == pytest.approx(
        float(first["correlation"]) - float(first["correlation_against"]), abs=1e-5
    )
    numbers = found.numbers
    spread = np.std([float(row["difference"]) for row in rows], ddof=1)
    noise = np.sqrt(np.mean([float(row["spread_of_test_noise"]) ** 2 for row in rows]))
    assert numbers["spread"] == pytest.approx(max(spread, noise), rel=1e-3)
    assert numbers["detectable_by_simulation"] == pytest.approx(2.801585 * numbers["spread"], rel=1e-5)
    larger = max(numbers["detectable_by_simulation"], numbers["detectable_by_bootstrap"])
    assert numbers["detectable_difference"] == larger
    scores = {
        run.path.parents[2].name: run.scores()["correlation"]["mean"] for run in runs if "movie" in str(run)
    }
    assert numbers["observed_difference"] == pytest.approx(scores["wide"] - scores["narrow"], abs=1e-6)
    assert numbers["test_minutes"] == pytest.approx((40 - 3) / 30 / 60)
    assert numbers["training_minutes"] == pytest.approx(
        (180 - 3 - 3) / 30 / 60
    )  # history, and beside validation
    assert numbers["fano_factor"] == pytest.approx(1, abs=0.1)
    assert (tmp_path / "power.png").read_bytes().startswith(b"\x89PNG")


def test_the_same_seed_gives_the_same_table(runs, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        analyze(runs, tmp_path / name, simulations=2)
    one, two = ((tmp_path / name / "power.csv").read_bytes() for name in ("one", "two"))
    assert one == two


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (
            {"against": "wide"},
            "wide is compared with itself, and the difference is 0 whatever was recorded",
        ),
        ({"variant": "other"}, "there is no finished run of other on movie"),
        ({"against": "other"}, "there is no finished run of other on movie"),
        ({"dataset": "other"}, "there is no finished run of wide on other"),
        ({"dataset": "rates"}, "responses are rate, and only spike counts can be drawn anew"),
        ({"against": "longer"}, "the two variants predict other bins, so their scores cannot be compared"),
    ],
)
def test_what_cannot_be_simulated_has_a_reason(runs, tmp_path, fields, reason):
    assert analyze(runs, tmp_path, **fields).reason == reason
    assert not list(tmp_path.iterdir())


def test_several_sessions_have_a_reason(runs, tmp_path, monkeypatch):
    several = {"a": {}, "b": {}}
    monkeypatch.setattr(RunFolder, "predictions", lambda _self: several)
    reason = "the dataset has several sessions, and the simulation is made for one"
    assert analyze(runs, tmp_path).reason == reason


def test_a_training_that_breaks_off_has_a_reason(runs, tmp_path, monkeypatch):
    def refit(*_arguments, **_named):
        raise sysid.SysidError("training: the loss is nan")

    monkeypatch.setattr(sysid, "refit", refit)
    reason = "a training on simulated responses broke off: training: the loss is nan"
    assert analyze(runs, tmp_path).reason == reason


def test_folds_that_only_one_variant_has_are_left_out(tmp_path):
    folders = []
    for variant, fold in (("a", 0), ("b", 1)):
        folder = RunFolder(tmp_path / f"{variant}{fold}")
        folder.path.mkdir()
        about = {"variant": variant, "dataset_name": "movie", "fold": fold, "seed": 0}
        folder.run_file.write_text(json.dumps({"identity": {"configuration": about}}), encoding="utf-8")
        folders.append(folder)
    assert find_folds(tuple(folders), "a", "b", "movie") == ([], "a and b have no fold of movie in common")
