"""Check a readout that learns from responses of earlier bins."""

import torch
from torch import Tensor

from sysid.interface import AutoregressiveReadout
from sysid.testing.closeness import is_close, largest_change
from sysid.testing.loss_check import Responses
from sysid.testing.part import BATCH, Inputs, Part


def check_earlier(part: Part, responses: Responses) -> None:
    """Give measured responses, and expect rates that see those of earlier bins alone.

    Raises:
        AssertionError: it breaks, rates have another shape or are not finite where a bin was not recorded,
            or one sees the response of its own bin, of a later one, or of another element of the batch.
    """
    module = part.build(nudged=True)
    if not isinstance(module, AutoregressiveReadout):
        raise TypeError("only an AutoregressiveReadout has forward_given")
    inputs = part.draw()
    bins, neurons = part.input_shape[0] - 1, part.neurons or 1
    earlier = responses.draw((BATCH * bins, neurons), 3)[0].unflatten(0, (BATCH, bins))  # batch bin neuron
    usual = _evaluate(part, module, inputs, earlier)
    shape = tuple(usual.shape)
    part.subject.expect(
        len(shape) == 3 and shape[0] == BATCH and 1 <= shape[1] <= bins + 1 and shape[2] == neurons,
        "earlier",
        f"rates (batch, step, neuron) of ({BATCH}, 1 to {bins + 1}, {neurons})",
        f"{shape}",
        "Time is right-aligned: the last rate belongs to the bin after the last response.",
    )
    _check_finite(part, module, inputs, earlier)
    _check_alignment(part, module, inputs, earlier, usual)
    _check_batch(part, module, inputs, earlier, usual)


def _evaluate(part: Part, module: AutoregressiveReadout, inputs: Inputs, earlier: Tensor) -> Tensor:
    words = f"forward_given on earlier responses {tuple(earlier.shape)}"
    with part.subject.running("earlier", words), torch.no_grad():
        return module.forward_given(inputs.features, inputs.behaviour, earlier)[0]


def _check_finite(part: Part, module: AutoregressiveReadout, inputs: Inputs, earlier: Tensor) -> None:
    rates = _evaluate(part, module, inputs, torch.full_like(earlier, torch.nan))
    part.subject.expect(
        bool(torch.isfinite(rates).all()),
        "earlier",
        "finite rates where earlier responses are NaN, as they were not recorded",
        f"{int((~torch.isfinite(rates)).sum())} of {rates.numel()} NaN or infinite",
        "Usual mistake: `torch.nan_to_num` is missing.",
    )


def _check_alignment(
    part: Part, module: AutoregressiveReadout, inputs: Inputs, earlier: Tensor, usual: Tensor
) -> None:
    """Change the last response: only the last rate, that of the bin after it, may differ."""
    changed = earlier.clone()
    changed[:, -1] += 1
    after = _evaluate(part, module, inputs, changed)
    part.subject.expect(
        is_close(usual[:, :-1], after[:, :-1]),
        "earlier",
        "the rate of a bin to stay as it is when its own response, or that of a later bin, changes",
        f"a change of {largest_change(usual[:, :-1], after[:, :-1]):.2g}",
        "The last of the earlier responses is that of the bin before the last rate's.",
    )


def _check_batch(
    part: Part, module: AutoregressiveReadout, inputs: Inputs, earlier: Tensor, usual: Tensor
) -> None:
    """Change the responses of all elements but the first, whose rates must not differ."""
    changed = earlier.clone()
    changed[1:] += 1
    after = _evaluate(part, module, inputs, changed)
    part.subject.expect(
        is_close(usual[:1], after[:1]),
        "earlier",
        "an element's rates to stay as they are when the responses of others change",
        f"a change of {largest_change(usual[:1], after[:1]):.2g}",
        "Something is computed over the batch.",
    )
