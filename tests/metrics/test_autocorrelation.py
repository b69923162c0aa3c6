import numpy as np
import pytest
from scipy.signal import lfilter

from sysid import metrics


def autoregressive(rng, shape, memory):
    """AR(1) along the first axis, started in its stationary state, variance 1."""
    weight = np.exp(-1 / memory)
    noise = rng.normal(size=shape) * np.sqrt(1 - weight**2)
    noise[0] /= np.sqrt(1 - weight**2)
    return lfilter([1], [1, -weight], noise, axis=0)


@pytest.mark.parametrize("memory", [5, 30])
def test_the_time_of_an_autoregressive_response_is_its_time_constant(memory):
    response = autoregressive(np.random.default_rng(0), (20_000, 10), memory)
    assert metrics.autocorrelation_time(response[None]) == pytest.approx(memory + 1, abs=1 + 0.1 * memory)


def test_noise_in_single_bins_does_not_hide_a_slow_response():
    rng = np.random.default_rng(0)
    response = autoregressive(rng, (20_000, 10), 20) + 2 * rng.normal(size=(4, 20_000, 10))
    assert metrics.autocorrelation_time(response) == pytest.approx(21, abs=4)


def test_gaps_and_silent_cells_leave_the_time_where_it_was():
    response = autoregressive(np.random.default_rng(0), (20_000, 10), 10)[None]
    response[:, np.arange(20_000) % 100 >= 80] = np.nan
    response[:, :, 3] = 0
    assert metrics.autocorrelation_time(response) == pytest.approx(11, abs=1)


def test_white_noise_and_constants_have_the_shortest_time():
    assert metrics.autocorrelation_time(np.array([[1.0, -1.0, 1.0, -1.0, 1.0, -1.0]])) == 1
    assert metrics.autocorrelation_time(np.ones((2, 9))) == 1
    assert metrics.autocorrelation_time(np.ones((2, 1))) == 1


def test_a_response_that_never_falls_has_half_the_frames():
    assert metrics.autocorrelation_time(np.repeat([0.0, 1.0], 50)[None]) <= 50
    assert metrics.autocorrelation_time(np.repeat([0.0, 1.0], 50)[None]) > 20
