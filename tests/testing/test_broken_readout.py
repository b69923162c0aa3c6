"""Tests for `sysid.testing`: readouts that are broken on purpose, each caught by the name of the check."""

import attrs
import pytest
import torch
from torch import nn

import sysid
from sysid.testing import check_readout
from sysid.testing.closeness import is_close, largest_change
from sysid.testing.readout_population import make_population, reopened


class Sound(sysid.SolvableReadout):
    """Read the mean of all pixels of a time step, with a gain by behaviour; the others differ by a detail."""

    def __init__(self, channels, population):
        super().__init__()
        self.linear = nn.Linear(channels, population.count)
        self.gain = nn.Parameter(torch.zeros(len(population.behaviour), population.count))
        mean = torch.tensor(population.behaviour_mean.tolist())
        self.register_buffer("mean", mean)
        self.ids = population.ids

    def forward(self, features, behaviour):
        rates = nn.functional.softplus(self.linear(features.mean((3, 4))))
        if behaviour is not None and len(self.gain):
            seen = torch.nan_to_num(behaviour[:, -rates.shape[1] :] - self.mean)
            rates = rates * (seen @ self.gain).exp()
        return self.change(rates), rates.new_zeros(())

    def change(self, rates):
        return rates

    def loss(self, rates, responses, mask):
        return sysid.poisson_loss(rates, responses, mask)

    def solve(self, train, validation):
        for features, _responses, _mask in train():
            with torch.no_grad():
                self.linear.bias += 1e-3 * features.mean()
        return {"penalty": 1.0}


class OneRate(Sound):
    """Read the last step alone, as closed form asks for."""

    def forward(self, features, behaviour):
        rates, penalty = super().forward(features, behaviour)
        return rates[:, -1:], penalty


class SolvedBadly(OneRate):
    def solve(self, train, validation):
        return {"penalty": float("nan")}


class MoreNeurons(OneRate):
    def change(self, rates):
        return torch.cat([rates, rates], dim=2)


class Summed(OneRate):
    def loss(self, rates, responses, mask):
        return torch.where(mask, rates - responses, 0.0).square().sum()


class Unmasked(OneRate):
    def loss(self, rates, responses, mask):
        return (rates - responses).square().mean()


class Undivided(OneRate):
    def loss(self, rates, responses, mask):
        return torch.where(mask, rates - responses, 0.0).square().sum() / mask.sum()


class Likelihood(OneRate):
    def loss(self, rates, responses, mask):
        return -sysid.poisson_loss(rates, responses, mask)


class Unreduced(OneRate):
    def loss(self, rates, responses, mask):
        return torch.where(mask, rates - responses, 0.0).square().mean((1, 2))


class TrainedLoss(OneRate):
    def __init__(self, channels, population):
        super().__init__(channels, population)
        self.log_scale = nn.Parameter(torch.zeros(population.count))

    def loss(self, rates, responses, mask):
        each = (rates - responses).abs() * (-self.log_scale).exp() + self.log_scale
        return torch.where(mask, each, 0.0).sum() / mask.sum().clamp(min=1)


class RawBehaviour(OneRate):
    def forward(self, features, behaviour):
        return super().forward(features, None if behaviour is None else behaviour + 1)


class NaNBehaviour(OneRate):
    def forward(self, features, behaviour):
        rates, penalty = super().forward(features, behaviour)
        return rates if behaviour is None else rates + 0 * behaviour[:, -1:].sum(2, keepdim=True), penalty


class LateBehaviour(Sound):
    def forward(self, features, behaviour):
        if behaviour is not None:
            behaviour = torch.nan_to_num(behaviour - self.mean)
            behaviour = behaviour.sum(1, keepdim=True).expand_as(behaviour) + self.mean
        return super().forward(features, behaviour)


class Remembering(OneRate):
    def __init__(self, channels, population):
        super().__init__(channels, population)
        self.scale = float(1 + population.sta().mean() ** 2)

    def change(self, rates):
        return rates * self.scale


MODULES = {cls.__name__: cls for cls in OneRate.__subclasses__()}
MODULES |= {"Sound": Sound, "OneRate": OneRate, "LateBehaviour": LateBehaviour}


@attrs.frozen
class Readout(sysid.Readout):
    """Do one thing wrong (Murphy 1949)."""

    kind: str = sysid.key("what is wrong", default="OneRate")

    def build(self, input_shape, population):
        if population.lowest_response < 0:
            raise sysid.SysidError("readout: expected counts")
        return MODULES[self.kind](input_shape[1], population)


@attrs.frozen
class Foreign(sysid.Readout):
    """Return what is no readout (Murphy 1949)."""

    def build(self, input_shape, population):
        return nn.Identity()


@attrs.frozen
class Refusing(sysid.Readout):
    """Take nobody (Murphy 1949)."""

    def build(self, input_shape, population):
        raise sysid.SysidError(f"readout: expected more than {population.count} neurons")


def test_the_readout_that_the_others_are_made_of_passes():
    check_readout(Readout())


def test_a_loss_may_have_parameters_of_its_own():
    check_readout(Readout("TrainedLoss"))


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (
            "Sound",
            "solve: Readout(kind='Sound') for 3 neurons: expected one rate for each window of features",
        ),
        (
            "SolvedBadly",
            "expected finite numbers and weights from 96 windows, got NaN or infinity in penalty",
        ),
        (
            "MoreNeurons",
            "shapes: Readout(kind='MoreNeurons') for 3 neurons: expected an output of (batch, time",
        ),
        (
            "Summed",
            "loss: Readout(kind='Summed') for 3 neurons: expected the same value for the same bins given",
        ),
        ("Unmasked", "expected bins that were not recorded, where the mask is false, to count for nothing"),
        ("Undivided", "expected a finite value where nothing was recorded at all, got nan"),
        ("Likelihood", "expected the lowest value where every response is 2 and every rate is 2"),
        (
            "RawBehaviour",
            "with 2 channels of behaviour: expected the same rates for `behaviour = None` as for",
        ),
        (
            "NaNBehaviour",
            "behaviour: Readout(kind='NaNBehaviour') for 5 neurons with 2 channels of behaviour: e",
        ),
        ("NaNBehaviour", "expected finite rates where behaviour is NaN"),
        (
            "Remembering",
            "state_dict: Readout(kind='Remembering') for 3 neurons: expected the same output from a",
        ),
        (
            "Unreduced",
            "gradients: Readout(kind='Unreduced') for 3 neurons: expected forward and backward to wo",
        ),
    ],
)
def test_a_broken_readout_is_caught_by_name(kind, words):
    with pytest.raises(AssertionError) as caught:
        check_readout(Readout(kind))
    assert words in str(caught.value)


def test_behaviour_of_later_bins_is_caught():
    @attrs.frozen
    class Late(sysid.Readout):
        """Look ahead in behaviour alone (Murphy 1949)."""

        def build(self, input_shape, population):
            if not population.behaviour:
                raise sysid.SysidError("readout: expected behaviour")
            return LateBehaviour(input_shape[1], population)

    with pytest.raises(AssertionError, match="expected rates of earlier bins to stay as they are when"):
        check_readout(Late())


def test_a_module_that_is_no_readout_is_told():
    with pytest.raises(AssertionError, match="expected build to return a sysid"):
        check_readout(Foreign())


def test_a_readout_may_refuse_some_populations_but_not_all():
    with pytest.raises(AssertionError, match=r"expected at least one input .* expected more than 3"):
        check_readout(Refusing())


def test_a_population_as_a_run_keeps_it_has_ids_and_centres_and_no_sta():
    population = make_population((6, 3, 7, 5), 5, behaviour=2)
    stored = reopened(population, 6)
    assert stored.ids == population.ids
    assert stored.behaviour == population.behaviour
    assert stored.sta().any() == False  # noqa: E712  # numpy's
    assert (stored.behaviour_sd == 1).all()


def test_values_are_close_by_the_largest_of_them():
    one = torch.tensor([100.0, 0.0])
    assert is_close(one, torch.tensor([100.005, 0.005]))
    assert not is_close(one, torch.tensor([100.0, 0.05]))
    assert not is_close(one, one[:1])
    assert largest_change(torch.tensor([torch.nan, torch.inf]), torch.tensor([torch.nan, torch.inf])) == 0
    assert largest_change(one, torch.tensor([torch.nan, 0.0])) == torch.inf
