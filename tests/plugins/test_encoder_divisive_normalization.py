"""Divisive normalisation: its arithmetic, what it does to contrast, and where it is the right model."""

import numpy as np
import pytest
import torch
from scipy.ndimage import uniform_filter

from sysid.schema import try_structure
from sysid_cores.identity import Identity
from sysid_encoders.conv2d import Conv2d
from sysid_encoders.divisive_normalization import (
    DivisiveNormalization,
    DivisiveNormalizationModule,
    invert_softplus,
)
from sysid_encoders.layer import ConvolutionLayer, Layer
from sysid_readouts.dense import Dense
from tests.simulated_fit import assert_better, fit, record


def make_module(channels=3, **keys):
    module = DivisiveNormalizationModule(DivisiveNormalization(**keys), channels).double()
    generator = torch.Generator().manual_seed(0)
    for values in module.parameters():
        torch.nn.init.normal_(values, generator=generator)
    return module


def draw_maps(count=2, channels=3):
    return torch.randn(count, channels, 6, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("exponent", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("pool_px", [1, 3, 5])
def test_maps_are_divided_by_scipys_local_mean_over_all_maps(pool_px, exponent):
    module = make_module(pool_px=pool_px, exponent=exponent)
    maps = draw_maps()
    energy = np.abs(maps.numpy()) ** exponent
    there = uniform_filter(np.ones((6, 7)), pool_px, mode="constant")  # how much of the pool is in the image
    pooled = np.stack(
        [[uniform_filter(each, pool_px, mode="constant") / there for each in image] for image in energy]
    )
    weight, sigma = module.weight.detach().numpy(), module.semi_saturation.detach().numpy()
    divisor = sigma[:, None, None] ** exponent + np.einsum("ck,ikyx->icyx", weight, pooled)
    expected = np.sign(maps.numpy()) * energy / divisor
    np.testing.assert_allclose(module(maps).detach().numpy(), expected, rtol=1e-10)


def test_at_the_start_the_pool_is_the_mean_over_maps_and_sigma_what_was_asked_for():
    module = DivisiveNormalizationModule(DivisiveNormalization(semi_saturation=0.7), 4)
    torch.testing.assert_close(module.weight, torch.full((4, 4), 0.25))
    torch.testing.assert_close(module.semi_saturation, torch.full((4,), 0.7))


def test_weights_and_semi_saturation_stay_above_zero_whatever_is_trained():
    module = DivisiveNormalizationModule(DivisiveNormalization(), 2)
    for values in module.parameters():
        torch.nn.init.constant_(values, -200.0)
    assert (module.weight >= 0).all()
    assert (module.semi_saturation > 0).all()
    maps = torch.zeros(1, 2, 5, 5)
    assert torch.equal(module(maps), maps)


def test_responses_saturate_with_contrast():
    module = DivisiveNormalizationModule(DivisiveNormalization(), 3)
    maps = draw_maps().float().abs() + 0.1
    low, high, highest = (module(contrast * maps).detach() for contrast in (0.01, 100.0, 1000.0))
    torch.testing.assert_close(low, (0.01 * maps) ** 2, rtol=0.01, atol=0)  # σ = 1: the energy itself
    torch.testing.assert_close(high, highest, rtol=0.01, atol=0)


def test_gradients_are_finite_where_maps_are_silent():
    module = make_module(exponent=1.5)
    maps = draw_maps().clamp(min=0).requires_grad_()
    module(maps).sum().backward()
    assert torch.isfinite(maps.grad).all()
    assert all((values.grad != 0).all() for values in module.parameters())


def test_it_stands_between_activation_and_dropout_under_its_own_name():
    layer = ConvolutionLayer(
        Layer(channels=3, kernel_px=2, dropout=0.5, divisive_normalization=DivisiveNormalization()),
        2, 0.01, 1e-3,
    )  # fmt: skip
    names = [name for name, _ in layer.named_children()]
    assert names == ["convolution", "batch_norm", "activation", "divisive_normalization", "dropout"]
    own = [name for name in layer.state_dict() if "divisive" in name]
    assert own == [
        "divisive_normalization.raw_weight",
        "divisive_normalization.raw_semi_saturation",
    ]


def test_the_order_of_maps_in_memory_changes_nothing():
    module = make_module()
    maps = draw_maps()
    by_pixels = maps.permute(2, 3, 0, 1).contiguous().permute(2, 3, 0, 1)
    torch.testing.assert_close(module(by_pixels), module(maps))


def test_an_even_pool_is_one_line():
    layers = [{"channels": 2, "kernel_px": 3, "divisive_normalization": {"pool_px": 4}}]
    (mistake,) = try_structure(Conv2d, {"layers": layers})[1]
    assert mistake.path == ("layers", 0, "divisive_normalization", "pool_px")
    assert mistake.message == "expected an odd number, which has a middle, got 4"


@pytest.mark.parametrize("value", [1e-3, 0.2, 3.0])
def test_the_inverse_of_softplus_is_its_inverse(value):
    found = torch.nn.functional.softplus(torch.tensor(invert_softplus(value), dtype=torch.float64))
    assert found.item() == pytest.approx(value)


def simulate(seed, frames=1600):
    """Return noise whose contrast jumps, and four cells: one filter's energy over that of all, everywhere."""
    generator = np.random.default_rng(seed)
    filters = generator.standard_normal((4, 3, 3))
    filters -= filters.mean((1, 2), keepdims=True)
    filters /= np.sqrt((filters**2).sum((1, 2), keepdims=True))
    contrast = np.exp(generator.normal(0, 1, (frames, 1, 1)))
    stimulus = contrast * generator.standard_normal((frames, 7, 7))
    windows = np.lib.stride_tricks.sliding_window_view(stimulus, (3, 3), axis=(1, 2))
    energy = np.einsum("fyxij,kij->fkyx", windows, filters).clip(0) ** 2
    rates = 2 * energy[:, :, 2, 2] / (0.3 + energy.mean((1, 2, 3))[:, None])
    return record(stimulus, generator.poisson(rates))


@pytest.mark.slow
def test_cells_with_contrast_gain_control_are_predicted_better():
    scores = {"without": [], "wider": [], "normalized": []}
    for seed in range(3):
        recording = simulate(seed)
        for name, channels, table in (
            ("without", 8, None),
            ("wider", 16, None),
            ("normalized", 8, DivisiveNormalization()),
        ):
            layer = Layer(channels=channels, kernel_px=3, divisive_normalization=table)
            readout = Dense(nonlinearity="softplus", l2=1e-4, activity_l1=0.0)
            scores[name].append(fit(recording, Conv2d(layers=(layer,)), Identity(), readout, seed=seed)[1])
    assert_better(scores, "normalized", "without")
    assert_better(scores, "normalized", "wider")
