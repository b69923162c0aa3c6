"""Receptive fields of models by white noise in silico."""

import numpy as np
import pytest

from sysid_analyses.fields.white_noise_rf import WhiteNoise, noise_receptive_fields, weigh_windows

LAGS, HEIGHT, WIDTH = 3, 4, 5
MEAN, AMPLITUDE = 100.0, 20.0


def draw_filters(neurons=2, seed=0):
    """Filters over windows: (neuron, lag, height, width), the oldest frame first."""
    return np.random.default_rng(seed).normal(size=(neurons, LAGS, HEIGHT, WIDTH)) / 10


def linear(filters):
    def predict(windows):
        return np.einsum("wlyx,nlyx->wn", windows, filters) + 7.0

    return predict


def as_field(filters):
    """The same with lag 0 the newest, and the neurons last."""
    return np.moveaxis(filters[:, ::-1], 0, -1)


def make_noise(windows=20_000, block_px=1, seed=0):
    return WhiteNoise(windows, LAGS, HEIGHT, WIDTH, block_px, seed)


def test_a_linear_model_has_its_filter_as_receptive_field():
    filters = draw_filters()
    found = noise_receptive_fields(linear(filters), make_noise(), MEAN, AMPLITUDE, shuffles=1)
    # sd(r) = amplitude · ‖filter‖, so a pixel errs by about ‖filter‖ / √windows
    error = np.linalg.norm(filters.reshape(2, -1), axis=1) / np.sqrt(20_000)
    difference = np.abs(found.filters - as_field(filters))
    assert (difference.max(axis=(0, 1, 2)) < 4.5 * error).all()
    np.testing.assert_allclose(
        found.rate_variance, (AMPLITUDE * np.linalg.norm(filters.reshape(2, -1), axis=1)) ** 2, rtol=0.05
    )


def test_neither_the_mean_nor_the_amplitude_of_the_noise_changes_a_linear_model():
    predict = linear(draw_filters())
    here = noise_receptive_fields(predict, make_noise(400), MEAN, AMPLITUDE, shuffles=1)
    there = noise_receptive_fields(predict, make_noise(400), 0.0, 0.5, shuffles=1)
    np.testing.assert_allclose(there.filters, here.filters, atol=1e-4)


def test_blocks_give_the_filter_averaged_over_each_block():
    filters = draw_filters(1)
    found = noise_receptive_fields(linear(filters), make_noise(40_000, block_px=2), MEAN, AMPLITUDE, 1)
    expected = np.empty_like(filters)
    for row in (slice(0, 2), slice(2, 4)):
        for column in (slice(0, 2), slice(2, 4), slice(4, 5)):  # the last block is narrower
            block = filters[:, :, row, column]
            expected[:, :, row, column] = block.mean(axis=(2, 3), keepdims=True)
    np.testing.assert_allclose(found.filters, as_field(expected), atol=0.01)
    assert np.abs(expected).max() > 0.05


def test_a_block_shares_its_value_and_takes_only_two():
    noise = make_noise(6, block_px=2)
    (signs,) = noise.draw()
    shown = noise.show(signs)
    assert shown.shape == (6, LAGS, HEIGHT, WIDTH)
    assert set(np.unique(shown)) == {-1, 1}
    np.testing.assert_array_equal(shown[..., 0::2, 0:4:2], shown[..., 1::2, 1:4:2])
    np.testing.assert_array_equal(noise.block_pixels, [[4, 4, 2], [4, 4, 2]])


def test_the_same_seed_draws_the_same_noise_in_batches_of_bounded_size():
    noise = WhiteNoise(60, 20, 100, 90, seed=3)
    batches = list(noise.draw())
    assert [len(batch) for batch in batches] == [22, 22, 16]  # 2^22 pixels are 23 windows; even
    for batch, again in zip(batches, noise.draw(), strict=True):
        np.testing.assert_array_equal(batch, again)
    (other,) = WhiteNoise(2, 20, 100, 90, seed=4).draw()
    assert (other != batches[0][:2]).mean() == pytest.approx(0.5, abs=0.01)


def test_the_halves_are_every_other_window():
    noise = make_noise(601)
    signs = np.concatenate(list(noise.draw()))
    weights = np.random.default_rng(1).normal(size=(601, 2))
    halves = weigh_windows(noise, weights)
    for half in range(2):
        expected = np.einsum("wn,wlyx->nlyx", weights[half::2], signs[half::2])
        np.testing.assert_allclose(halves[half], expected, atol=1e-3)


def test_shuffled_rates_agree_as_two_independent_noises_do():
    found = noise_receptive_fields(linear(draw_filters(3)), make_noise(500), MEAN, AMPLITUDE, shuffles=300)
    assert found.chance.shape == (300, 3)
    pixels = LAGS * HEIGHT * WIDTH  # independent values of a field: r has the sd 1/√(n − 1)
    assert found.chance.std() == pytest.approx(1 / np.sqrt(pixels - 1), rel=0.1)
    assert abs(found.chance.mean()) < 0.02


def test_a_model_that_sees_the_noise_is_found_and_one_that_does_not_is_not():
    filters = draw_filters(1)
    generator = np.random.default_rng(5)

    def predict(windows):
        blind = generator.normal(size=(len(windows), 3))  # varies, but not with what is shown
        return np.concatenate([linear(filters)(windows), blind, np.full((len(windows), 1), 2.0)], axis=1)

    found = noise_receptive_fields(predict, make_noise(1000), MEAN, AMPLITUDE, shuffles=19)
    assert found.found.tolist() == [True, False, False, False, False]
    assert found.agreement[0] > 0.8
    assert np.isnan(found.agreement[4])
    assert (found.filters[..., 4] == 0).all()


def test_without_a_field_one_population_in_twenty_has_a_cell_above_its_threshold():
    above = 0
    for seed in range(200):
        generator = np.random.default_rng(seed)
        found = noise_receptive_fields(
            lambda windows, generator=generator: generator.normal(size=(len(windows), 4)),
            WhiteNoise(40, 2, 3, 4, seed=seed),
            MEAN,
            AMPLITUDE,
            shuffles=19,
        )
        above += found.found.any()
    assert above <= 20  # of 200; 10 are expected, and more than 20 one time in a thousand


def test_a_constant_model_has_no_threshold_and_no_field():
    found = noise_receptive_fields(lambda windows: np.full((len(windows), 2), 3.0), make_noise(20), 0.0, 1.0)
    assert found.threshold == 0
    assert not found.found.any()
