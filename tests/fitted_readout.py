"""Readouts on simulated neurons whose truth is known."""

import numpy as np
import torch

import sysid


def make_population(
    centres, frame_size=(9, 11), *, behaviour=(), mean=None, sd=None, lowest=float("nan"), sta=None
) -> sysid.Population:
    """Describe neurons with receptive field centres (x, y); NaN = not known."""
    centres = np.array(centres, dtype=float).reshape(-1, 2)
    channels = len(behaviour)
    return sysid.Population(
        ids=tuple(str(number) for number in range(len(centres))),
        frame_size=frame_size,
        centres=centres,
        sta=lambda: np.array(sta),
        lowest_response=lowest,
        behaviour=behaviour,
        behaviour_mean=np.zeros(channels) if mean is None else np.array(mean, dtype=float),
        behaviour_sd=np.ones(channels) if sd is None else np.array(sd, dtype=float),
    )


def fit(module, features, responses, behaviour=None, *, steps=600, rate=0.02, batch=64, seed=0):
    """Train a readout by Adam on features (sample, 1, channel, height, width), and leave it in evaluation.

    `responses` are (sample, neuron), NaN = not recorded; `behaviour` is (sample, time, channel).
    """
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    optimizer = torch.optim.Adam(module.parameters(), lr=rate)
    mask = ~torch.isnan(responses)[:, None]
    observed = torch.nan_to_num(responses)[:, None]
    module.train()
    for step in range(steps):
        for group in optimizer.param_groups:  # a smaller step at the end comes closer
            group["lr"] = rate if step < steps // 2 else rate / 5
        chosen = torch.randint(len(features), (batch,), generator=generator)
        beside = None if behaviour is None else behaviour[chosen]
        rates, penalty = module(features[chosen], beside)
        loss = module.loss(rates, observed[chosen], mask[chosen]) + penalty
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return module.eval()
