"""How well a model that is being trained does on the validation bins."""

import math

import numpy as np
import torch

from sysid.configuration import Training
from sysid.metrics import correlation
from sysid.model import Model
from sysid.sample import SessionSamples
from sysid.shared_batch import gather_rows, share_batch


@torch.no_grad()
def validate(model: Model, sessions: dict[str, SessionSamples], training: Training) -> tuple[float, float]:
    """Return the loss on the validation bins, without penalties, and the mean correlation over cells.

    The loss is what training minimises: that of a readout which learns from earlier responses is one step
    ahead of them. Its correlation is, as any other's, that of what the stimulus alone lets one expect.
    """
    model.eval()
    total, count = 0.0, 0
    correlations: list[np.ndarray] = []
    for session, samples in sessions.items():
        predictions, responses = [], []
        given = model.takes_earlier(session)
        for batch in samples.batches("validation", training.evaluation_batch_size, earlier=given):
            with share_batch(len(batch.stimulus)) as own:
                behaviour = None if batch.behaviour is None else batch.behaviour[own]
                rates = gather_rows(model(batch.stimulus[own], behaviour, session)[0][:, -1:])
                fitted = rates
                if batch.earlier is not None:
                    one_step = model(batch.stimulus[own], behaviour, session, batch.earlier[own])[0]
                    fitted = gather_rows(one_step[:, -1:])
            loss = model.readout(session).loss(fitted, batch.responses, batch.mask)
            total += float(loss) * len(rates)
            count += len(rates)
            predictions.append(rates[:, 0].cpu())
            responses.append(torch.where(batch.mask, batch.responses, torch.nan)[:, 0].cpu())
        if predictions:
            shown = torch.cat(responses).numpy()[None]  # 1 bin neuron
            correlations.append(correlation(shown, torch.cat(predictions).numpy()))
    if not count:
        return math.nan, math.nan
    cells = np.concatenate(correlations)
    cells = cells[~np.isnan(cells)]
    return total / count, float(cells.mean()) if len(cells) else math.nan
