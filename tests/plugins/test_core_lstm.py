"""The LSTM core against torch's and against the equations step by step."""

import numpy as np
import torch

from sysid_cores.lstm import Lstm

SHAPE = (3, 4, 5, 6)
UNITS = 7


def build(**keys):
    torch.manual_seed(0)
    module = Lstm(hidden_units=UNITS, steps="time", batch_norm=False, **keys).build(SHAPE).double()
    torch.nn.init.normal_(module.transform.bias)
    torch.nn.init.normal_(module.transform.recurrent_weight)
    return module


def draw_features():
    return torch.randn(2, *SHAPE, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def test_sigmoid_gates_equal_torchs_lstm():
    ours = build(gate="sigmoid")
    theirs = torch.nn.LSTM(4 * 5 * 6, UNITS, batch_first=True).double()
    theirs.load_state_dict(
        {
            "weight_ih_l0": ours.transform.input_weight,
            "weight_hh_l0": ours.transform.recurrent_weight,
            "bias_ih_l0": ours.transform.bias,
            "bias_hh_l0": torch.zeros(4 * UNITS),
        }
    )
    states, _ = ours(draw_features())
    torch.testing.assert_close(states[..., 0, 0], theirs(draw_features().flatten(2))[0])


def test_hard_gates_follow_the_equations_step_by_step():
    module = build()
    torch.nn.init.normal_(module.transform.bias, std=4)  # some gates beyond ±2.5
    weights = {name: values.detach().numpy() for name, values in module.transform.named_parameters()}
    features = draw_features().flatten(2).numpy()
    states = module(draw_features())[0][..., 0, 0].detach().numpy()
    saturated = 0
    for sequence in range(2):
        hidden = memory = np.zeros(UNITS)
        for step in range(3):
            drive = weights["input_weight"] @ features[sequence, step] + weights["bias"]
            i, f, c, o = np.split(drive + weights["recurrent_weight"] @ hidden, 4)
            i, f, o = (np.clip(0.2 * x + 0.5, 0, 1) for x in (i, f, o))
            saturated += ((f == 0) | (f == 1)).sum()
            memory = f * memory + i * np.tanh(c)
            hidden = o * np.tanh(memory)
            np.testing.assert_allclose(states[sequence, step], hidden, atol=1e-12)
    assert saturated > 0


def test_forget_bias_is_on_the_forget_rows_alone():
    module = Lstm(hidden_units=2, forget_bias=1.5).build(SHAPE)
    assert module.transform.bias.tolist() == [0, 0, 1.5, 1.5, 0, 0, 0, 0]


def test_forget_bias_is_one_by_default():
    assert Lstm().forget_bias == 1


def test_memory_carries_without_a_recurrent_matrix():
    module = build(recurrent=False)
    changed = draw_features()
    changed[:, 0] += 1
    before, after = module(draw_features())[0], module(changed)[0]
    assert not torch.equal(before[:, 1], after[:, 1])
