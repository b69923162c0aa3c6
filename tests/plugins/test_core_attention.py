"""The attention core: its arithmetic, its positions, what it may see, and where it is the right model."""

import math

import numpy as np
import pytest
import torch

from sysid import SysidError
from sysid_cores.attention import Attention
from sysid_cores.attention_block import CausalAttention
from sysid_cores.lstm import Lstm
from sysid_cores.projection import Projection
from sysid_cores.rotary import turn
from sysid_encoders.identity import Identity
from sysid_readouts.dense import Dense
from tests.simulated_fit import assert_better, fit, record

SHAPE = (5, 2, 3, 4)


def build(seed=0, **keys):
    torch.manual_seed(seed)
    return Attention(**{"width": 8, "heads": 2, "feedforward_units": 6, **keys}).build(SHAPE)


def draw_features(batch=2, time=5):
    return torch.randn(batch, time, *SHAPE[1:], generator=torch.Generator().manual_seed(1))


def test_heads_weigh_values_by_the_softmax_of_turned_products_over_no_later_step():
    torch.manual_seed(0)
    attention = CausalAttention(width=8, heads=2).double()
    units = torch.randn(3, 5, 8, dtype=torch.float64)
    asked = (units.numpy() @ attention.asked.weight.detach().numpy().T).reshape(3, 5, 3, 2, 4)
    angle = np.arange(5)[:, None] * np.array([1.0, 0.01])  # 10 000^0 and 10 000^(−1/2)

    def rotate(each):  # (step, unit) as complex pairs
        return (each[:, :2] + 1j * each[:, 2:]) * np.exp(1j * angle)

    found = np.zeros((3, 5, 2, 4))
    for sequence in range(3):
        for head in range(2):
            query, key = (rotate(asked[sequence, :, which, head]) for which in (0, 1))
            product = (query[:, None] * key[None].conj()).real.sum(2) / math.sqrt(4)
            for step in range(5):
                weight = np.exp(product[step, : step + 1])
                value = asked[sequence, : step + 1, 2, head]
                found[sequence, step, head] = weight @ value / weight.sum()
    expected = found.reshape(3, 5, 8) @ attention.answered.weight.detach().numpy().T
    np.testing.assert_allclose(attention(units).detach().numpy(), expected, atol=1e-12)


def test_products_of_turned_units_know_the_time_between_them_alone():
    units = torch.randn(1, 1, 1, 6, dtype=torch.float64).expand(1, 1, 7, 6)
    turned = turn(units)[0, 0]
    product = turned @ turned.T
    for distance in range(7):
        same = product.diagonal(distance)
        torch.testing.assert_close(same, same[:1].expand(len(same)))


def test_positions_keep_the_precision_of_the_units():
    units = torch.randn(1, 1, 4, 6)
    assert turn(units.double()).dtype == torch.float64
    assert turn(units.bfloat16()).dtype == torch.bfloat16


@pytest.mark.parametrize("blocks", [1, 2])
def test_no_step_sees_a_later_one_and_every_step_sees_all_earlier(blocks):
    module = build(blocks=blocks).eval()
    features = draw_features(batch=1).requires_grad_()
    units, _ = module(features)
    assert units.shape == (1, 5, 8, 1, 1)
    for step in range(5):
        # the square of normalised units sums to a constant: look at one unit
        (gradient,) = torch.autograd.grad(units[0, step, 0, 0, 0], features, retain_graph=True)
        seen = gradient.abs().sum((0, 2, 3, 4)) > 0
        assert seen.tolist() == [other <= step for other in range(5)]


def test_when_a_clip_began_does_not_matter_where_nothing_came_before():
    module = build().double().eval()
    shown = draw_features(batch=1, time=3).double()
    early = torch.cat([shown, shown[:, :1]], dim=1)
    torch.testing.assert_close(module(early)[0][:, :3], module(shown)[0])


def test_order_matters():
    module = build().eval()
    features = draw_features()
    swapped = features[:, [1, 0, 2, 3, 4]]
    assert not torch.allclose(module(features)[0][:, -1], module(swapped)[0][:, -1], atol=1e-4)


def test_the_penalty_is_on_the_weights_from_features_alone():
    module = build(l2=0.3)
    expected = 0.3 * module.transform.projection.weight.square().sum()
    torch.testing.assert_close(module(draw_features())[1], expected)
    assert build()(draw_features())[1] == 0


def test_dropout_is_on_what_blocks_add_in_training_only():
    module = build(dropout=0.5)
    features = draw_features()
    assert not torch.equal(module(features)[0], module(features)[0])
    module.eval()
    assert torch.equal(module(features)[0], module(features)[0])


def test_gradients_reach_every_weight():
    module = build(blocks=2).eval()
    module(draw_features())[0].square()[:, :, 0].sum().backward()
    for name, values in module.named_parameters():
        assert (values.grad != 0).any(), name


def test_weights_have_names_that_stay():
    assert list(build().state_dict()) == [
        "transform.projection.weight",
        "transform.projection.bias",
        "transform.blocks.0.attention_normalization.weight",
        "transform.blocks.0.attention_normalization.bias",
        "transform.blocks.0.attention.asked.weight",
        "transform.blocks.0.attention.answered.weight",
        "transform.blocks.0.attention.answered.bias",
        "transform.blocks.0.feedforward_normalization.weight",
        "transform.blocks.0.feedforward_normalization.bias",
        "transform.blocks.0.hidden.weight",
        "transform.blocks.0.hidden.bias",
        "transform.blocks.0.shown.weight",
        "transform.blocks.0.shown.bias",
        "transform.normalization.weight",
        "transform.normalization.bias",
    ]


def test_shapes_are_known_without_memory():
    with torch.device("meta"):
        module = Attention().build((9, 64, 56, 56)).eval()
        assert module(torch.empty(2, 9, 64, 56, 56))[0].shape == (2, 9, 32, 1, 1)


def test_heads_that_cannot_share_the_width_are_one_line():
    with pytest.raises(SysidError) as caught:
        build(width=12, heads=4)
    assert str(caught.value) == (
        "core.width: expected a multiple of 8, as core.heads = 4 share it and positions turn pairs of units, "
        "got 12"
    )


def simulate(seed, frames=3000, kinds=12, memory=12, repeats=10):
    """Return one of twelve pictures in each frame, and two cells that tell new ones from seen ones.

    The first answers to a picture that was not among the last twelve (a response to novelty, adapted
    otherwise), the second to one that was.
    """
    generator = np.random.default_rng(seed)
    pictures = generator.standard_normal((kinds, 3, 3))
    shown = generator.integers(0, kinds, frames)
    stimulus = pictures[shown] + 0.1 * generator.standard_normal((frames, 3, 3))
    new = np.array([shown[t] not in shown[max(0, t - memory) : t] for t in range(frames)])
    rates = np.stack([2.0 * new, 0.2 + 1.5 * ~new], axis=1)
    return record(stimulus, generator.poisson(repeats * rates) / repeats)


@pytest.mark.slow
def test_cells_that_adapt_to_pictures_are_predicted_better():
    scores = {"projection": [], "lstm": [], "attention": []}
    readout = Dense(nonlinearity="softplus", batch_norm=False, l2=1e-4, activity_l1=0.0)
    for seed in range(3):
        recording = simulate(seed)
        for name, core in (
            ("projection", Projection(steps="time", units=16)),
            ("lstm", Lstm(steps="time", hidden_units=16)),
            ("attention", Attention(width=16, heads=1, feedforward_units=32)),
        ):
            scores[name].append(fit(recording, Identity(), core, readout, history=13, seed=seed, epochs=8)[1])
    assert_better(scores, "attention", "projection")
    assert_better(scores, "attention", "lstm")
