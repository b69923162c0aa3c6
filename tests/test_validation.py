"""What weights are chosen by: the loss on the validation bins of all sessions."""

import numpy as np
import pytest
import torch

from sysid.configuration import Training
from sysid.loss import poisson_loss
from sysid.model import Architecture, assemble
from sysid.neuron_knowledge import known_population
from sysid.outline import outline
from sysid.sample import SessionSamples
from sysid.split import Window
from sysid.validation import validate
from tests.conftest import make_presentation, make_recording
from tests.toy import ToyCore, ToyEncoder, ToyReadout


def make_sessions():
    """A session of 2 neurons and 17 validation bins, and one of 9 neurons and 38."""
    window, device = Window(3, include_current=True), torch.device("cpu")
    return {
        name: SessionSamples(
            make_recording(
                make_presentation(
                    frames=frames, neurons=neurons, seed=neurons, train=((0, 20),), validation=((20, frames),)
                )
            ),
            window,
            device,
        )
        for name, neurons, frames in (("few", 2, 39), ("many", 9, 60))
    }


def make_model(sessions):
    populations = {name: known_population(samples) for name, samples in sessions.items()}
    architecture = Architecture(ToyEncoder(), ToyCore(), ToyReadout(), (3, 1, 5, 4))
    return assemble(architecture, outline(architecture, populations).shapes, populations, 0)


def loss_of_bins(model, samples, session):
    """Return the loss of every validation bin, the mean over its neurons."""
    model.eval()
    with torch.no_grad():
        return [
            float(poisson_loss(model(batch.stimulus, None, session)[0][:, -1:], batch.responses, batch.mask))
            for batch in samples.batches("validation", 1)
        ]


@pytest.mark.parametrize("batch_size", [1, 5, 64])
def test_every_bin_weighs_the_same_whatever_the_neurons_of_its_session(batch_size):
    sessions = make_sessions()
    model = make_model(sessions)
    bins = {name: loss_of_bins(model, samples, name) for name, samples in sessions.items()}
    assert len(bins["many"]) > 2 * len(bins["few"]) > 0
    loss, _ = validate(model, sessions, Training(evaluation_batch_size=batch_size))
    assert loss == pytest.approx(np.mean(bins["few"] + bins["many"]), rel=1e-5)


def test_correlations_are_averaged_over_the_cells_of_all_sessions():
    sessions = make_sessions()
    model = make_model(sessions)
    alone = {name: validate(model, {name: samples}, Training())[1] for name, samples in sessions.items()}
    together = validate(model, sessions, Training())[1]
    assert together == pytest.approx((2 * alone["few"] + 9 * alone["many"]) / 11, rel=1e-6)
