"""The subunit LN model: its equation, where it looks, and simulated cells whose subunits it finds."""

import attrs
import numpy as np
import pytest
import torch

from sysid import SysidError
from sysid_cores.identity import Identity as SameCore
from sysid_datasets.simulated_retina import SimulatedRetina
from sysid_datasets.simulated_subunit import MEMBERS, SQUARES
from sysid_encoders.identity import Identity
from sysid_readouts.subunit_ln import SubunitLn
from sysid_readouts.window import Window
from tests.fitted_readout import make_population
from tests.simulated_fit import fit

SHAPE = (3, 2, 6, 7)  # time channel height width
CENTRES = [(2, 2), (4, 3), (3, 3)]


def build(seed=0, **keys):
    torch.manual_seed(seed)
    config = SubunitLn(**{"window_px": 4, "subunit_px": 2, "filters": 2} | keys)
    module = config.build(SHAPE, make_population(CENTRES, frame_size=SHAPE[2:])).double().eval()
    for values in (module.pool, module.threshold, module.bias):
        torch.nn.init.normal_(values)
    return module


def draw(batch=2, time=3):
    generator = torch.Generator().manual_seed(1)
    return torch.randn(batch, time, *SHAPE[1:], generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("rectifier", ["relu", "half_squared"])
@pytest.mark.parametrize("subunit_px", [2, 4])
def test_rates_are_those_of_the_equation(rectifier, subunit_px):
    module, features = build(rectifier=rectifier, subunit_px=subunit_px), draw()
    weight, pool = module.subunits().detach().numpy(), np.abs(module.pool.detach().numpy())
    threshold, drive = module.threshold.detach().numpy(), np.tile(module.bias.detach().numpy(), (2, 1))
    for neuron, pixels in enumerate(module.pixels.numpy()):
        top, left = divmod(int(pixels[0]), SHAPE[3])
        for kind in range(2):
            for row, column in np.ndindex(*pool.shape[2:]):
                rows = slice(top + row, top + row + subunit_px)
                columns = slice(left + column, left + column + subunit_px)
                piece = features[..., rows, columns].numpy()
                linear = (piece * weight[neuron, kind]).sum(axis=(1, 2, 3, 4)) - threshold[neuron, kind]
                rectified = np.maximum(linear, 0) ** (1 if rectifier == "relu" else 2)
                drive[:, neuron] += pool[neuron, kind, row, column] * rectified
    rates, _ = module(features, None)
    np.testing.assert_allclose(rates[:, 0].detach().numpy(), np.log1p(np.exp(drive)), rtol=1e-10)


def test_a_longer_clip_has_the_rates_of_its_windows():
    module, clip = build(), draw(time=5)
    rates, _ = module(clip, None)
    assert rates.shape == (2, 3, 3)
    for step in range(3):
        torch.testing.assert_close(rates[:, step], module(clip[:, step : step + 3], None)[0][:, 0])


def test_subunits_as_large_as_the_window_have_one_place_and_smaller_ones_many():
    assert build(subunit_px=4, filters=3).pool.shape == (3, 3, 1, 1)
    assert build(subunit_px=3).pool.shape == (3, 2, 2, 2)


def test_penalties_are_averages_over_neurons():
    module = build(strength=0.5, ridge=2.0, smoothness_space=0.0, smoothness_time=0.0, pool_l1=0.25)
    expected = (0.5 * 2.0 * module.subunits().square().sum() + 0.25 * module.pool.abs().sum()) / 3
    torch.testing.assert_close(module(draw(), None)[1], expected)


def test_a_subunit_larger_than_its_window_is_one_line():
    with pytest.raises(SysidError) as caught:
        build(subunit_px=5)
    assert str(caught.value) == "readout.subunit_px: expected at most readout.window_px = 4, got 5"


def test_responses_below_zero_need_another_loss():
    population = make_population(CENTRES, frame_size=SHAPE[2:], lowest=-1.0)
    with pytest.raises(SysidError) as caught:
        SubunitLn(window_px=4).build(SHAPE, population)
    assert str(caught.value).startswith('readout.loss: expected "mse", as responses go down to -1')


@pytest.fixture(scope="module")
def watched():
    """Two cells of four 2×2 subunits each, on binary noise; pixels of −1 and 1."""
    recording = SimulatedRetina(layout="fig2", frames=4000).load()["retina"]
    presentations = tuple(
        attrs.evolve(each, stimulus=each.stimulus.astype(np.float32) / 127.5 - 1)
        for each in recording.presentations
    )
    return attrs.evolve(recording, presentations=presentations)


def test_subunits_of_simulated_cells_are_found_in_their_places_and_predict_better(watched):
    model, score = fit(
        watched, Identity(), SameCore(), SubunitLn(window_px=8, subunit_px=2), history=20, epochs=8
    )
    linear = Window(window_px=8, nonlinearity="softplus")
    _, without = fit(watched, Identity(), SameCore(), linear, history=20, epochs=8)
    assert score > without + 0.15  # on noise .88 and .64
    pool = model.readout("cells").pool.detach().abs()[:, 0]  # neuron row column
    for weights, members in zip(pool, MEMBERS.values(), strict=True):
        strongest = weights.flatten().argsort(descending=True)[:4]
        found = {divmod(int(place), weights.shape[1]) for place in strongest}
        assert found == {SQUARES[number][:2] for number in members}  # to the pixel
    found = model.readout("cells").subunits().detach().numpy()[:, 0, ::-1, 0]  # neuron lag row column
    true = watched.truth.subunits[0][:, 2:4, :2]
    for kernel in found:
        cosine = (kernel * true).sum() / np.linalg.norm(kernel) / np.linalg.norm(true)
        assert cosine > 0.95
