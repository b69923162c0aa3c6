"""Lateral inhibition behind the dense readout: its arithmetic, and where it is the right model."""

import numpy as np
import pytest
import torch

from sysid_cores.identity import Identity as SameCore
from sysid_encoders.identity import Identity
from sysid_readouts.dense import Dense
from sysid_readouts.lateral import LateralInhibition, draw_groups
from tests.fitted_readout import make_population
from tests.simulated_fit import assert_better, fit, record


@pytest.mark.parametrize("divisor", ["absolute", "sum"])
def test_each_drive_is_divided_by_that_of_its_group(divisor):
    module = LateralInhibition(neurons=7, size=3, seed=2, divisor=divisor).double()
    drive = torch.randn(5, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    got = module(drive).numpy()
    values = drive.numpy()
    for neuron, group in enumerate(draw_groups(7, 3, 2)):
        members = [other for other, same in enumerate(draw_groups(7, 3, 2)) if same == group]
        if divisor == "sum":
            divided = values[:, neuron] / values[:, members].sum(1)
        else:
            divided = values[:, neuron] / (0.001 + np.abs(values[:, members]).sum(1))
        np.testing.assert_allclose(got[:, neuron], divided, rtol=1e-12)


def test_groups_have_the_size_asked_for_but_for_the_last():
    assert sorted(np.bincount(draw_groups(80, 8, 0))) == [8] * 10
    assert sorted(np.bincount(draw_groups(10, 4, 0))) == [2, 4, 4]


def test_the_seed_says_who_is_with_whom_and_the_weights_keep_it():
    assert draw_groups(12, 3, 1) == draw_groups(12, 3, 1)
    assert draw_groups(12, 3, 1) != draw_groups(12, 3, 2)
    one, other = (Dense(lateral_group=3, lateral_seed=seed).build((1, 2, 3, 4), cells()) for seed in (1, 2))
    other.load_state_dict(one.state_dict())
    assert torch.equal(one.lateral.group, other.lateral.group)


def test_a_sum_near_zero_is_held_away_from_it_on_its_side():
    module = LateralInhibition(neurons=2, size=2, seed=0, divisor="sum")
    drive = torch.tensor([[1.0, -1.0], [1.0, -1.0002], [0.0, 0.0]])
    expected = torch.tensor([[1000.0, -1000.0], [-1000.0, 1000.2], [0.0, 0.0]])
    torch.testing.assert_close(module(drive), expected)


def test_without_the_key_there_is_no_such_layer():
    module = Dense().build((1, 2, 3, 4), cells())
    assert not any("lateral" in name for name in module.state_dict())


def test_rates_come_from_the_divided_drive():
    torch.manual_seed(0)
    readout = Dense(lateral_group=3, nonlinearity="softplus", batch_norm=False)
    module = readout.build((1, 2, 3, 4), cells())
    features = torch.randn(4, 1, 2, 3, 4)
    drive = module.linear(features.flatten(1))
    expected = torch.nn.functional.softplus(module.lateral(drive))
    torch.testing.assert_close(module(features, None)[0][:, 0], expected)


def cells(count=12):
    return make_population([(np.nan, np.nan)] * count)


def simulate(seed, frames=2500, repeats=10):
    """Return luminance of changing strength, and six cells that each take a share of their group's drive."""
    generator = np.random.default_rng(seed)
    strength = np.exp(generator.normal(0, 0.7, (frames, 1, 1)))
    stimulus = strength * generator.random((frames, 4, 4))
    filters = np.zeros((16, 6))
    for cell in range(6):
        filters[generator.choice(16, 3, replace=False), cell] = 1
    drive = stimulus.reshape(frames, 16) @ filters
    together = np.equal.outer(draw_groups(6, 3, 0), draw_groups(6, 3, 0))
    share = drive / (drive @ together)
    share = (share - share.mean(0)) / share.std(0)
    rates = np.log1p(np.exp(2 * share))
    return record(stimulus, generator.poisson(repeats * rates) / repeats)


@pytest.mark.slow
def test_cells_that_share_a_groups_drive_are_predicted_better():
    scores = {"none": [], "absolute": [], "sum": []}
    for seed in range(3):
        recording = simulate(seed)
        for name in scores:
            keys = {} if name == "none" else {"lateral_group": 3, "lateral_divisor": name}
            readout = Dense(nonlinearity="softplus", l2=1e-5, activity_l1=0.0, **keys)
            found = fit(recording, Identity(), SameCore(), readout, seed=seed, epochs=20, gradient_clip=0.1)
            scores[name].append(found[1])
    assert_better(scores, "absolute", "none")
    assert_better(scores, "sum", "none")
