"""What all stepwise cores hold: shapes, order of time, batch norm, penalty, precision, seeds."""

import numpy as np
import pytest
import torch

from sysid_cores.gru import Gru
from sysid_cores.lstm import Lstm
from sysid_cores.projection import Projection
from sysid_cores.rnn import Rnn

SHAPE = (3, 4, 5, 6)
UNITS = 7


def configure(**keys):
    """Return one config of each kind, and of both forms of the GRU."""
    return {
        "projection": Projection(units=UNITS, **keys),
        "rnn": Rnn(hidden_units=UNITS, **keys),
        "gru_before": Gru(hidden_units=UNITS, **keys),
        "gru_after": Gru(hidden_units=UNITS, reset="after", **keys),
        "lstm": Lstm(hidden_units=UNITS, **keys),
    }


every_core = pytest.mark.parametrize("name", configure())
every_way = pytest.mark.parametrize("steps", ["channel", "time"])


def build(name, steps, seed=0, **keys):
    torch.manual_seed(seed)
    return configure(steps=steps, **keys)[name].build(SHAPE)


def draw_features(batch=2, time=3):
    return torch.randn(batch, time, *SHAPE[1:], generator=torch.Generator().manual_seed(1))


@every_core
@pytest.mark.parametrize(("steps", "units"), [("channel", 4 * UNITS), ("time", UNITS)])
def test_shape_on_meta_is_the_real_shape(name, steps, units):
    assert build(name, steps)(draw_features())[0].shape == (2, 3, units, 1, 1)
    with torch.device("meta"):
        module = build(name, steps, l2=0.1).eval()
        features, penalty = module(torch.zeros(2, *SHAPE))
    assert features.shape == (2, 3, units, 1, 1)
    assert penalty.shape == ()
    tensors = [features, penalty, *module.parameters(), *module.buffers()]
    assert {tensor.device.type for tensor in tensors} == {"meta"}


@every_core
@every_way
def test_no_output_sees_a_later_frame(name, steps):
    module = build(name, steps).eval()
    changed = draw_features()
    changed[:, -1] += 1
    before, after = module(draw_features())[0], module(changed)[0]
    assert torch.equal(before[:, :-1], after[:, :-1])
    assert not torch.equal(before[:, -1], after[:, -1])


@every_core
@every_way
def test_batch_elements_are_independent_in_evaluation(name, steps):
    module = build(name, steps).eval()
    features = draw_features(batch=3)
    torch.testing.assert_close(module(features)[0][1:2], module(features[1:2])[0])


@every_core
def test_channel_steps_take_each_time_on_its_own(name):
    module = build(name, "channel").eval()
    alone = [module(draw_features()[:, [time]])[0] for time in range(3)]
    torch.testing.assert_close(module(draw_features())[0], torch.cat(alone, dim=1))


@every_core
def test_channel_output_is_step_by_step(name):
    module = build(name, "channel", batch_norm=False)
    changed = draw_features()
    changed[:, :, 2] += 1  # the third of four maps
    before, after = module(draw_features())[0], module(changed)[0]
    assert torch.equal(before[:, :, : 2 * UNITS], after[:, :, : 2 * UNITS])
    assert not torch.isclose(before, after)[:, :, 2 * UNITS : 3 * UNITS].any()
    later_changes = not torch.equal(before[:, :, 3 * UNITS :], after[:, :, 3 * UNITS :])
    assert later_changes == (name != "projection")


@every_core
@every_way
def test_gradients_reach_every_parameter_in_evaluation(name, steps):
    module = build(name, steps).eval()
    module(draw_features())[0].square().sum().backward()
    for parameter_name, parameter in module.named_parameters():
        assert parameter.grad is not None, parameter_name
        assert parameter.grad.abs().sum() > 0, parameter_name


@every_core
@every_way
def test_units_are_normalised_over_batch_and_steps(name, steps):
    module = build(name, steps).double()
    bare = build(name, steps, batch_norm=False).double()
    states = bare(draw_features().double())[0].detach().numpy().reshape(-1, UNITS)
    expected = (states - states.mean(axis=0)) / np.sqrt(states.var(axis=0) + 1e-3)
    normalised = module(draw_features().double())[0].detach().numpy().reshape(-1, UNITS)
    np.testing.assert_allclose(normalised, expected, atol=1e-10)
    np.testing.assert_allclose(module.batch_norm.running_mean.numpy(), 0.01 * states.mean(axis=0), atol=1e-10)


@every_core
@every_way
def test_penalty_is_on_the_input_weights_alone(name, steps):
    module = build(name, steps, l2=0.3)
    torch.nn.init.normal_(module.transform.bias)
    _, penalty = module(draw_features())
    weights = module.transform.input_weight.detach().numpy().astype(np.float64)
    assert penalty.shape == ()
    np.testing.assert_allclose(penalty.item(), 0.3 * (weights**2).sum(), rtol=1e-5)
    assert build(name, steps)(draw_features())[1] == 0


@every_core
def test_same_seed_gives_same_weights_and_another_gives_others(name):
    one, same, other = (build(name, "time", seed).state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(one[key], same[key]) for key in one)
    for key in {"transform.input_weight", "transform.recurrent_weight"} & set(one):
        assert not torch.equal(one[key], other[key])


@every_core
@every_way
def test_double_precision_works(name, steps):
    features, _ = build(name, steps).eval().double()(draw_features().double())
    assert features.dtype == torch.float64
    single, _ = build(name, steps).eval()(draw_features())
    torch.testing.assert_close(features.float(), single, rtol=1e-4, atol=1e-5)


@every_core
@every_way
def test_half_precision_trains(name, steps):
    module = build(name, steps, l2=0.1)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        features, penalty = module(draw_features())
        (features.float().square().mean() + penalty).backward()
    assert all(parameter.grad.isfinite().all() for parameter in module.parameters())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough, _ = module.eval()(draw_features())
    torch.testing.assert_close(rough.float(), module(draw_features())[0], rtol=0.05, atol=0.05)


@every_core
def test_longer_clips_go_on_from_where_shorter_ones_end(name):
    module = build(name, "time").eval()
    long = draw_features(time=5)
    torch.testing.assert_close(module(long)[0][:, :3], module(long[:, :3])[0])
