"""The protocols of `physiology` on hand-made cells whose answers are known, and the analysis on runs."""

import csv
import math

import attrs
import numpy as np
import pytest

import sysid
from sysid.testing.tiny_fit import make_runs
from sysid_analyses.fields.model_field import name_neurons
from sysid_analyses.physiology import cell_field, physiology, screen
from sysid_analyses.physiology.cell import Cells
from sysid_analyses.physiology.cell_field import find_cells
from sysid_analyses.physiology.decay import fit_decay
from sysid_analyses.physiology.outcome_summary import warn_outcomes
from sysid_analyses.physiology.physiology import Physiology
from sysid_analyses.physiology.probe import GREY, Probe
from sysid_analyses.physiology.protocols.chirp import Chirp
from sysid_analyses.physiology.protocols.contrast_step import ContrastStep
from sysid_analyses.physiology.protocols.moving_bar import MovingBar
from sysid_analyses.physiology.protocols.omitted import Omitted
from sysid_analyses.physiology.protocols.reversal import Reversal
from sysid_analyses.physiology.protocols.spot_size import SpotSize
from sysid_analyses.physiology.protocols.step import Step
from sysid_analyses.physiology.response import peak_place
from sysid_analyses.physiology.screen import Screen, find_screen
from sysid_analyses.physiology.shape import Bar, draw_disc

HEIGHT, WIDTH = 21, 25
MIDDLE = (12.0, 10.0)  # x, y
SCREEN = Screen(np.array([100.0, 40.0]), np.array([50.0, 20.0]), HEIGHT, WIDTH, 30.0)  # two channels


def make_probe(rate, history=8, neurons=1, lead=0, shown=SCREEN):
    """A model whose rate is a function of luminance, (window, frame, height, width), the newest last."""

    def predict(windows):
        luminance = (windows[:, :, 0].astype(np.float64) - shown.grey[0]) / shown.amplitude[0]
        return rate(luminance).reshape(len(windows), -1)

    return Probe(predict, shown, history, lead, neurons)


def make_cells(*centres, polarity=1.0, known=True):
    centres = np.array(centres or [MIDDLE], dtype=np.float64)
    count = len(centres)
    names = tuple(f"cell{number}" for number in range(count))
    source = ("model" if known else "",) * count
    return Cells(("s",) * count, names, centres, source, np.ones(count, dtype=bool), np.full(count, polarity))


def gaussian(sd, centre=MIDDLE):
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return np.exp(-((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / (2 * sd**2)) / (2 * math.pi * sd**2)


def linear(field, lag=0, base=0.1, sign=1.0):
    """A rectified linear cell of one lag."""
    return lambda luminance: np.maximum(
        base + sign * np.einsum("wyx,yx->w", luminance[:, -1 - lag], field), 0
    )


def only(outcome, name):
    assert not outcome.reason
    return float(outcome.indices[name][0])


def test_a_probe_shows_windows_of_pictures_once_each_and_grey_around_a_clip():
    asked = []

    def predict(windows):
        asked.append(windows[:, :, :, 0, 0])
        return windows[:, :, 0].mean(axis=(1, 2, 3))[:, None]

    probe = Probe(predict, SCREEN, 3, 1, 1)
    rates = probe.rates(
        lambda number: np.full((HEIGHT, WIDTH), float(number)), np.array([[1, 1], [1, GREY]]), range(4)
    )
    shown = np.concatenate(asked)
    assert len(shown) == len(np.unique(shown[:, :, 0], axis=0)) == 6
    np.testing.assert_allclose(shown[..., 1], shown[..., 0] * 0.4)  # 40/100 and 20/50
    # bin 0 sees frames −3 … −1, bin 1 the first frame, bin 2 both, bin 3 both and what is after
    np.testing.assert_allclose(rates[0, :, 0], 100 + 50 * np.array([0, 1, 2, 2]) / 3, rtol=1e-6)
    np.testing.assert_allclose(rates[1, :, 0], 100 + 50 * np.array([0, 1, 1, 1]) / 3, rtol=1e-6)


@pytest.mark.parametrize(("sign", "index"), [(1.0, 1.0), (-1.0, -1.0)])
@pytest.mark.parametrize("place", ["full_field", "local"])
def test_an_on_cell_has_the_index_1_and_an_off_cell_minus_1(sign, index, place):
    probe = make_probe(linear(gaussian(2.0), sign=sign, base=0.0))
    outcome = Step(place=place).show(probe, make_cells())
    assert only(outcome, "on_off_index") == index
    assert only(outcome, "transience") == pytest.approx(0)


def test_a_cell_that_answers_to_change_alone_is_transient_and_on_off():
    def change(luminance):
        return np.abs(luminance[:, -1] - luminance[:, -2]).mean(axis=(1, 2))

    outcome = Step().show(make_probe(change, lead=1), make_cells())
    assert only(outcome, "on_off_index") == pytest.approx(0)
    assert only(outcome, "transience") == 1


def test_spot_tuning_has_the_optimum_of_a_difference_of_gaussians():
    centre_sd, surround_sd, ratio = 1.5, 4.0, 0.8
    probe = make_probe(linear(gaussian(centre_sd) - ratio * gaussian(surround_sd)))
    # ∫ over a disc of radius r: (1 − exp(−r²/2σc²)) − k (1 − exp(−r²/2σs²)); its derivative is 0 at
    best = math.sqrt(
        2 * math.log(surround_sd**2 / (ratio * centre_sd**2)) / (centre_sd**-2 - surround_sd**-2)
    )
    outcome = SpotSize(sizes=21).show(probe, make_cells())
    diameters, tuning = outcome.arrays["diameter_px"], outcome.arrays["tuning"][:, 0]
    assert abs(diameters[tuning.argmax()] - 2 * best) <= 1
    radius = diameters / 2
    expected = (
        1
        - np.exp(-(radius**2) / (2 * centre_sd**2))
        - ratio * (1 - np.exp(-(radius**2) / (2 * surround_sd**2)))
    )
    np.testing.assert_allclose(tuning[3:], expected[3:], atol=0.03)  # small discs are a few pixels
    assert only(outcome, "surround_suppression") == pytest.approx(1 - tuning[-1] / tuning.max())
    assert only(outcome, "preferred_diameter_px") <= 2 * best


def test_an_off_cell_is_shown_dark_spots_and_a_cell_without_surround_is_not_suppressed():
    probe = make_probe(linear(gaussian(2.0), sign=-1.0))
    outcome = SpotSize().show(probe, make_cells(polarity=-1.0))
    assert only(outcome, "surround_suppression") == 0
    assert outcome.arrays["tuning"][-1, 0] == pytest.approx(1, abs=0.01)


def delayed_pair(angle_deg, step):
    """A rectified sum of two places, the first one frame earlier: motion from it to the other adds up."""
    along = np.array([math.cos(math.radians(angle_deg)), -math.sin(math.radians(angle_deg))])  # y runs down
    early, late = (gaussian(0.7, np.array(MIDDLE) + shift * along) for shift in (-2 * step, 2 * step))

    def rate(luminance):
        drive = np.einsum("wyx,yx->w", luminance[:, -5], early) + np.einsum(
            "wyx,yx->w", luminance[:, -1], late
        )
        return np.maximum(drive - 1, 0)

    return rate


@pytest.mark.parametrize("angle", [0.0, 45.0, 90.0, 225.0])
def test_a_cell_of_delayed_pairs_prefers_the_direction_it_is_made_for(angle):
    step = HEIGHT / 30  # px from frame to frame
    outcome = MovingBar(crossing_s=1.0).show(make_probe(delayed_pair(angle, step)), make_cells())
    off = (only(outcome, "preferred_direction_deg") - angle + 180) % 360 - 180
    assert abs(off) < 10
    assert only(outcome, "direction_selectivity") > 0.5
    response = outcome.arrays["direction_tuning"][:, 0]
    assert response.argmax() == round(angle / 45)
    assert response[round(angle / 45 + 4) % 8] < 0.05 * response.max()


def test_a_round_field_has_no_direction_and_an_oblong_one_an_orientation():
    round_one = MovingBar().show(make_probe(linear(gaussian(2.0), base=0.0)), make_cells())
    assert only(round_one, "direction_selectivity") < 0.02
    assert np.isnan(only(round_one, "preferred_direction_deg"))
    assert only(round_one, "orientation_selectivity") < 0.05
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    upright = np.exp(-((x - 12) ** 2) / 2 - (y - 10) ** 2 / 50) / (2 * math.pi * 5)
    outcome = MovingBar().show(make_probe(linear(upright, base=0.0)), make_cells())
    assert only(outcome, "orientation_selectivity") > 0.2
    assert only(outcome, "direction_selectivity") < 0.02
    response = outcome.arrays["direction_tuning"][:, 0]
    assert response[0] == pytest.approx(response[4], rel=1e-6)
    assert response[0] > 2 * response[2]


@pytest.mark.parametrize("lag", [0, 2])
def test_a_linear_cell_of_one_lag_does_not_anticipate_and_one_with_a_falling_gain_does(lag):
    plain = MovingBar(crossing_s=1.5).show(make_probe(linear(gaussian(2.0), lag=lag)), make_cells())
    assert only(plain, "anticipation_ms") == pytest.approx(0, abs=7)  # a fifth of a frame
    field = gaussian(2.0)

    def controlled(luminance):  # the gain falls with what was seen before (Berry et al. 1999)
        drive = np.maximum(np.einsum("wfyx,yx->wf", luminance, field), 0)
        return drive[:, -1 - lag] / (0.01 + drive[:, : -1 - lag].sum(axis=1))

    ahead = MovingBar(crossing_s=1.5).show(make_probe(controlled), make_cells())
    assert only(ahead, "anticipation_ms") > 20


def test_where_the_centre_is_not_known_there_is_no_anticipation_but_a_direction():
    outcome = MovingBar().show(make_probe(linear(gaussian(2.0))), make_cells(known=False))
    assert np.isnan(only(outcome, "anticipation_ms"))
    assert np.isfinite(only(outcome, "direction_selectivity"))


def test_a_cell_that_waits_for_the_next_flash_answers_when_it_does_not_come():
    periods = (3, 5)

    def surprise(luminance):  # dark 4 frames ago … and not where the period says
        dark = luminance.mean(axis=(2, 3)) < -0.5
        missed = [dark[:, -3 - period] & dark[:, -3 - 2 * period] & ~dark[:, -3] for period in periods]
        quiet = [~dark[:, -2 - period : -2].any(axis=1) for period in periods]
        return np.logical_or(*np.logical_and(missed, quiet)).astype(float)

    omitted = Omitted(periods_s=(0.1, 0.167), flash_s=0.03)
    outcome = omitted.show(make_probe(surprise, history=20), make_cells())
    assert only(outcome, "omitted_index") == 1
    assert only(outcome, "omitted_latency_ms") == pytest.approx(1000 * 2 / 30)
    assert only(outcome, "omitted_latency_slope") == pytest.approx(1)


def test_a_cell_that_answers_to_flashes_alone_does_not_see_an_omission():
    off = make_probe(linear(gaussian(2.0), lag=2, sign=-1.0), history=20)
    outcome = Omitted().show(off, make_cells())
    assert only(outcome, "omitted_index") == -1
    assert np.isnan(only(outcome, "omitted_latency_ms"))
    assert np.isnan(only(outcome, "omitted_latency_slope"))


def test_a_window_too_short_for_the_period_gives_no_index_and_the_reason():
    outcome = Omitted().show(make_probe(linear(gaussian(2.0)), history=6), make_cells())
    assert np.isnan(outcome.indices["omitted_index"]).all()
    said = "the model sees 6 frames, and to tell a period of 3 frames it needs more than 2 of them"
    assert outcome.reason == said
    assert warn_outcomes({"omitted": outcome}) == (f"No index of omitted: {said}.",)


def test_a_turn_evokes_a_burst_in_a_cell_made_for_it_and_none_in_a_linear_one():
    plain = Reversal().show(make_probe(linear(gaussian(2.0)), lead=1), make_cells())
    assert only(plain, "reversal_index") == pytest.approx(-1, abs=0.02)
    assert np.isnan(only(plain, "reversal_latency_ms"))

    def turns(luminance):  # the same picture at both ends of five frames, another in the middle
        ends = np.abs(luminance[:, -1] - luminance[:, -5]).max(axis=(1, 2)) < 1e-6
        moved = np.abs(luminance[:, -3] - luminance[:, -1]).max(axis=(1, 2)) > 1e-3
        return (ends & moved).astype(float)

    outcome = Reversal().show(make_probe(turns), make_cells())
    assert only(outcome, "reversal_index") == 1
    assert only(outcome, "reversal_latency_ms") == pytest.approx(1000 * 2 / 30)


def test_a_pool_that_is_subtracted_gives_its_time_constant_and_no_change_of_gain():
    history, constant = 24, 3.0
    weights = np.exp(-np.arange(history)[::-1] / constant)
    weights /= weights.sum()

    def adapting(luminance):
        flicker = luminance.mean(axis=(2, 3))
        # 0.5 + sine + its size, less half of the pooled size of all that was seen
        return 0.5 + flicker[:, -1] + np.abs(flicker[:, -1]) - 0.5 * np.abs(flicker) @ weights

    outcome = ContrastStep().show(make_probe(adapting, history=history), make_cells())
    assert only(outcome, "contrast_time_constant_ms") == pytest.approx(1000 * constant / 30, rel=0.05)
    # the pool fills at once by its newest weight, 1 − exp(−1/τ), and takes half of the rise in the end
    at_once = 0.5 * (1 - math.exp(-1 / constant))
    assert only(outcome, "contrast_adaptation") == pytest.approx((0.5 - at_once) / (1 - at_once), rel=0.02)
    linear_gain = ContrastStep().show(
        make_probe(lambda luminance: 1 + luminance.mean(axis=(2, 3))[:, -1], history=history), make_cells()
    )
    assert only(linear_gain, "contrast_gain_ratio") == pytest.approx(1)
    assert np.isnan(only(linear_gain, "contrast_adaptation"))  # its mean rate does not rise


def test_a_gain_that_is_divided_by_contrast_has_a_ratio_above_one():
    def divided(luminance):
        flicker = luminance.mean(axis=(2, 3))
        return 1 + flicker[:, -1] / (0.1 + np.sqrt(2 * np.square(flicker[:, -6:]).mean(axis=1)))

    outcome = ContrastStep(low=0.2).show(make_probe(divided), make_cells())
    assert only(outcome, "contrast_gain_ratio") == pytest.approx(1.1 / 0.3, rel=1e-3)


def test_the_chirp_finds_the_frequency_a_cell_is_tuned_to_and_the_contrast_of_half():
    lags = np.arange(30)
    wave = np.exp(-lags / 12) * np.sin(2 * np.pi * 4 * lags / 30)  # 4 Hz

    def tuned(luminance):
        return 5 + luminance.mean(axis=(2, 3)) @ wave[::-1]

    outcome = Chirp().show(make_probe(tuned, history=30), make_cells())
    assert only(outcome, "preferred_frequency_hz") == pytest.approx(4, abs=0.6)
    assert only(outcome, "half_contrast") == pytest.approx(0.5, abs=0.05)
    luminance = outcome.arrays["chirp_luminance"]
    assert luminance.min() == -1
    assert luminance.max() == 1
    slow = Chirp(step_s=0.5).show(
        make_probe(tuned, history=30, shown=attrs.evolve(SCREEN, frame_rate_hz=8.0)), make_cells()
    )
    assert only(slow, "preferred_frequency_hz") <= 2  # a quarter of 8 Hz


@pytest.mark.parametrize("protocol", [MovingBar(), Reversal(), ContrastStep(), Omitted()])
def test_a_model_of_one_frame_gives_no_number_where_time_matters(protocol):
    outcome = protocol.show(make_probe(linear(gaussian(2.0)), history=1), make_cells())
    assert outcome.reason
    assert set(outcome.indices) == set(protocol.columns)
    assert all(np.isnan(values).all() for values in outcome.indices.values())


PROTOCOLS = [Step(), Chirp(), SpotSize(), MovingBar(), Omitted(), Reversal(), ContrastStep()]


@pytest.mark.parametrize("value", [0.7, np.nan])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_cell_that_never_changes_or_has_no_finite_rate_has_no_index(protocol, value):
    probe = make_probe(lambda luminance: np.full(len(luminance), value), history=12)
    outcome = protocol.show(probe, make_cells())
    assert set(outcome.indices) == set(protocol.columns)
    assert all(np.isnan(values).all() for values in outcome.indices.values())


def test_reversal_needs_to_know_where_a_cell_looks():
    outcome = Reversal().show(make_probe(linear(gaussian(2.0))), make_cells(known=False))
    assert outcome.reason == "it is not known where any cell looks"


def test_contrasts_that_do_not_rise_are_refused():
    with pytest.raises(ValueError, match=r"expected more than low, 0\.5, got 0\.4"):
        ContrastStep(low=0.5, high=0.4)
    with pytest.raises(ValueError, match=r"expected at least one of step, chirp, .*, got none"):
        Physiology(protocols=())


def test_shapes_have_the_area_and_the_place_that_they_should():
    assert draw_disc(SCREEN, MIDDLE, 8.0).sum() == pytest.approx(math.pi * 16, rel=0.03)
    upwards = Bar(SCREEN, 90.0, 3.0)
    assert upwards.travel_px == pytest.approx(HEIGHT + 3)
    assert upwards.project(np.array([[3.0, 4.0]]))[0] == pytest.approx(6)  # above the middle, y = 10
    rows = upwards.draw(6.0).mean(axis=1)
    np.testing.assert_allclose(rows[2:7], [0, 1, 1, 1, 0], atol=1e-6)


def test_a_decay_is_fitted_and_what_is_none_is_not():
    bins = np.arange(20.0)
    rates = np.column_stack([2 + 3 * np.exp(-bins / 4), bins, np.full(20, 2.0)])
    constants = fit_decay(rates, np.array([2.0, 19.0, 2.0]))
    assert constants[0] == pytest.approx(4, rel=0.03)
    assert np.isnan(constants[1:]).all()


def test_a_peak_lies_between_bins():
    places = np.arange(9.0)[:, None]
    np.testing.assert_allclose(peak_place(-np.square(places - [3.3, 5.75, 0.0])), [3.3, 5.75, 0.0])
    assert np.isnan(peak_place(np.ones((4, 1)))).all()


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A network and a linear model of a simulated retina."""
    return make_runs(tmp_path_factory.mktemp("runs"))


SHORT = Physiology(
    drawn=1,
    field_windows=4,
    chirp=Chirp(frequency_sweep_s=1.0, contrast_sweep_s=1.0),
    spot_size=SpotSize(sizes=3),
    omitted=Omitted(periods_s=(0.067,), flash_s=0.03),
)


def test_every_neuron_has_a_row_and_simulated_cells_their_polarity(runs, tmp_path):
    findings = SHORT.analyze((runs[1],), tmp_path)
    rows = list(csv.DictReader((tmp_path / "cells.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["neuron"] for row in rows] == ["on0", "on1", "off0"]
    assert [row["polarity"] for row in rows] == ["1", "1", "-1"]
    assert findings.numbers["on_cells"] == 2
    assert findings.headlines[0].startswith(
        "In silico: 2 ON and 1 OFF of 3 model cells; medians: preferred spot"
    )
    assert [picture.stem for picture in findings.pictures] == ["chirp", "tuning", "events"]
    assert {path.suffix for path in tmp_path.iterdir()} == {".csv", ".npz", ".png", ".svg"}
    assert not findings.warnings
    truth = sysid.load_run(runs[1].path).recording.truth.centres
    found = np.array([[float(row[f"centre_{axis}_px"]) for axis in "xy"] for row in rows])
    assert np.abs(found - truth).max() < 1.5
    assert "The model sees 5 frames (167 ms) and forgets what is older" in " ".join(findings.statements)


def test_grey_and_contrast_stay_within_the_training_pixels(runs):
    run = sysid.load_run(runs[0].path)
    shown = find_screen(run, 1.0)
    (responses,) = run.responses_in("train").values()
    used = np.isfinite(responses[0]).any(axis=(0, 2))
    pixels = run.recording.presentations[0].stimulus[: len(used)][used].astype(np.float64)
    assert shown.grey[0] == pytest.approx(pixels.mean())
    assert shown.amplitude[0] == pytest.approx(
        min(pixels.mean() - pixels.min(), pixels.max() - pixels.mean())
    )
    assert shown.frame_rate_hz == 30
    assert find_screen(run, 0.5).amplitude[0] == pytest.approx(shown.amplitude[0] / 2)


def test_cells_that_are_not_looked_at_say_so_and_keep_what_all_have(runs, tmp_path):
    few = attrs.evolve(SHORT, cells=1, protocols=("moving_bar", "spot_size"))
    findings = few.analyze((runs[1],), tmp_path)
    rows = list(csv.DictReader((tmp_path / "cells.csv").read_text(encoding="utf-8").splitlines()))
    left_out = [row for row in rows if row["reason"]]
    assert len(left_out) == 2
    for row in left_out:
        assert row["reason"] == "it is not among the cells that were looked at one by one"
        assert row["direction_selectivity"]
        assert not row["preferred_diameter_px"]
    assert "chirp" not in {picture.stem for picture in findings.pictures}


def test_without_a_field_the_recording_says_where_cells_look_and_else_the_middle_stands_in(runs, monkeypatch):
    run = sysid.load_run(runs[1].path)
    shown = find_screen(run, 1.0)
    for parameter in run.model.parameters():
        parameter.data.zero_()
    cells = find_cells(run, shown, 3, 4, 0)
    assert cells.centre_from == ("recording",) * 3
    monkeypatch.setattr(cell_field, "_recorded_centres", lambda run, neurons: np.full((neurons, 2), np.nan))
    cells = find_cells(run, shown, 3, 4, 0)
    assert cells.centre_from == ("",) * 3
    np.testing.assert_array_equal(cells.centre, np.full((3, 2), 6.5))  # of 14 × 14 px
    assert not cells.located.any()


def change_weights(run, change):
    for parameter in run.model.parameters():
        change(parameter.data)
    return run


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda weights: weights.fill_(np.nan), "the model predicts no finite rates for a grey screen"),
        (lambda weights: weights.zero_(), "the model predicts the same rates whatever it is shown"),
    ],
)
def test_a_broken_and_a_silent_model_give_a_reason(runs, tmp_path, monkeypatch, change, reason):
    run = change_weights(sysid.load_run(runs[0].path), change)
    monkeypatch.setattr(sysid, "load_run", lambda path: run)
    assert SHORT.analyze((runs[0],), tmp_path) == sysid.Findings(reason=reason)
    assert not list(tmp_path.iterdir())


def lose_recording(monkeypatch):
    def missing(_run):
        raise sysid.DataNotFoundError("it is gone")

    monkeypatch.setattr(sysid.Run, "recordings", property(missing))


def test_without_the_recording_of_a_trained_run_earlier_findings_stay(runs, tmp_path, monkeypatch):
    lose_recording(monkeypatch)
    with pytest.raises(sysid.DataNotFoundError, match="it is gone"):
        SHORT.analyze((runs[0],), tmp_path)


def test_imported_weights_are_shown_the_contrast_that_they_standardise_by(runs, monkeypatch):
    lose_recording(monkeypatch)
    for module in (screen, cell_field):
        monkeypatch.setattr(module, "has_recording", lambda run: False)
    run = sysid.load_run(runs[0].path)
    shown = find_screen(run, 1.0)
    assert shown.grey[0] == pytest.approx(float(run.model.standardization.mean))
    assert shown.amplitude[0] == pytest.approx(2 * float(run.model.standardization.sd))
    assert np.isnan(cell_field._recorded_centres(run, len(name_neurons(run)[1]))).all()
    stored = attrs.evolve(run, samples=attrs.evolve(run.samples, standardize=False))
    assert find_screen(stored, 1.0) is None


def test_a_screen_that_is_not_known_is_a_reason(runs, tmp_path, monkeypatch):
    monkeypatch.setattr(physiology, "find_screen", lambda run, contrast: None)
    assert SHORT.analyze((runs[0],), tmp_path).reason == (
        "grey and contrast are not known: the training stimulus never changes, or the run sees pixels as "
        "stored and its recording is not known"
    )
