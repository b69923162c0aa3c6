import pytest

from sysid.configuration import Training
from sysid.errors import SysidError
from sysid.model import Architecture
from sysid.neuron_knowledge import nameless_population
from sysid.trainability import check_trainable
from tests.toy import ToyCore, ToyEncoder, ToyReadout

POPULATIONS = {"one": nameless_population(7, (1, 5, 4), 3)}
ARCHITECTURE = Architecture(ToyEncoder(), ToyCore(), ToyReadout(), (3, 1, 5, 4))


@pytest.mark.parametrize(
    ("training", "samples", "message"),
    [
        (
            Training(batch_size=1),
            9,
            "training.batch_size: expected at least 2, as the model has batch norm, got 1",
        ),
        (Training(), 1, "training: expected at least 2 samples, as the model has batch norm, got 1"),
        (
            Training(method="least_squares"),
            9,
            '"least_squares" fits the readout alone, but the encoder has weights',
        ),
    ],
)
def test_what_cannot_be_trained_is_one_line(training, samples, message):
    with pytest.raises(SysidError, match=message):
        check_trainable(ARCHITECTURE, POPULATIONS, training, samples, "mean")


def test_what_can_be_trained_passes():
    check_trainable(ARCHITECTURE, POPULATIONS, Training(), None, "mean")
    check_trainable(ARCHITECTURE, POPULATIONS, Training(batch_size=2), 2, "mean")
