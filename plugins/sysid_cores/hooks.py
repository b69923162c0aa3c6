"""The cores that ship with sysid."""

import sysid
from sysid_cores.attention import Attention
from sysid_cores.gru import Gru
from sysid_cores.identity import Identity
from sysid_cores.lstm import Lstm
from sysid_cores.projection import Projection
from sysid_cores.rnn import Rnn


@sysid.hookimpl
def sysid_cores() -> dict[str, type]:
    """Return the cores by name."""
    return {
        "attention": Attention,
        "gru": Gru,
        "identity": Identity,
        "lstm": Lstm,
        "projection": Projection,
        "rnn": Rnn,
    }
