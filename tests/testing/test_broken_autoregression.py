"""Tests for `sysid.testing`: readouts that learn from earlier responses, broken on purpose."""

import attrs
import pytest
import torch
from torch import nn

import sysid
from sysid.testing import check_readout


class Sound(sysid.AutoregressiveReadout):
    """Multiply rates by what the last response makes of them; the others differ by a detail."""

    def __init__(self, channels, neurons):
        super().__init__()
        self.linear = nn.Linear(channels, neurons)
        self.gain = nn.Parameter(torch.zeros(neurons))

    def forward(self, features, behaviour):
        rates = nn.functional.softplus(self.linear(features.mean((3, 4))))
        return rates * (self.gain * 0.5).exp(), rates.new_zeros(())

    def forward_given(self, features, behaviour, earlier):
        rates = nn.functional.softplus(self.linear(features.mean((3, 4))))[:, -earlier.shape[1] :]
        return rates * (self.gain * self.change(torch.nan_to_num(earlier))).exp(), rates.new_zeros(())

    def change(self, earlier):
        return earlier

    def loss(self, rates, responses, mask):
        return sysid.poisson_loss(rates, responses, mask)


class LooksAhead(Sound):
    def change(self, earlier):
        return earlier.sum(1, keepdim=True).expand_as(earlier)


class LooksAside(Sound):
    def change(self, earlier):
        return earlier + earlier.mean(0)


class Passing(Sound):
    def forward_given(self, features, behaviour, earlier):
        rates, penalty = self(features, behaviour)
        return rates[:, -earlier.shape[1] :] + 0 * earlier, penalty


class Unsqueezed(Sound):
    def forward_given(self, features, behaviour, earlier):
        rates, penalty = super().forward_given(features, behaviour, earlier)
        return rates[:, -1], penalty


MODULES = {cls.__name__: cls for cls in (Sound, *Sound.__subclasses__())}


@attrs.frozen
class Readout(sysid.Readout):
    """Do one thing wrong (Murphy 1949)."""

    kind: str = sysid.key("what is wrong", default="Sound")

    def build(self, input_shape, population):
        if population.lowest_response < 0:
            raise sysid.SysidError("readout: expected counts")
        return MODULES[self.kind](input_shape[1], population.count)


def test_the_readout_that_the_others_are_made_of_passes():
    check_readout(Readout())


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("LooksAhead", "expected the rate of a bin to stay as it is when its own response, or that of a lat"),
        ("LooksAside", "expected an element's rates to stay as they are when the responses of others chan"),
        ("Passing", "expected finite rates where earlier responses are NaN, as they were not recorded, got"),
        ("Unsqueezed", "expected rates (batch, step, neuron) of (4, 1 to 6, 3), got (4, 3)"),
    ],
)
def test_a_broken_readout_is_caught_by_name(kind, words):
    with pytest.raises(AssertionError) as caught:
        check_readout(Readout(kind))
    assert str(caught.value).startswith(f"check_readout: earlier: Readout(kind='{kind}')")
    assert words in str(caught.value)
