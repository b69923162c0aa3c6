"""The analysis `null_controls`: other responses, time alone, and trainings on shifted responses."""

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import lfilter
from scipy.stats import kstest

import sysid
from sysid import Findings, RunFolder
from sysid_analyses.nulls import null_controls
from sysid_analyses.nulls.drift import choose_time_constant, predict_drift, smooth_in_time
from sysid_analyses.nulls.null_controls import NullControls
from sysid_analyses.nulls.null_statement import Nulls, state_nulls, warn_of_nulls
from sysid_analyses.nulls.session_null import mean_over_cells, score_nulls
from sysid_analyses.nulls.shifted_training import part_bins, shift_responses
from sysid_analyses.nulls.shuffled_pairing import (
    admissible_shifts,
    draw_pairings,
    find_stretches,
    p_value,
    shuffled_correlations,
)
from tests.command_line import LINEAR, SIMULATED, call, write_recipe

REACH = 5


def one_stretch(bins):
    return np.zeros(bins, dtype=np.int64), np.arange(bins)


def sections(count, length, every):
    """Bins of `count` sections of one movie, `length` bins each, that begin `every` frames apart."""
    frame = (every * np.arange(count)[:, None] + np.arange(length)).ravel()
    return np.zeros(len(frame), dtype=np.int64), frame


def rng(seed=0):
    return np.random.default_rng(seed)


# Shuffled pairing ------------------------------------------------------------------------------------------


def test_stretches_end_at_gaps_and_at_presentations():
    start, length = find_stretches(np.array([0, 0, 0, 1, 1, 1]), np.array([4, 5, 9, 10, 11, 12]))
    assert start.tolist() == [0, 2, 3]
    assert length.tolist() == [2, 1, 3]
    assert find_stretches(np.zeros(0, dtype=int), np.zeros(0, dtype=int))[0].size == 0


def test_admissible_shifts_are_those_that_a_plain_loop_finds():
    presentation = np.repeat([0, 1], [18, 14])
    frame = np.concatenate([np.arange(10), np.arange(16, 24), np.arange(3, 17)])
    bins = np.arange(len(frame))
    expected = [
        shift
        for shift in range(1, len(frame))
        if all(
            presentation[i] != presentation[(i + shift) % len(frame)]
            or abs(frame[i] - frame[(i + shift) % len(frame)]) > REACH
            for i in bins
        )
    ]
    assert 0 < len(expected) < len(frame) - 1
    assert admissible_shifts(presentation, frame, REACH).tolist() == expected


def test_one_stretch_is_shifted_by_more_than_the_history():
    assert admissible_shifts(*one_stretch(40), REACH).tolist() == list(range(6, 35))
    pairings = draw_pairings(*one_stretch(40), REACH, 19, rng())
    assert (pairings.scheme, pairings.possible, pairings.partner.shape) == ("shifts", 29, (19, 40))
    distance = np.abs(pairings.partner - np.arange(40))
    assert distance.min() > REACH
    assert len(np.unique(pairings.partner, axis=0)) == 19


def test_with_few_bins_there_are_fewer_pairings_than_asked_for_or_none():
    assert draw_pairings(*one_stretch(40), REACH, 199, rng()).partner.shape == (29, 40)
    empty = draw_pairings(*one_stretch(8), REACH, 199, rng())
    assert empty.partner.shape == (0, 8)
    assert shuffled_correlations(np.ones((8, 3)), np.ones((8, 3)), empty.partner).shape == (0, 3)


def test_sections_are_exchanged_as_wholes_and_never_stay_near_their_place():
    presentation, frame = sections(9, 4, 6)  # neighbours are 6 frames apart, more than the reach
    pairings = draw_pairings(presentation, frame, REACH, 99, rng())
    assert (pairings.scheme, pairings.partner.shape) == ("stretches", (99, 36))
    blocks = pairings.partner.reshape(99, 9, 4)
    assert (np.diff(blocks, axis=2) == 1).all()
    assert (blocks[..., 0] % 4 == 0).all()  # the first bin of one with the first of the other
    assert (blocks[..., 0] // 4 != np.arange(9)).all()
    assert len(np.unique(pairings.partner, axis=0)) == 99
    further = draw_pairings(presentation, frame, 6, 99, rng()).partner.reshape(99, 9, 4)[..., 0] // 4
    assert (np.abs(further - np.arange(9)) > 1).all()


def test_sections_of_other_lengths_take_bins_again_from_the_first():
    presentation = np.repeat(np.arange(5), [3, 4, 3, 4, 3])
    frame = np.concatenate([np.arange(length) for length in (3, 4, 3, 4, 3)])
    partner = draw_pairings(presentation, frame, REACH, 500, rng()).partner
    assert len(partner) == 44  # all orders of 5 that leave nothing at its place
    long = partner[:, 3:7]  # the bins of the second section
    short = long[np.isin(long[:, 0], [0, 7, 14])]
    assert (short[:, 3] == short[:, 0]).all()


def test_a_perfect_predictor_has_the_smallest_p():
    responses = rng().poisson(1.0, (60, 4)).astype(np.float64)
    partner = draw_pairings(*one_stretch(60), REACH, 39, rng(1)).partner
    null = mean_over_cells(shuffled_correlations(responses, responses, partner), np.ones(4, dtype=bool))
    assert p_value(1.0, null) == 1 / 40
    assert abs(null.mean()) < 0.1


@pytest.mark.parametrize("where", ["one stretch", "sections"])
def test_p_is_uniform_where_predictions_know_nothing(where):
    presentation, frame = one_stretch(160) if where == "one stretch" else sections(16, 10, 40)
    values = []
    for seed in range(200):
        generator = rng(seed)
        noise = generator.standard_normal((2, 160, 2))
        one, other = lfilter([1], [1, -0.5], noise, axis=1)  # what follows one another is alike
        partner = draw_pairings(presentation, frame, REACH, 19, generator).partner
        true = sysid.metrics.correlation(one[None], other).mean()
        null = shuffled_correlations(one, other, partner).mean(axis=1)
        values.append(p_value(float(true), null) - generator.random() / 20)  # p is one of 20 values
    assert kstest(values, "uniform").pvalue > 0.01
    assert np.mean(np.array(values) <= 0.05) == pytest.approx(0.05, abs=0.046)  # 3 standard errors


def test_what_all_sections_have_in_common_stays_in_the_null():
    presentation, frame = sections(8, 5, 20)
    transient = np.tile(np.array([5.0, 3, 2, 1, 0]), 8)[:, None]
    partner = draw_pairings(presentation, frame, REACH, 19, rng()).partner
    np.testing.assert_allclose(shuffled_correlations(transient, transient, partner), 1)


def test_bins_that_were_not_recorded_take_no_part():
    responses = rng().normal(size=(40, 2))
    responses[::7, 1] = np.nan
    partner = draw_pairings(*one_stretch(40), REACH, 3, rng()).partner
    scores = shuffled_correlations(responses, rng(2).normal(size=(40, 2)), partner)
    prediction = rng(2).normal(size=(40, 2))[:, 1]
    for row, order in zip(scores, partner, strict=True):
        known = ~np.isnan(responses[order, 1])
        expected = np.corrcoef(responses[order, 1][known], prediction[known])[0, 1]
        assert row[1] == pytest.approx(expected)


# Drift -----------------------------------------------------------------------------------------------------


def smooth_plainly(asked, train, responses, constant, gap):
    distance = np.abs(asked[:, None] - train)
    weight = np.where(distance >= gap, np.exp(-distance / constant), 0)
    known = ~np.isnan(responses)
    return weight @ np.where(known, responses, 0) / (weight @ known)


@pytest.mark.parametrize("constant", [1.0, 3.7, 40.0, np.inf])
@pytest.mark.parametrize("gap", [1, 4])
def test_smoothing_is_the_weighted_mean_that_a_plain_sum_gives(constant, gap):
    train = np.sort(rng().choice(90, 50, replace=False))
    asked = np.setdiff1d(np.arange(100), train)
    responses = rng(1).normal(2, 1, (50, 3))
    responses[rng(2).random((50, 3)) < 0.2] = np.nan
    expected = smooth_plainly(asked, train, responses, constant, gap)
    np.testing.assert_allclose(smooth_in_time(asked, train, responses, constant, gap), expected)
    itself = smooth_plainly(train, train, responses, constant, gap)
    np.testing.assert_allclose(smooth_in_time(train, train, responses, constant, gap), itself)


def test_far_from_all_training_bins_the_last_level_stays():
    train, responses = np.arange(20), np.arange(20.0)[:, None]
    late = smooth_in_time(np.array([20, 500, 100_000]), train, responses, 1.0)
    np.testing.assert_allclose(late, late[0, 0])
    assert late[0, 0] == pytest.approx(19 - 1 / (np.e - 1), abs=1e-6)  # mean of a geometric distribution


def test_a_neuron_without_training_bins_is_predicted_as_zero():
    responses = np.full((5, 2), np.nan)
    responses[:, 0] = 3
    predicted = smooth_in_time(np.array([7]), np.arange(5), responses, 2.0)
    assert predicted.tolist() == [[3, 0]]


def draw_drift(bins, memory, noise, generator):
    """Return (bin, 3): a first-order autoregression that three cells share, and noise of their own."""
    decay = np.exp(-1 / memory)
    shared = lfilter([np.sqrt(1 - decay**2)], [1, -decay], generator.standard_normal(bins + 2000))[2000:]
    return shared[:, None] + noise * generator.standard_normal((bins, 3))


def test_the_time_constant_is_long_for_noise_and_of_the_drifts_order_for_a_drift():
    train = np.arange(1500)
    noise = rng().standard_normal((1500, 3))
    assert choose_time_constant(train, noise, 1) >= 256
    drifting = draw_drift(1500, 60, 1.0, rng(3))
    assert 4 <= choose_time_constant(train, drifting, 1) <= 60


def score_drift(responses, test):
    train = np.setdiff1d(np.arange(len(responses)), test)
    drift = predict_drift(test, train, responses[train])
    return drift, sysid.metrics.correlation(responses[test][None], drift.prediction)


def test_a_drift_scores_high_with_scattered_bins_and_nothing_with_a_block_at_the_end():
    responses = draw_drift(3000, 100, 0.7, rng(5))
    drift, scattered = score_drift(responses, np.sort(rng(6).choice(3000, 500, replace=False)))
    assert scattered.min() > 0.6  # √(1/1.49) = .82 at best
    assert (drift.distance_bins, drift.enclosed) == (1, 1)
    drift, block = score_drift(responses, np.arange(2400, 3000))
    assert np.isnan(block).all()  # constant
    assert drift.enclosed == 0


def test_without_a_drift_the_predictor_is_the_training_mean():
    responses = rng(7).standard_normal((600, 4))
    drift, scores = score_drift(responses, np.arange(0, 600, 5))
    assert np.nan_to_num(scores).mean() == pytest.approx(0, abs=0.1)
    np.testing.assert_allclose(drift.prediction.std(axis=0), 0, atol=0.2)


def make_part(responses, test, prediction):
    return {
        "responses": responses[None, test],
        "prediction": prediction[test].astype(np.float32),
        "presentation": np.zeros(len(test), dtype=np.int64),
        "frame": test,
        "block": np.arange(len(test)) // 10,
        "bin_duration_s": np.full(len(test), 1 / 30),
    }


def test_a_model_that_learned_the_drift_has_a_null_that_scores():
    responses = draw_drift(1500, 100, 0.5, rng(8))
    test = np.sort(rng(9).choice(1500, 300, replace=False))
    training = responses.copy()
    training[test] = np.nan
    part = make_part(responses, test, responses + 0.2 * rng(10).standard_normal((1500, 3)))
    session = score_nulls(part, [training[None]], 3, 19, rng())
    nulls = null_controls.gather_nulls({"retina": session}, {"retina": part}, np.zeros(0), "", 0.1)
    assert nulls.numbers()["null_scores"] == 1
    assert nulls.numbers()["drift_low"] > 0.3
    assert nulls.drift > 0.6
    assert "a slow drift alone reaches a mean CC of 0." in warn_of_nulls(nulls)[0]


# Shifted training ------------------------------------------------------------------------------------------


def test_shifting_moves_all_cells_and_repeats_of_a_part_together_and_nothing_else():
    frames = np.arange(30.0)
    responses = [np.stack([frames, frames + 100])[..., None] * [1, -1] for _ in range(2)]
    bins = [np.arange(4, 20), np.arange(12)]
    shifted = shift_responses(responses, bins, REACH, rng())
    for before, after, chosen in zip(responses, shifted, bins, strict=True):
        rest = np.setdiff1d(np.arange(30), chosen)
        np.testing.assert_array_equal(after[:, rest], before[:, rest])
        np.testing.assert_array_equal(after[1] - after[0], before[1] - before[0])
        np.testing.assert_array_equal(after[..., 1], -after[..., 0])
    moved = np.concatenate([after[0, chosen, 0] for after, chosen in zip(shifted, bins, strict=True)])
    assert sorted(moved) == sorted([*range(4, 20), *range(12)])
    own = np.concatenate(bins)
    presentation = np.repeat([0, 1], [16, 12])
    shift = next(s for s in range(28) if np.array_equal(np.roll(own, s), moved))
    near = (np.roll(presentation, shift) == presentation) & (np.abs(moved - own) <= REACH)
    assert not near.any()


def test_too_few_bins_cannot_be_shifted():
    assert shift_responses([np.zeros((2, 30, 1))], [np.arange(9)], REACH, rng()) is None
    unchanged = shift_responses([np.ones((2, 30, 1))], [np.arange(0)], REACH, rng())
    np.testing.assert_array_equal(unchanged[0], 1)


def test_part_bins_are_those_where_anything_was_recorded():
    responses = np.full((2, 5, 2), np.nan)
    responses[1, 3, 0] = responses[0, 4, 1] = 0
    assert part_bins(responses).tolist() == [3, 4]


# Words -----------------------------------------------------------------------------------------------------


def make_nulls(correlation=0.6, shuffled=0.0, drift=0.0, low=np.nan, refitted=(), draws=99, hindrance=""):
    return Nulls(
        correlation=correlation,
        shuffled=shuffled + 0.05 * np.linspace(-1, 1, draws),
        drift=drift,
        drift_low=low,
        drift_high=low + 0.2,
        refitted=np.array(refitted, dtype=np.float64),
        hindrance=hindrance,
        threshold=0.1,
    )


def state(nulls, session):
    return state_nulls(nulls, [session], 30.0)


@pytest.fixture
def session():
    responses = rng().normal(size=(80, 2))
    training = responses.copy()
    training[60:] = np.nan
    return score_nulls(make_part(responses, np.arange(60, 80), responses), [training[None]], REACH, 9, rng())


@pytest.mark.parametrize(
    ("changes", "scores", "said"),
    [
        (
            {},
            0,
            "No null scores: the model's CC is 0.600, and nothing that is blind to the stimulus reaches 0.1.",
        ),
        (
            {"correlation": 0.02},
            0,
            "The score is not beyond chance: the true pairing does not stand out from pairings with other "
            "responses (p = 0.31); the model's CC is 0.020.",
        ),
        (
            {"shuffled": 0.2},
            1,
            "A null scores: shuffled pairings reach a mean CC of 0.200; the model's CC is",
        ),
        ({"drift": 0.3, "low": 0.2}, 1, "A null scores: a slow drift alone reaches a mean CC of 0.300; "),
        ({"drift": 0.3, "low": -0.1}, 0, "No null scores"),
        ({"drift": 0.05, "low": 0.02}, 0, "No null scores"),
        ({"refitted": (0.2, 0.25, 0.3)}, 1, "A null scores: refits reach a mean CC of 0.250; "),
        ({"correlation": 0.02, "draws": 1}, 0, "No null scores"),
    ],
)
def test_the_first_sentence_says_whether_a_null_scores(session, changes, scores, said):
    nulls = make_nulls(**changes)
    assert nulls.numbers()["null_scores"] == scores
    assert said in (*warn_of_nulls(nulls), *state(nulls, session))[0]


def test_a_warning_is_not_among_the_statements_and_each_has_its_own_sentence(session):
    both = make_nulls(correlation=0.2, shuffled=0.2)
    assert [each.split(":")[0] for each in warn_of_nulls(both)] == [
        "A null scores",
        "The score is not beyond chance",
    ]
    assert not set(warn_of_nulls(both)) & set(state(both, session))
    assert state(both, session)[0].startswith("With other responses")
    assert warn_of_nulls(make_nulls()) == ()


def test_whether_the_score_is_beyond_chance_is_a_number_where_it_can_be_told():
    assert make_nulls().numbers()["beyond_chance"] == 1
    assert make_nulls(correlation=0.02).numbers()["beyond_chance"] == 0
    assert np.isnan(make_nulls(draws=5).numbers()["beyond_chance"])  # no p below .17
    assert np.isnan(make_nulls(draws=0).numbers()["beyond_chance"])


def test_what_was_done_is_said(session):
    statements = state(make_nulls(refitted=(0.0, 0.1), hindrance="the loss was nan"), session)
    assert "responses shifted along the test part by more than the history; 99 different" in statements[1]
    assert "cannot be below 0.01" in statements[1]
    assert statements[2].startswith("A drift cannot score through this split: no test bin lies between")
    assert "Trained 2 times on responses shifted in time, the model scores 0.050 ± 0.071" in statements[3]
    assert statements[4] == "Of the refits asked for 2 were done: the loss was nan."
    none = state(make_nulls(draws=0), session)
    assert none[1].startswith("The test part is too short to pair predictions")


# The analysis ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """The folder of a network and of a closed form on a simulation."""
    place = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        assert call("run", write_recipe(SIMULATED, f"[variants.cnn]\n{LINEAR}")).code == 0
    return place / "runs/tiny"


def analyze(finished, variant, folder, **fields):
    run = RunFolder(finished / variant / "movie-simulated/fold0/seed0")
    return NullControls(**fields).analyze((run,), folder)


def test_a_network_is_not_trained_again_unless_asked(finished, tmp_path):
    found = analyze(finished, "cnn", tmp_path)
    assert found.numbers["refits"] == 0
    assert np.isnan(found.numbers["refit_mean"])
    assert not set(found.warnings) & set(found.statements)
    assert list(found.beside_score) == ["shuffled CC", "drift CC"]  # a mean of these over folds has a meaning
    assert found.beside_score["shuffled CC"] == found.numbers["shuffled_mean"]
    for name in ("shuffled_mean", "shuffled_sd", "shuffled_p", "drift_correlation", "null_scores"):
        assert np.isfinite(found.numbers[name])
    assert found.numbers["shuffled_draws"] == 10  # 17 test bins, shifts of 4 to 13
    with open(tmp_path / "nulls.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["session"] for row in rows] == ["retina"] * 3
    assert float(rows[0]["shuffled_p"]) >= 1 / 11 - 1e-5
    with np.load(tmp_path / "nulls.npz", allow_pickle=False) as arrays:
        assert arrays["shuffled"].mean() == pytest.approx(found.numbers["shuffled_mean"])
        assert arrays["retina/drift_prediction"].shape == (17, 3)
    assert (tmp_path / "nulls.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (tmp_path / "nulls.svg").read_text(encoding="utf-8")


def test_a_closed_form_is_trained_again_nineteen_times(finished, tmp_path):
    found = analyze(finished, "ln", tmp_path, draws=5)
    assert found.numbers["refits"] == 19
    assert found.numbers["shuffled_draws"] == 5
    assert found.numbers["refit_p"] >= 1 / 20


def test_the_same_seed_gives_the_same_bytes(finished, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        analyze(finished, "cnn", tmp_path / name, refits=1)
    for file in ("nulls.csv", "nulls.svg"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_a_score_within_chance_is_a_warning(finished, tmp_path, monkeypatch):
    constant = RunFolder(finished / "cnn/movie-simulated/fold0/seed0").predictions()
    constant["retina"]["prediction"][:] = np.random.default_rng(0).random((17, 3))
    monkeypatch.setattr(RunFolder, "predictions", lambda _self: constant)
    found = analyze(finished, "cnn", tmp_path)
    assert (found.numbers["null_scores"], found.numbers["beyond_chance"]) == (0, 0)
    assert len(found.warnings) == 1
    assert found.warnings[0].startswith("The score is not beyond chance: the true pairing does not stand out")


def test_cells_of_several_sessions_are_averaged_together(session):
    part = make_part(rng().normal(size=(80, 2)), np.arange(60, 80), rng().normal(size=(80, 2)))
    both = null_controls.gather_nulls(
        {"a": session, "b": session}, {"a": part, "b": part}, np.zeros(0), "", 0.1
    )
    alone = null_controls.gather_nulls({"a": session}, {"a": part}, np.zeros(0), "", 0.1)
    np.testing.assert_allclose(both.shuffled, alone.shuffled)
    assert both.correlation == pytest.approx(1)
    rows = null_controls.cell_rows({"a": session, "b": session}, {"a": ["x", "y"], "b": ["u", "v"]})
    assert [row[:2] for row in rows] == [("a", "x"), ("a", "y"), ("b", "u"), ("b", "v")]


def test_refits_that_cannot_be_done_are_said(finished, tmp_path, monkeypatch):
    monkeypatch.setattr(null_controls, "shift_responses", lambda *_arguments: None)
    found = analyze(finished, "cnn", tmp_path, refits=2)
    assert found.statements[-1] == (
        "Of the refits asked for 0 were done: the train bins are too few to be shifted by more than the "
        "history."
    )


def test_a_training_that_breaks_off_takes_nothing_with_it(finished, tmp_path, monkeypatch):
    def refit(*_arguments, **_named):
        raise sysid.SysidError("training: the loss is nan")

    monkeypatch.setattr(sysid, "refit", refit)
    found = analyze(finished, "cnn", tmp_path, refits=2)
    assert "a training on shifted responses broke off: training: the loss is nan." in found.statements[-1]
    assert np.isfinite(found.numbers["shuffled_mean"])


def test_a_run_without_predictions_has_a_reason(tmp_path):
    found = NullControls().analyze((RunFolder(tmp_path),), tmp_path)
    assert found == Findings(reason="the run has no predictions of a test part")


def test_silent_cells_have_a_reason(finished, tmp_path, monkeypatch):
    silent = RunFolder(finished / "cnn/movie-simulated/fold0/seed0").predictions()
    silent["retina"]["responses"][:] = 0
    monkeypatch.setattr(RunFolder, "predictions", lambda _self: silent)
    found = analyze(finished, "cnn", tmp_path)
    assert found.reason == "the test responses of all cells are constant, so nothing can be scored"
