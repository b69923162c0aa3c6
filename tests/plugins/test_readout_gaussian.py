"""The Gaussian readout: one learned point in the features for each neuron."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter, map_coordinates

from sysid_readouts.gaussian import Gaussian
from tests.fitted_readout import fit, make_population

SHAPE = (2, 3, 9, 11)  # time channel height width
CENTRES = ((2, 3), (8.25, 6.5), (np.nan, np.nan))


def build(centres=CENTRES, shape=SHAPE, frame_size=(9, 11), **fields):
    torch.manual_seed(0)
    return Gaussian(**fields).build(shape, make_population(centres, frame_size))


def in_pixels(position, height=9, width=11):
    """Return x and y in feature pixels."""
    return (position.detach() + 1) / 2 * torch.tensor([width - 1, height - 1])


def test_points_start_at_known_centres_and_in_the_middle_elsewhere():
    expected = torch.tensor([[2.0, 3.0], [8.25, 6.5], [5.0, 4.0]])
    torch.testing.assert_close(in_pixels(build().position), expected)


def test_features_are_interpolated_at_the_position_in_evaluation():
    module = build(nonlinearity="identity", loss="mse").eval()
    features = torch.randn(4, *SHAPE)
    rates, _ = module(features, None)
    for neuron, (x, y) in enumerate(((2, 3), (8.25, 6.5), (5, 4))):
        weight = module.weight[neuron].detach().numpy()
        seen = [
            map_coordinates(channel, [[y], [x]], order=1)[0]
            for channel in features[1, 0].numpy()  # second sample, first step
        ]
        assert rates[1, 0, neuron].item() == pytest.approx(float(np.dot(weight, seen)), abs=1e-5)


def test_beyond_the_border_features_are_those_of_the_border():
    module = build(nonlinearity="identity", loss="mse").eval()
    features = torch.randn(4, *SHAPE)
    with torch.no_grad():
        module.position.copy_(torch.tensor([[3.0, -9.0]]).expand(3, 2))
    expected = features[..., 0, 10] @ module.weight.T
    torch.testing.assert_close(module(features, None)[0], expected)


def test_evaluation_is_deterministic_and_training_draws_anew():
    module = build()
    features = torch.randn(4, *SHAPE)
    assert not torch.equal(module(features, None)[0], module(features, None)[0])
    module.eval()
    assert torch.equal(module(features, None)[0], module(features, None)[0])


def test_points_are_drawn_with_the_covariance_for_each_sample_and_neuron():
    module = build()
    with torch.no_grad():
        module.spread.copy_(torch.tensor([[0.2, 0.0], [0.1, 0.3]]).expand(3, 2, 2))
    points = module._points(20_000).detach() - module.position.detach()
    spread = module.spread[0].detach()
    for neuron in range(3):
        torch.testing.assert_close(torch.cov(points[:, neuron].T), spread @ spread.T, atol=2e-3, rtol=0)
    between = torch.corrcoef(torch.stack([points[:, 0, 0], points[:, 1, 0]]))[0, 1]
    assert abs(between) < 0.03


def test_parameters_do_not_depend_on_the_size_of_the_features():
    for size in ((9, 11), (40, 70)):
        module = build(shape=(1, 64, *size), frame_size=size)
        assert sum(each.numel() for each in module.parameters()) == 3 * (64 + 1 + 2 + 4) + 3 * 2  # α and β


def test_the_penalty_is_l1_on_weights_averaged_over_neurons():
    module = build(feature_l1=0.7)
    _, penalty = module(torch.randn(4, *SHAPE), None)
    torch.testing.assert_close(penalty, 0.7 * module.weight.abs().sum() / 3)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_every_parameter_has_a_gradient(dtype):
    module = build().to(dtype)
    rates, penalty = module(torch.randn(4, *SHAPE, dtype=dtype), None)
    assert (rates.dtype, penalty.dtype) == (dtype, dtype)
    (rates.square().sum() + penalty).backward()
    assert all((each.grad != 0).flatten(1).any(1).all() for each in (module.position, module.spread))
    assert all((each.grad != 0).all() for each in (module.weight, module.bias))


def test_the_gradient_of_the_position_is_a_finite_difference():
    module = build(nonlinearity="exponential").double().eval()
    features = torch.randn(4, *SHAPE, dtype=torch.float64)
    with torch.no_grad():
        module.position.add_(0.013)  # between pixels, where the derivative does not jump
    module(features, None)[0].sum().backward()
    step = 1e-5
    with torch.no_grad():
        for axis in range(2):
            ends = []
            for sign in (1, -1):
                module.position[:, axis] += sign * step
                ends.append(module(features, None)[0].sum(dim=(0, 1)))
                module.position[:, axis] -= sign * step
            slope = (ends[0] - ends[1]) / (2 * step)
            torch.testing.assert_close(slope, module.position.grad[:, axis], rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("size", [(4, 1), (1, 1)])
def test_features_of_any_size_are_read(size):
    module = build(shape=(2, 3, *size), nonlinearity="identity", loss="mse")
    features = torch.randn(4, 2, 3, *size)
    rates, penalty = module(features, None)
    (rates.sum() + penalty).backward()
    assert all(torch.isfinite(each.grad).all() for each in module.parameters())
    if size == (1, 1):
        torch.testing.assert_close(rates, features[..., 0, 0] @ module.weight.T)


def test_every_time_step_is_read_alone():
    module = build().eval()
    features = torch.randn(4, *SHAPE)
    torch.testing.assert_close(module(features, None)[0][:, 1:], module(features[:, 1:], None)[0])


def test_the_same_seed_gives_the_same_weights():
    one, same = build().state_dict(), build().state_dict()
    assert all(torch.equal(one[name], same[name]) for name in one)


def test_the_module_builds_and_runs_on_the_meta_device_in_training_too():
    with torch.device("meta"):
        module = build()
        rates, penalty = module(torch.empty(2, *SHAPE), None)
    assert (rates.shape, penalty.shape) == ((2, 2, 3), ())
    assert {each.device.type for each in (rates, penalty, *module.parameters())} == {"meta"}


TRUE_POSITIONS = torch.tensor([[2.0, 3.0], [8.4, 6.3], [6.0, 2.5], [9.0, 7.0], [0.0, 0.0]])  # x, y in pixels
TRUE_WEIGHTS = torch.tensor([[1.5, -0.5, 0], [0, 1.2, 0.8], [-1, 0, 1.0], [0.9, 0.9, -0.9], [1, 1, 0.5]])


def simulate(smoothness_px):
    """Return features (sample, 1, channel, height, width) and counts of neurons that read single points."""
    generator = torch.Generator().manual_seed(1)
    noise = torch.randn(3000, 1, 3, 9, 11, generator=generator).numpy()
    smooth = gaussian_filter(noise, smoothness_px, axes=(3, 4))
    features = torch.from_numpy(smooth / smooth.std())
    centres = [tuple(each) for each in TRUE_POSITIONS.tolist()]
    truth = build(centres, (1, 3, 9, 11), nonlinearity="softplus").eval()
    with torch.no_grad():
        truth.weight.copy_(TRUE_WEIGHTS)
        return features, torch.poisson(truth(features, None)[0][:, 0], generator=generator)


@pytest.mark.parametrize(("smoothness_px", "known"), [(0.7, True), (1.5, False)])
def test_positions_of_simulated_neurons_are_found_within_a_pixel(smoothness_px, known):
    features, responses = simulate(smoothness_px)
    near = [(3.2, 2), (7.5, 7), (4.8, 3.3), (8, 6), (1, 1)]  # 1.1 to 1.6 px off
    module = build(near if known else [(np.nan, np.nan)] * 5, (1, 3, 9, 11), nonlinearity="softplus")
    before = module.spread.detach().flatten(1).norm(dim=1).clone()
    fit(module, features, responses, steps=600)
    assert (in_pixels(module.position) - TRUE_POSITIONS).norm(dim=1).max() < 0.5
    assert (torch.cosine_similarity(module.weight.detach(), TRUE_WEIGHTS) > 0.95).all()
    assert (module.spread.detach().flatten(1).norm(dim=1) < before / 2).all()


def test_training_brings_a_position_beyond_the_border_back():
    module = build()
    with torch.no_grad():
        module.position.copy_(torch.tensor([[3.0, -9.0]]).expand(3, 2))
    module(torch.randn(4, *SHAPE), None)[0].sum().backward()
    torch.testing.assert_close(module.position.detach(), torch.tensor([[0.999, -0.999]]).expand(3, 2))
    assert (module.position.grad != 0).all()


def test_points_start_at_the_peak_of_the_sta_where_that_is_asked_for():
    sta = np.zeros((4, 1, 9, 11, 1))
    sta[2, 0, 6, 3, 0] = 1.0
    population = make_population([(np.nan, np.nan)], sta=sta)
    module = Gaussian(unknown_centre="sta").build(SHAPE, population)
    torch.testing.assert_close(in_pixels(module.position), torch.tensor([[3.0, 6.0]]))
