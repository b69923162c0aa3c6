"""Check rank and shapes on unequal axes, and the penalty."""

import torch

from sysid.testing.part import Part

CONTRACT = "One rank everywhere: batch, time, channel, height, width; readouts give batch, time, neuron."


def check_shapes(part: Part) -> None:
    """Expect the output's rank, its batch axis, no more steps than went in, and finite values.

    Raises:
        AssertionError: they are others.
    """
    inputs = part.draw()
    batch, frames = inputs.features.shape[:2]
    output = part.evaluate(part.build(), inputs, "shapes")
    shape = tuple(output.shape)
    if part.neurons is None:
        fits, expected = output.dim() == 5, "(batch, time, channel, height, width)"
    else:
        fits = output.dim() == 3 and shape[2] == part.neurons
        expected = f"(batch, time, {part.neurons} neurons)"
    given = f"for an input {tuple(inputs.features.shape)}"
    part.subject.expect(fits, "shapes", f"an output of {expected} {given}", str(shape), CONTRACT)
    part.subject.expect(
        shape[0] == batch,
        "shapes",
        f"an output with {batch} elements in its batch axis, the first, {given}",
        str(shape),
        "Usual mistake: batch and time are swapped, or flattened together and not brought apart again.",
    )
    part.subject.expect(
        1 <= shape[1] <= frames,
        "shapes",
        f"between 1 and {frames} time steps {given}",
        f"{shape[1]} in {shape}",
        "Usual mistake: another axis stands where time belongs, or padding adds steps.",
    )
    part.subject.expect(
        bool(torch.isfinite(output).all()),
        "shapes",
        "a finite output for standard normal input",
        f"{int((~torch.isfinite(output)).sum())} of {output.numel()} values NaN or infinite",
        "Usual mistake: a division, logarithm or root of zero, or memory that was never filled.",
    )


def check_penalty(part: Part) -> None:
    """Expect a finite scalar beside the output.

    Raises:
        AssertionError: it is something else.
    """
    with part.subject.running("penalty", "forward"), torch.no_grad():
        _, penalty = part.call(part.build(), part.draw())
    part.subject.expect(
        penalty.dim() == 0 and bool(torch.isfinite(penalty)),
        "penalty",
        "a finite scalar, a tensor of shape ()",
        f"a tensor of shape {tuple(penalty.shape)}" if penalty.dim() else f"{penalty.item()}",
        "Where there is none, return `output.new_zeros(())`; sum or average a penalty per element.",
    )
