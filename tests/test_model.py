"""Readouts by session."""

import pytest

from sysid.errors import SysidError
from sysid.model import Architecture, assemble
from sysid.neuron_knowledge import nameless_population
from sysid.outline import outline
from tests.toy import ToyCore, ToyEncoder, ToyReadout

ARCHITECTURE = Architecture(ToyEncoder(), ToyCore(), ToyReadout(), (3, 1, 5, 4))


def make(*sessions):
    populations = {
        name: nameless_population(number, (1, 5, 4), 3) for number, name in enumerate(sessions, start=2)
    }
    one = {"one": nameless_population(2, (1, 5, 4), 3)}
    return assemble(ARCHITECTURE, outline(ARCHITECTURE, one).shapes, populations, 0)


def test_every_session_has_a_readout_for_its_neurons():
    model = make("left", "right-2")
    assert {name: readout.linear.out_features for name, readout in model.readouts.items()} == {
        "left": 2,
        "right-2": 3,
    }


@pytest.mark.parametrize("name", ["", "mouse.1", "keys", "training"])
def test_a_session_whose_name_torch_uses_is_refused(name):
    with pytest.raises(SysidError) as error:
        make("left", name)
    assert str(error.value) == f'session "{name}": expected another name; torch has its own use for this one'
