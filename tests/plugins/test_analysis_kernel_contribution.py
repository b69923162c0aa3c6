"""Integrated gradients of kernels, on models whose answer is known and on finished runs."""

import csv

import attrs
import numpy as np
import pytest
import torch

import sysid
from sysid.testing.tiny_fit import make_runs
from sysid_analyses.contributions import kernel_contribution
from sysid_analyses.contributions.contribution import Contributions, count_enough, sort_matrix
from sysid_analyses.contributions.contribution_summary import state_contributions, summarize_contributions
from sysid_analyses.contributions.first_map import OpenedModel
from sysid_analyses.contributions.integrated_gradient import attribute, choose_steps, relative_error
from sysid_analyses.contributions.kernel_contribution import KernelContribution
from sysid_analyses.kernel import measure_kernels

WINDOWS, KERNELS, NEURONS, ROWS, COLUMNS = 2, 3, 4, 5, 6


def draw_maps(seed, images=WINDOWS):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(images, KERNELS, ROWS, COLUMNS)))


def test_a_linear_model_is_divided_exactly_in_one_step_whatever_the_baseline():
    weights = torch.from_numpy(np.random.default_rng(0).normal(size=(KERNELS, ROWS, COLUMNS, NEURONS)))
    maps, baseline = draw_maps(1), draw_maps(2)
    found = attribute(lambda given: torch.einsum("wkyx,kyxn->wn", given, weights), maps, baseline, 1)
    expected = torch.einsum("wkyx,kyxn->wkn", maps - baseline, weights).numpy()
    np.testing.assert_allclose(found.contributions, expected, atol=1e-12)
    np.testing.assert_allclose(found.error, 0, atol=1e-12)


def test_two_rectified_kernels_split_a_response_as_they_should_and_an_unused_one_has_nothing():
    def head(given):  # a rectified sum of two kernels, less half: opens on the way
        drive = given[:, :, 0, 0] @ torch.tensor([1.0, 3.0, 0.0], dtype=torch.float64)
        return torch.relu(drive - 0.5)[:, None]

    maps = torch.tensor([[0.5, 0.5, 9.0]], dtype=torch.float64)[..., None, None]
    found = attribute(head, maps, torch.zeros_like(maps), 1000)
    # the drive goes from 0 to 2 and opens at a quarter of the way: ¾ · 0.5 · 1 and ¾ · 0.5 · 3
    np.testing.assert_allclose(found.contributions[0, :, 0], [0.375, 1.125, 0], atol=2e-3)
    assert found.contributions[0, 2, 0] == 0
    assert found.change[0, 0] == pytest.approx(1.5)


def test_rectifiers_behind_each_kernel_leave_to_each_what_it_passes():
    def head(given):
        return torch.relu(given).sum(dim=(2, 3)) @ torch.tensor([[2.0], [-1.0], [0.0]], dtype=torch.float64)

    maps = draw_maps(3)
    found = attribute(head, maps, torch.zeros_like(maps), 1)  # no rectifier opens between zero and the map
    passed = torch.relu(maps).sum(dim=(2, 3)).numpy()
    np.testing.assert_allclose(found.contributions[:, :, 0], passed * [2, -1, 0], atol=1e-12)


def test_several_images_of_one_window_are_added_up():
    maps, baseline = draw_maps(4, images=3 * WINDOWS), torch.zeros(3 * WINDOWS, KERNELS, ROWS, COLUMNS)
    found = attribute(
        lambda given: given.sum(dim=(1, 2, 3)).unflatten(0, (WINDOWS, 3)).sum(dim=1)[:, None],
        maps,
        baseline.double(),
        2,
    )
    by_window = maps.sum(dim=(2, 3)).unflatten(0, (WINDOWS, 3)).sum(dim=1).numpy()
    np.testing.assert_allclose(found.contributions[:, :, 0], by_window, atol=1e-12)


def test_steps_are_doubled_until_contributions_sum_to_the_change():
    def head(given):
        return torch.relu(given.sum(dim=(1, 2, 3)) - 0.3)[:, None]

    maps = torch.full((1, KERNELS, 1, 1), 1 / 3, dtype=torch.float64)

    def found(steps):
        return attribute(head, maps, torch.zeros_like(maps), steps)

    errors = {steps: relative_error(found(steps)) for steps in (1, 2, 4, 8, 16)}
    assert choose_steps(found, 1, 64, 0.02) == next(steps for steps, error in errors.items() if error <= 0.02)
    assert choose_steps(found, 1, 8, 1e-9) == 8  # never more than the most


def test_the_fewest_kernels_that_carry_nine_tenths_are_counted():
    assert count_enough(np.array([0.05, 0.6, 0.35])) == 2
    assert count_enough(np.full(10, 0.1)) == 9
    assert count_enough(np.array([1.0, 0, 0])) == 1
    assert np.isnan(count_enough(np.full(2, np.nan)))


def test_cells_with_the_same_strongest_kernel_stand_together():
    share = np.array([[0.2, 0.7, np.nan, 0.9], [0.8, 0.3, np.nan, 0.1]])
    assert sort_matrix(share, np.array([0, 1])).tolist() == [3, 1, 2, 0]


def test_a_cell_that_no_kernel_moves_has_no_share_and_is_left_out_of_the_mean():
    strength = np.array([[3.0, 0.0], [1.0, 0.0]])
    found = Contributions(strength, strength, np.array([4.0, 0.0]), np.zeros(2), 5, 4)
    np.testing.assert_allclose(found.population_share, [0.75, 0.25])
    assert found.error == 0
    kernels = measure_kernels(np.random.default_rng(0).normal(size=(2, 3, 4, 5)))
    numbers = summarize_contributions(found, kernels)
    assert (numbers["kernels_for_90_percent"], numbers["cells"]) == (2, 1)
    headlines, statements = state_contributions(numbers, found, 6)
    assert headlines == (
        "2 of 2 kernels carry 90 % of what the first layer adds to 1 cell, and 2 that of the median cell.",
    )
    assert statements[1:] == (
        "The first layer adds nothing to 1 cell, without shares.",
        "2 of 6 cells were looked at, those predicted best.",
        "Fewer than five kernels, so no rank correlation with what `pruning` ranks by.",
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A network of three kernels and a linear model, of a simulated retina."""
    return make_runs(tmp_path_factory.mktemp("runs"))


def read(path):
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_contributions_of_a_run_sum_to_what_it_predicts_above_grey(runs, tmp_path):
    findings = KernelContribution(bins=10_000).analyze((runs[0],), tmp_path)
    assert findings.numbers["completeness_error"] <= 0.05
    run = sysid.load_run(runs[0].path)
    predicted = run.folder.predictions()["retina"]["prediction"]
    grey = np.broadcast_to(run.model.standardization.mean.numpy(), (1, *run.architecture.input_shape))
    above = (predicted - run.predict_windows(np.ascontiguousarray(grey))).mean(axis=0)
    with np.load(tmp_path / "contributions.npz", allow_pickle=False) as arrays:
        total = arrays["mean"].sum(axis=0)
        scale = arrays["change"]
    assert findings.numbers["bins"] == len(predicted)
    np.testing.assert_allclose(total, above, atol=0.05 * scale.max())
    rows = read(tmp_path / "contributions.csv")
    assert [row["kernel"] for row in rows] == ["0", "1", "2"]
    assert sum(float(row["share"]) for row in rows) == pytest.approx(1, abs=1e-4)
    assert [row["neuron"] for row in read(tmp_path / "cells.csv")] == ["on0", "on1", "off0"]
    assert [picture.stem for picture in findings.pictures] == ["contributions"]
    assert (tmp_path / "contributions.png").read_bytes().startswith(b"\x89PNG")


def test_a_kernel_that_leads_nowhere_adds_nothing(runs, tmp_path, monkeypatch):
    run = sysid.load_run(runs[0].path)
    layer = run.model.encoder.layers[0]
    layer.batch_norm.weight.data[1] = 0  # its map no longer depends on what it sees
    monkeypatch.setattr(sysid, "load_run", lambda path: run)
    findings = KernelContribution(bins=5).analyze((runs[0],), tmp_path)
    rows = read(tmp_path / "contributions.csv")
    assert [float(row["share"]) == 0 for row in rows] == [False, True, False]
    assert findings.numbers["silent_kernels"] == 1
    assert "1 kernel adds nothing to any cell." in findings.statements


def test_opening_a_model_leaves_the_model_as_it_is(runs):
    run = sysid.load_run(runs[0].path)
    before = {name: value.clone() for name, value in run.model.state_dict().items()}
    opened = OpenedModel(run.model, run.model.standardization.mean.flatten())
    windows = torch.rand(2, *run.architecture.input_shape) * 255
    found = opened.attribute(windows, None, "retina", torch.tensor([2, 0]), 3)
    assert found.contributions.shape == (2, 3, 2)
    assert all(torch.equal(before[name], value) for name, value in run.model.state_dict().items())
    rates = run.predict_windows(windows.numpy())[:, [2, 0]]
    grey = np.broadcast_to(run.model.standardization.mean.numpy(), (1, *run.architecture.input_shape))
    above = rates - run.predict_windows(np.ascontiguousarray(grey))[:, [2, 0]]
    np.testing.assert_allclose(found.change, above, atol=1e-5)


def test_a_linear_model_has_no_kernels(runs, tmp_path):
    reason = "the encoder has no kernels: it does not begin with a convolution over the pixels"
    assert KernelContribution().analyze((runs[1],), tmp_path) == sysid.Findings(reason=reason)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (np.nan, "the model's rates, or their gradients, are not finite"),
        (0.0, "no kernel changes the response of any cell to the test stimulus"),
    ],
)
def test_a_broken_and_a_silent_model_give_a_reason(runs, tmp_path, monkeypatch, value, reason):
    run = sysid.load_run(runs[0].path)
    for parameter in run.model.parameters():
        parameter.data.fill_(value)
    monkeypatch.setattr(sysid, "load_run", lambda path: run)
    assert KernelContribution(bins=3).analyze((runs[0],), tmp_path) == sysid.Findings(reason=reason)
    assert not list(tmp_path.iterdir())


def test_without_test_bins_there_is_a_reason(runs, tmp_path, monkeypatch):
    run = sysid.load_run(runs[0].path)
    samples = run.session_samples()
    monkeypatch.setattr(type(samples["retina"]), "count", lambda self, part: 0)
    reason = "there is no test bin with a whole window before it"
    assert KernelContribution().analyze((runs[0],), tmp_path) == sysid.Findings(reason=reason)


def test_grey_is_the_mean_of_the_training_pixels_also_where_a_run_sees_them_as_stored(runs):
    run = sysid.load_run(runs[0].path)
    stored = attrs.evolve(run, samples=attrs.evolve(run.samples, standardize=False))
    standardized, mean = kernel_contribution._grey(run), kernel_contribution._grey(stored)
    torch.testing.assert_close(mean, standardized, rtol=0.02, atol=0)
