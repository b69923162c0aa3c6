"""Check that the elements of a batch do not influence one another in evaluation."""

from sysid.testing.closeness import is_close, largest_change
from sysid.testing.part import Inputs, Part

HINT = (
    "Usual mistake: a mean, a norm or a sort over the batch axis (batch norm uses its running statistics in "
    "evaluation), or a reshape that mixes batch with another axis."
)


def check_batch(part: Part) -> None:
    """Expect one element's output to stay as it is when the others change, and when it comes alone.

    Raises:
        AssertionError: it changes.
    """
    module = part.build(nudged=True)
    inputs, others = part.draw(0), part.draw(1)
    first = part.evaluate(module, inputs, "batch")[:1]
    beside = part.evaluate(module, _with_first(inputs, others), "batch")[:1]
    part.subject.expect(
        is_close(first, beside),
        "batch",
        "an element's output to stay as it is when the other elements of its batch change, in evaluation",
        f"a change of {largest_change(first, beside):.2g}",
        HINT,
    )
    alone = part.evaluate(module, inputs.through(lambda values: values[:1]), "batch")
    part.subject.expect(
        is_close(first, alone),
        "batch",
        f"an element to have the same output alone, {tuple(first.shape)}, as among others, in evaluation",
        f"a change of {largest_change(first, alone):.2g}"
        if alone.shape == first.shape
        else f"{tuple(alone.shape)}",
        "Usual mistake: `squeeze()` without an axis, which also takes a batch of one away. " + HINT,
    )


def _with_first(inputs: Inputs, others: Inputs) -> Inputs:
    """Return the first element of one batch with the others of another, three times as strong and shifted."""
    mixed = others.through(lambda values: 3 * values + 1)
    mixed.features[:1] = inputs.features[:1]
    if mixed.behaviour is not None and inputs.behaviour is not None:
        mixed.behaviour[:1] = inputs.behaviour[:1]
    return mixed
