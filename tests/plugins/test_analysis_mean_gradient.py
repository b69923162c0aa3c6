"""The mean gradient of a model's rates."""

import numpy as np
import torch

from sysid_analyses.fields.mean_gradient import mean_gradient

SHAPE = (3, 4, 5)  # lag height width, the oldest frame first


def make_model(seed=0):
    """Two smooth units that see the window through two filters each."""
    generator = torch.Generator().manual_seed(seed)
    first = torch.randn(60, 4, generator=generator, dtype=torch.float64) / 20
    second = torch.rand(4, 2, generator=generator, dtype=torch.float64)

    def rates(windows):
        return torch.tanh(windows.double().flatten(1) @ first + 0.5) @ second

    return rates


def test_it_is_the_finite_difference_of_the_rates():
    model = make_model()
    windows = np.random.default_rng(0).normal(size=(7, *SHAPE)).astype(np.float32)
    found = mean_gradient(model, [windows[:4], windows[4:]])
    assert found.shape == (*SHAPE, 2)
    for lag, row, column in ((0, 1, 2), (2, 3, 4)):
        step = np.zeros(SHAPE)
        step[SHAPE[0] - 1 - lag, row, column] = 1e-4
        with torch.no_grad():
            up, down = (model(torch.from_numpy(windows + sign * step)) for sign in (1, -1))
        difference = (up - down).mean(dim=0).numpy() / 2e-4
        np.testing.assert_allclose(found[lag, row, column], difference, rtol=1e-4)


def test_for_gaussian_noise_it_is_the_normalised_spike_triggered_average():
    model, windows, mean, sd = make_model(1), 200_000, 2.0, 1.5
    generator = np.random.default_rng(2)
    gradients, averages = 0, 0
    for _ in range(20):
        stimulus = mean + sd * generator.standard_normal((windows // 20, *SHAPE), dtype=np.float32)
        gradients = gradients + mean_gradient(model, [stimulus]) / 20
        with torch.no_grad():
            rates = model(torch.from_numpy(stimulus)).numpy()
        centred = (stimulus - mean)[:, ::-1]  # lag 0 the newest
        averages = averages + np.einsum("wlyx,wn->lyxn", centred, rates - rates.mean(axis=0)) / windows
    normalised = averages / sd**2
    for neuron in range(2):
        a, b = gradients[..., neuron].ravel(), normalised[..., neuron].ravel()
        spread = np.abs(b - a).std()
        assert np.corrcoef(a, b)[0, 1] > 0.995
        assert abs((a @ b) / (a @ a) - 1) < 0.02  # the same scale, too
        assert spread < 0.05 * np.abs(a).max()
