import pytest
import torch

from sysid.configuration import Training
from sysid.errors import InterruptedTrainingError, SysidError
from sysid.interface import SolvableReadout
from sysid.interruption import StopRequest
from sysid.least_squares import solve
from sysid.model import Model
from sysid.sample import SessionSamples
from sysid.split import Window
from sysid.standardization import Standardization
from tests.toy import Flat, Rates, Same


class Solvable(SolvableReadout):
    def forward(self, features, behaviour):
        return features.flatten(2)[:, -1:, :3], features.new_zeros(())

    def loss(self, rates, responses, mask):
        return rates.sum()

    def solve(self, train, validation):
        self.seen = {"train": list(train()), "validation": list(validation()), "again": list(train())}
        return {"penalty": 3.0}


@pytest.fixture
def sessions(recording):
    return {"one": SessionSamples(recording, Window(2, include_current=True), torch.device("cpu"))}


def model_of(encoder, readout):
    return Model(Standardization(1), encoder, Same(), torch.nn.ModuleDict({"one": readout}))


def test_a_readout_is_given_passes_over_training_and_validation_bins(sessions):
    readout = Solvable()
    assert solve(model_of(Same(), readout), sessions, Training(evaluation_batch_size=8)) == {"penalty": 3.0}
    counts = {
        name: sum(len(features) for features, _, _ in batches) for name, batches in readout.seen.items()
    }
    assert counts["train"] == counts["again"] == sessions["one"].count("train")
    assert counts["validation"] == sessions["one"].count("validation")
    features, responses, mask = readout.seen["train"][0]
    assert features.shape == (8, 2, 1, 5, 4)
    assert responses.shape == mask.shape == (8, 3)


def test_a_solution_can_be_stopped_between_two_batches(sessions):
    readout, request = Solvable(), StopRequest()
    request.asked = True
    with pytest.raises(InterruptedTrainingError, match="interrupted between batches"):
        solve(model_of(Same(), readout), sessions, Training(), request)
    assert not hasattr(readout, "seen")


def test_a_part_with_weights_is_one_line(sessions):
    with pytest.raises(
        SysidError, match='"least_squares" fits the readout alone, but the encoder has weights'
    ):
        solve(model_of(Flat(40, 6), Solvable()), sessions, Training())


def test_a_readout_without_a_closed_form_is_one_line(sessions):
    with pytest.raises(
        SysidError, match='expected a readout that can be solved for "least_squares", got Rates'
    ):
        solve(model_of(Same(), Rates(20, 3)), sessions, Training())
