"""Recordings that have everything a recording may lack: of each kind one, small enough for a second.

A test installs `PLUGIN`; its recipes then say `use = "acme:odd"` and `kind = "..."`.
"""

import numpy as np

from sysid.provenance import Provenance
from sysid.recording import Neuron, Presentation, ReceptiveField, Recording

PLUGIN = """
    import attrs, sysid
    from tests.odd_recording import make

    @attrs.frozen
    class Odd(sysid.Dataset):
        '''A recording that lacks something.'''

        kind: str = sysid.key("what it lacks", default="nothing")
        unit: str = sysid.key("what its responses are", default="spikes")

        def describe(self):
            return {"session": sysid.Description()}

        def provenance(self):
            return make(self.kind, self.unit).provenance

        def load(self):
            return {"session": make(self.kind, self.unit)}

    @sysid.hookimpl
    def sysid_datasets():
        return {"odd": Odd}
"""
TRAIN, TEST = 60, 24  # frames
SIZE_PX = 6


def silence(train, test):
    train[..., 1] = test[..., 1] = 0


def hold(train, test):
    train[..., 1] = test[..., 1] = 2


def spike_once(train, test):
    silence(train, test)
    train[0, 20, 1] = 1


def spike_once_in_test(train, test):
    silence(train, test)
    test[0, 12, 1] = 1


def flatten_test(train, test):
    test[:] = 1


def silence_all(train, test):
    train[:] = test[:] = 0


def magnify(train, test):
    train *= 1e6
    test *= 1e6


def mask_test(train, test):
    test[..., 1] = np.nan


def mask_training(train, test):
    train[..., 1] = np.nan


def mask_everywhere(train, test):
    mask_test(train, test)
    mask_training(train, test)


def leave(train, test):
    pass


KINDS = {
    "nothing": leave,
    "silent neuron": silence,
    "constant neuron": hold,
    "one spike": spike_once,
    "one spike in the test part": spike_once_in_test,
    "flat test part": flatten_test,
    "no spikes at all": silence_all,
    "one repeat": leave,
    "millions": magnify,
    "grey stimulus": leave,
    "grey test stimulus": leave,
    "masked in the test part": mask_test,
    "masked in the training part": mask_training,
    "masked everywhere": mask_everywhere,
    "one neuron": leave,
    "one test bin": leave,
}


def make(kind: str, unit: str) -> Recording:
    """Return the recording that lacks one thing: 3 neurons, 3 repeats, 60 frames to train and 24 to test."""
    generator = np.random.default_rng(5)
    repeats = 1 if kind == "one repeat" else 3
    neurons = 1 if kind == "one neuron" else 3
    frames = [generator.integers(0, 256, (count, 1, SIZE_PX, SIZE_PX), np.uint8) for count in (TRAIN, TEST)]
    rates = [0.02 * each[:, 0, 2:5, 2].mean(axis=1)[:, None].repeat(neurons, axis=1) for each in frames]
    train, test = (generator.poisson(rate, (repeats, *rate.shape)).astype(np.float32) for rate in rates)
    KINDS[kind](train, test)
    if unit != "spikes":
        train, test = train - np.float32(0.5), test - np.float32(0.5)
    if kind == "grey stimulus":
        frames[0][:] = 127
    if kind.startswith("grey"):
        frames[1][:] = 127
    start = TEST - 1 if kind == "one test bin" else 0
    shown = (
        Presentation(
            "train", frames[0], train, np.full(TRAIN, 1 / 30), ((0, 44),), ((44, TRAIN),), response_kind=unit
        ),
        Presentation(
            "test", frames[1], test, np.full(TEST, 1 / 30), test=((start, TEST),), response_kind=unit
        ),
    )
    cells = tuple(Neuron(f"cell{number}", ReceptiveField((2.0, 3.0))) for number in range(neurons))
    checksum = f"{kind} {unit}"
    return Recording(shown, cells, 30.0, Provenance("a test", checksum=checksum, simulated=True))
