"""The most exciting input: where it is known in closed form, its limits, and silent cells."""

import numpy as np
import pytest
import torch

from sysid.testing import check_analysis
from sysid_mei.analysis import MostExcitingInput, choose_cells
from sysid_mei.ascent import Climb, Peaks, ascend, draw_starts
from sysid_mei.cell import FLAT, Cell, describe_cell, measure_agreement
from sysid_mei.limit import Limits, measure_limits, window_norm

SHAPE = (5, 2, 6, 4)  # time channel height width
WIDE = Limits(grey=10.0, norm=3.0, lowest=-90.0, highest=110.0)


def draw(count=3, seed=0) -> np.ndarray:
    return np.random.default_rng(seed).normal(10, 1, size=(count, *SHAPE))


def linear_rate(weights):
    kernel = torch.from_numpy(weights.astype(np.float32))

    def rate(windows):
        return torch.nn.functional.softplus((windows * kernel).sum(dim=(1, 2, 3, 4)))

    return rate


def correlation(one, other) -> float:
    return float(np.corrcoef(np.ravel(one), np.ravel(other))[0, 1])


@pytest.mark.parametrize(
    "config", [MostExcitingInput(), MostExcitingInput(cells=1, starts=1, steps=2, blur_px=0.0)]
)
def test_it_keeps_what_its_interface_promises(config):
    check_analysis(config)


def test_of_a_linear_cell_it_is_the_filter_at_the_norm_from_every_start():
    weights = np.random.default_rng(1).normal(size=SHAPE) / 30
    peaks = ascend(linear_rate(weights), draw(), WIDE, Climb(60, 0.5, 0.0, 0.0))
    expected = 10 + 3 * weights / np.linalg.norm(weights)
    np.testing.assert_allclose(peaks.windows, np.broadcast_to(expected, (3, *SHAPE)), atol=0.02)
    assert not peaks.flat


def test_where_the_range_binds_it_is_the_sign_of_the_filter():
    weights = np.random.default_rng(1).normal(size=SHAPE) / 300
    narrow = Limits(grey=10.0, norm=1000.0, lowest=8.0, highest=11.0)
    peaks = ascend(linear_rate(weights), draw(1), narrow, Climb(80, 0.5, 0.0, 0.0))
    assert (peaks.windows[0] == np.where(weights > 0, 11, 8)).mean() > 0.95


def test_blur_makes_it_smooth():
    weights = np.random.default_rng(1).normal(size=SHAPE) / 30

    def roughness(blur_px):
        window = ascend(linear_rate(weights), draw(1), WIDE, Climb(40, 0.5, blur_px, 0.0)).windows[0] - 10
        return np.square(np.diff(window, axis=2)).mean() / np.square(window).mean()

    assert roughness(1.5) < 0.3 * roughness(0.0)


def test_limits_are_never_crossed():
    limits = Limits(grey=10.0, norm=12.0, lowest=9.0, highest=12.0)
    kept = limits.apply(draw())
    assert (window_norm(kept - 10) <= 12 * (1 + 1e-5)).all()
    assert kept.min() >= 9
    assert kept.max() <= 12


def test_limits_are_those_of_the_windows():
    windows = draw().astype(np.float32)
    limits = measure_limits(windows, contrast=0.5)
    norms = [np.linalg.norm(window - windows.mean()) for window in windows]
    assert limits.norm == pytest.approx(0.5 * np.mean(norms), rel=1e-5)
    assert (limits.lowest, limits.highest) == (windows.min(), windows.max())


def test_a_grey_window_stays_grey():
    np.testing.assert_array_equal(WIDE.apply(np.full((1, *SHAPE), 10.0)), 10)


def test_a_cell_that_nothing_moves_says_so():
    def rate(windows):
        return torch.relu(windows.sum(dim=(1, 2, 3, 4)) * 0 - 1)

    peaks = ascend(rate, draw(), WIDE, Climb(3, 0.5, 0.0, 0.0))
    cell = describe_cell(Cell("retina", "7", 0.1), rate, peaks, draw(1)[0].astype(np.float32), WIDE, 0.0)
    assert cell.reason == FLAT
    assert cell.mei is None


def test_the_best_start_counts():
    rates, windows = np.array([1.0, 4.0, 2.0]), draw().astype(np.float32)
    rate = linear_rate(np.ones(SHAPE))
    cell = describe_cell(
        Cell("retina", "7", 0.1), rate, Peaks(windows, rates, False), windows[0], WIDE, natural_rate=2.0
    )
    np.testing.assert_array_equal(cell.mei, windows[1])
    assert cell.ratio == 2.0
    assert cell.mei_norm == pytest.approx(np.linalg.norm(windows[1] - 10), rel=1e-5)


def test_starts_agree_as_far_as_they_correlate():
    one, other = draw(2) - 10
    assert measure_agreement(np.stack([one, 2 * one])) == pytest.approx(1)
    assert measure_agreement(np.stack([one, other])) == pytest.approx(correlation(one, other))
    assert np.isnan(measure_agreement(one[None]))


def test_the_same_seed_draws_the_same_starts():
    first, second = (draw_starts(2, SHAPE, (1.0, 0.5), np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_cells_come_from_the_best_to_those_without_a_score():
    generator = np.random.default_rng(0)
    responses = generator.poisson(2.0, (1, 50, 3)).astype(np.float32)
    prediction = responses[0] + generator.normal(size=(50, 3)).astype(np.float32) * [3.0, 0.1, 1.0]
    prediction[:, 2] = 1.0
    chosen = choose_cells({"retina": {"responses": responses, "prediction": prediction}}, 3)["retina"]
    assert [number for number, _ in chosen] == [1, 0, 2]
