"""How well a readout that learns from earlier responses predicts the next bin, given those of the trial."""

import numpy as np
import torch

from sysid import metrics
from sysid.configuration import Training
from sysid.errors import SysidError
from sysid.model import Model
from sysid.sample import SessionSamples

ONE_STEP = "one_step_ahead"
"""The entry in `metrics.json`."""


@torch.no_grad()
def one_step_bits(model: Model, samples: SessionSamples, session: str, training: Training) -> np.ndarray:
    """Return bits per spike of every neuron, (neuron,), each bin of each test trial predicted from the last.

    Measured responses are given, so this is no score to hold against that of a model which sees the stimulus
    alone, nor against the ceiling that repeats set. What a rate is compared with is the same: the mean of the
    training bins.
    """
    model.eval()
    rates, responses = [], []
    for batch in samples.batches("test", training.evaluation_batch_size, earlier=True):
        rates.append(model(batch.stimulus, batch.behaviour, session, batch.earlier)[0][:, -1].cpu())
        responses.append(torch.where(batch.mask, batch.responses, torch.nan)[:, 0].cpu())
    observed = torch.cat(responses).numpy()[None]  # 1 bin·trial neuron
    return np.atleast_1d(metrics.bits_per_spike(observed, torch.cat(rates).numpy(), samples.mean_response()))


def refuse_averaged_trials(model: Model, trials: str) -> None:
    """Refuse to average trials for a readout that learns from the responses of each.

    `trials` is as in `[samples]` of a recipe.

    Raises:
        SysidError: there is such a readout; the line names the key.
    """
    if trials != "single" and any(model.takes_earlier(session) for session in model.readouts):
        raise SysidError(
            'samples.trials: expected "single", as the readout learns what a response of one trial does to '
            f'the next of that trial, got "{trials}"'
        )
