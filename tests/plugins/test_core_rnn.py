"""The vanilla recurrent core against torch's and against the projection."""

import torch

from sysid_cores.projection import Projection
from sysid_cores.rnn import Rnn

SHAPE = (3, 4, 5, 6)


def draw_features():
    return torch.randn(2, *SHAPE, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def test_equals_torchs_recurrent_network():
    torch.manual_seed(0)
    ours = Rnn(hidden_units=7, steps="time", batch_norm=False).build(SHAPE).double()
    torch.nn.init.normal_(ours.transform.bias)
    theirs = torch.nn.RNN(4 * 5 * 6, 7, batch_first=True).double()
    theirs.load_state_dict(
        {
            "weight_ih_l0": ours.transform.input_weight,
            "weight_hh_l0": ours.transform.recurrent_weight,
            "bias_ih_l0": ours.transform.bias,
            "bias_hh_l0": torch.zeros(7),
        }
    )
    states, _ = ours(draw_features())
    torch.testing.assert_close(states[..., 0, 0], theirs(draw_features().flatten(2))[0])


def test_without_recurrence_equals_a_projection():
    torch.manual_seed(0)
    still = Rnn(hidden_units=7, recurrent=False).build(SHAPE).double().eval()
    projection = Projection(units=7, activation="tanh").build(SHAPE).double().eval()
    weights = {name: values for name, values in still.state_dict().items() if "recurrent" not in name}
    projection.load_state_dict(weights)
    torch.testing.assert_close(still(draw_features())[0], projection(draw_features())[0])
