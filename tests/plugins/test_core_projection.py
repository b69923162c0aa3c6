"""The projection core."""

import numpy as np
import pytest
import torch

from sysid_cores.projection import Projection

SHAPE = (3, 4, 5, 6)


def draw_features():
    return torch.randn(2, *SHAPE, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(
    ("activation", "function"),
    [("linear", lambda x: x), ("tanh", np.tanh), ("relu", lambda x: np.maximum(0, x))],
)
def test_every_map_is_projected_by_the_same_weights(activation, function):
    torch.manual_seed(0)
    module = Projection(units=7, activation=activation, batch_norm=False).build(SHAPE)
    torch.nn.init.normal_(module.transform.bias)
    weight, bias = (values.detach().numpy() for values in module.transform.parameters())
    projected = module(draw_features())[0].detach().numpy().reshape(2, 3, 4, 7)
    for time in range(3):
        for channel in range(4):
            pixels = draw_features()[:, time, channel].flatten(1).numpy()
            expected = function(pixels @ weight.T + bias)
            np.testing.assert_allclose(projected[:, time, channel], expected, atol=1e-5)


def test_paper_size_has_the_input_weights_of_one_recurrent_unit_set():
    with torch.device("meta"):
        module = Projection().build((1, 64, 56, 56))
    # (56² + 1)·32 + 2·32
    assert sum(parameter.numel() for parameter in module.parameters()) == 100_448
