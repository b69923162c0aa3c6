"""The gated recurrent core against torch's and against the equations step by step."""

import numpy as np
import pytest
import torch
from scipy.special import expit

from sysid_cores.gru import Gru

SHAPE = (3, 4, 5, 6)
UNITS = 7


def build(**keys):
    torch.manual_seed(0)
    module = Gru(hidden_units=UNITS, steps="time", batch_norm=False, **keys).build(SHAPE).double()
    torch.nn.init.normal_(module.transform.bias)
    torch.nn.init.normal_(module.transform.recurrent_weight)
    return module


def draw_features():
    return torch.randn(2, *SHAPE, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def test_reset_after_equals_torchs_gru():
    ours = build(gate="sigmoid", reset="after", update="keep")
    theirs = torch.nn.GRU(4 * 5 * 6, UNITS, batch_first=True).double()
    # torch's rows are reset, update, candidate
    rows = torch.cat([torch.arange(7, 14), torch.arange(0, 7), torch.arange(14, 21)])
    theirs.load_state_dict(
        {
            "weight_ih_l0": ours.transform.input_weight[rows],
            "weight_hh_l0": ours.transform.recurrent_weight[rows],
            "bias_ih_l0": ours.transform.bias[rows],
            "bias_hh_l0": torch.zeros(3 * UNITS),
        }
    )
    states, _ = ours(draw_features())
    torch.testing.assert_close(states[..., 0, 0], theirs(draw_features().flatten(2))[0])


@pytest.mark.parametrize("gate", ["hard_sigmoid", "sigmoid"])
@pytest.mark.parametrize("reset", ["before", "after"])
@pytest.mark.parametrize("update", ["keep", "replace"])
def test_follows_the_equations_step_by_step(gate, reset, update):
    module = build(gate=gate, reset=reset, update=update)
    weights = {name: values.detach().numpy() for name, values in module.transform.named_parameters()}
    from_input = np.split(weights["input_weight"], 3)
    from_hidden = np.split(weights["recurrent_weight"], 3)
    bias = np.split(weights["bias"], 3)
    squash = expit if gate == "sigmoid" else lambda x: np.clip(0.2 * x + 0.5, 0, 1)
    features = draw_features().flatten(2).numpy()
    states = module(draw_features())[0][..., 0, 0].detach().numpy()
    for sequence in range(2):
        hidden = np.zeros(UNITS)
        for step in range(3):
            driven = [w @ features[sequence, step] + b for w, b in zip(from_input, bias, strict=True)]
            z = squash(driven[0] + from_hidden[0] @ hidden)
            r = squash(driven[1] + from_hidden[1] @ hidden)
            back = from_hidden[2] @ (r * hidden) if reset == "before" else r * (from_hidden[2] @ hidden)
            candidate = np.tanh(driven[2] + back)
            hidden = (
                z * hidden + (1 - z) * candidate if update == "keep" else (1 - z) * hidden + z * candidate
            )
            np.testing.assert_allclose(states[sequence, step], hidden, atol=1e-12)


def test_defaults_are_the_released_code():
    assert (Gru().gate, Gru().reset, Gru().update) == ("hard_sigmoid", "before", "keep")
