"""What recurrent cores hold beside that: first weights, controls, order of steps, paper sizes."""

import pytest
import torch

from sysid import SysidError
from sysid_cores.gru import Gru
from sysid_cores.lstm import Lstm
from sysid_cores.rnn import Rnn

SHAPE = (3, 9, 5, 6)  # nine feature maps: a random order is very rarely the order given
UNITS = 7

every_core = pytest.mark.parametrize("kind", [Rnn, Gru, Lstm])


def build(kind, seed=0, **keys):
    torch.manual_seed(seed)
    return kind(hidden_units=UNITS, **keys).build(SHAPE).eval()


def draw_features():
    return torch.randn(2, *SHAPE, generator=torch.Generator().manual_seed(1))


def count_trained(module):
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)


@every_core
def test_recurrent_columns_start_orthonormal(kind):
    weight = build(kind).transform.recurrent_weight
    torch.testing.assert_close(weight.T @ weight, torch.eye(UNITS), atol=1e-5, rtol=0)


@every_core
def test_input_weights_start_glorot_uniform(kind):
    weight = build(kind).transform.input_weight
    bound = (6 / (30 + len(weight))) ** 0.5  # fan in 5·6
    assert 0.95 * bound < weight.abs().max() <= bound
    assert abs(weight.std() / (bound / 3**0.5) - 1) < 0.1


@pytest.mark.parametrize("kind", [Rnn, Gru])
def test_biases_start_at_zero(kind):
    assert not build(kind).transform.bias.any()


@every_core
def test_first_step_sees_no_earlier_state(kind):
    still, moving = build(kind, recurrent=False), build(kind)
    first = still(draw_features())[0][:, :, :UNITS]
    torch.testing.assert_close(first, moving(draw_features())[0][:, :, :UNITS])
    assert not torch.isclose(still(draw_features())[0], moving(draw_features())[0])[:, :, UNITS:].all()


@every_core
def test_matrix_that_is_off_stays_zero_and_is_not_counted(kind):
    module = build(kind, recurrent=False).train()
    assert count_trained(build(kind)) - count_trained(module) == module.transform.recurrent_weight.numel()
    optimizer = torch.optim.Adam(module.parameters(), lr=0.1)
    module(draw_features())[0].square().sum().backward()
    optimizer.step()
    assert not module.transform.recurrent_weight.any()


@every_core
def test_random_order_is_the_given_order_on_shuffled_maps(kind):
    given, shuffled = build(kind), build(kind, step_order="random", order_seed=5)
    order = shuffled.transform.order
    assert sorted(order.tolist()) == list(range(9))
    assert order.tolist() != list(range(9))
    torch.testing.assert_close(shuffled(draw_features())[0], given(draw_features()[:, :, order])[0])


def test_order_depends_on_its_seed_alone():
    orders = [
        build(Rnn, seed, step_order="random", order_seed=order_seed).transform.order.tolist()
        for seed, order_seed in [(0, 5), (1, 5), (0, 6)]
    ]
    assert orders[0] == orders[1]
    assert orders[0] != orders[2]


def test_order_is_kept_with_the_weights():
    saved, other = (build(Rnn, seed, step_order="random", order_seed=seed) for seed in (1, 2))
    assert not torch.equal(saved(draw_features())[0], other(draw_features())[0])
    other.load_state_dict(saved.state_dict())
    assert torch.equal(saved(draw_features())[0], other(draw_features())[0])


def test_random_order_works_on_meta():
    with torch.device("meta"):
        module = build(Rnn, step_order="random", recurrent=False)
        assert module(torch.zeros(2, *SHAPE))[0].shape == (2, 3, 9 * UNITS, 1, 1)
    assert {buffer.device.type for buffer in module.buffers()} == {"meta"}


def test_random_order_of_time_is_an_error():
    with pytest.raises(SysidError) as error:
        Lstm(steps="time", step_order="random").build(SHAPE)
    assert str(error.value) == ('core.step_order: expected "given" where core.steps = "time", got "random"')


@pytest.mark.parametrize(
    ("kind", "count"),
    # gates·32·(56² + 32 + 1), one bias per gate, and 2·32 of batch norm
    [(Lstm, 405_632 + 64), (Gru, 304_224 + 64), (Rnn, 101_408 + 64)],
)
def test_paper_size_has_as_many_parameters_as_the_released_model(kind, count):
    with torch.device("meta"):
        module = kind(steps="channel", hidden_units=32).build((1, 64, 56, 56)).eval()
        features, _ = module(torch.zeros(2, 1, 64, 56, 56))
    assert count_trained(module) == count
    assert features.shape == (2, 1, 2048, 1, 1)
