"""Recordings small enough to check by hand, for every test."""

import signal
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from sysid.provenance import Provenance
from sysid.recording import Neuron, Presentation, Recording
from tests.installed_plugin import Site, on_path

SIMULATED = Provenance(source="a test", checksum="0", simulated=True)


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)


@pytest.fixture(autouse=True, scope="session")
def _interruptions_are_heard():
    """A shell starts what runs in the background deaf to SIGINT, and Python then leaves it so."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _no_data_of_this_machine(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "no-cache"))
    monkeypatch.delenv("SYSID_DATA_DIR", raising=False)


def make_presentation(
    frames=40, repeats=2, neurons=3, height=5, width=4, seed=0, name="movie", dtype=np.uint8, **ranges
) -> Presentation:
    """Make a presentation of random frames and random counts."""
    generator = np.random.default_rng(seed)
    stimulus = generator.integers(0, 256, (frames, 1, height, width)).astype(dtype)
    responses = generator.poisson(1.0, (repeats, frames, neurons)).astype(np.float32)
    bin_duration_s = np.full(frames, 1 / 30)
    return Presentation(name, stimulus, responses, bin_duration_s, **ranges)


def make_recording(*presentations: Presentation, behaviour: tuple[str, ...] = ()) -> Recording:
    """Make a recording of presentations that share their neurons and the channels of behaviour."""
    count = presentations[0].responses.shape[2]
    neurons = tuple(Neuron(f"cell{number}") for number in range(count))
    return Recording(presentations, neurons, 30.0, SIMULATED, behaviour=behaviour)


@pytest.fixture
def recording() -> Recording:
    """Three neurons, 40 frames: 22 to train, 8 to validate, 10 to test."""
    return make_recording(make_presentation(train=((0, 22),), validation=((22, 30),), test=((30, 40),)))


@pytest.fixture
def site(tmp_path) -> Iterator[Site]:
    """An empty site folder on the path."""
    with on_path(tmp_path / "site") as place:
        yield place
