"""Which sample and which neuron made a loss that is not finite."""

import torch
from jaxtyping import Bool, Float, Shaped
from torch import Tensor

from sysid.interface import ReadoutModule
from sysid.sample import Batch, SessionSamples

SHOWN = 3  # presentations in a line
NEURON = 2  # axes of responses: batch, time, neuron
SAMPLE = 0


def name_broken_input(samples: SessionSamples, batch: Batch, chosen: Tensor) -> str:
    """Say which sample of a batch has an input that is not finite, or nothing; asked before `name_culprit`.

    Args:
        samples: of the session.
        batch: those of this process.
        chosen: numbers of its samples among the training samples.
    """
    for what, values in (("pixels", batch.stimulus), ("behaviour", batch.behaviour)):
        if values is not None and values.is_floating_point():
            # NaN in behaviour is what was not measured
            wrong = torch.isinf(values) if what == "behaviour" else ~torch.isfinite(values)
            if wrong.any():
                sample = int(chosen[_first(wrong.flatten(1).any(dim=1))])
                return f"{what} that are NaN or infinite in the window of {samples.name_bin(sample)}"
    return ""


@torch.no_grad()
def name_culprit(
    samples: SessionSamples,
    batch: Batch,
    chosen: Tensor,
    readout: ReadoutModule,
    rates: Float[Tensor, "batch any_time neuron"],
    penalty: Float[Tensor, ""],
) -> str:
    """Say which neuron is predicted what is not finite, or has a loss that is not, or whether the penalty is.

    An input that is not finite spreads to predictions of other samples by batch norm, so it is no neuron's
    fault: `name_broken_input` comes first.

    Args:
        samples, batch, chosen: as there.
        readout: of the session.
        rates, penalty: of the model.
    """
    rates = rates[:, -batch.responses.shape[1] :].float()  # batch time neuron
    wrong = ~torch.isfinite(rates)
    what = "a prediction"
    if not wrong.any():
        wrong = find_loss(readout, rates, batch.responses, batch.mask)
        what = "a loss"
    if wrong.any():
        return _name_neuron(what, wrong, samples, chosen)
    return "" if torch.isfinite(penalty).all() else "a penalty that is NaN or infinite"


def _name_neuron(
    what: str, wrong: Bool[Tensor, "batch time neuron"], samples: SessionSamples, chosen: Tensor
) -> str:
    """Name the first neuron and its first bin, and count the others."""
    neurons = wrong.flatten(0, 1).any(dim=0)
    number, others = _first(neurons), int(neurons.sum()) - 1
    sample = int(chosen[_first(wrong[..., number].any(dim=1))])
    name = samples.recording.neurons[number].id
    more = f" and {others} more" if others else ""
    return f"neuron {name}{more}, with {what} that is NaN or infinite at {samples.name_bin(sample)}"


def find_loss(
    readout: ReadoutModule,
    rates: Float[Tensor, "batch time neuron"],
    responses: Float[Tensor, "batch time neuron"],
    mask: Bool[Tensor, "batch time neuron"],
) -> Bool[Tensor, "batch time neuron"]:
    """Return the first neuron, and its first sample, that make the loss not finite; nowhere if none does.

    A readout tells one loss of everything, so it is asked for halves of the neurons, then of the samples.
    """
    for axis in (NEURON, SAMPLE):
        start, stop = 0, mask.shape[axis]
        while stop - start > 1:
            middle = (start + stop) // 2
            kept = _keep(mask, axis, start, middle)
            first_half = not torch.isfinite(readout.loss(rates, responses, kept))
            start, stop = (start, middle) if first_half else (middle, stop)
        mask = _keep(mask, axis, start, stop)
    broken = not torch.isfinite(readout.loss(rates, responses, mask))
    return mask if broken else torch.zeros_like(mask)


def _keep(
    mask: Bool[Tensor, "batch time neuron"], axis: int, start: int, stop: int
) -> Bool[Tensor, "batch time neuron"]:
    """Return a mask that is true in a range of one axis alone."""
    kept = torch.zeros_like(mask)
    here = kept.narrow(axis, start, stop - start)
    here.copy_(mask.narrow(axis, start, stop - start))
    return kept


def _first(claims: Shaped[Tensor, " entry"]) -> int:
    return int(claims.nonzero()[0, 0])


def describe_places(samples: SessionSamples, chosen: Tensor) -> str:
    """Say which bins of which presentations some training samples are of."""
    spans = samples.spans(chosen)
    named = [f"bins {first} to {last} of {name}" for name, (first, last) in spans.items()]
    more = f" and {len(named) - SHOWN} more presentations" if len(named) > SHOWN else ""
    return ", ".join(named[:SHOWN]) + more
