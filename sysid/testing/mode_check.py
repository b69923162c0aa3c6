"""Check training mode and evaluation mode."""

import torch

from sysid.testing.closeness import different_names, largest_change
from sysid.testing.part import Part, keep_generator


def check_modes(part: Part) -> None:
    """Expect evaluation to repeat itself and to change nothing, and training to run on a batch of two.

    Raises:
        AssertionError: outputs or buffers change from call to call in evaluation, or training breaks.
    """
    subject = part.subject
    module = part.build(nudged=True)
    inputs = part.draw()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    first, again = (part.evaluate(module, inputs, "modes") for _ in range(2))
    subject.expect(
        largest_change(first, again) == 0,
        "modes",
        "the same output twice for the same input in evaluation",
        f"a difference of {largest_change(first, again):.2g}",
        "Usual mistake: noise or dropout that does not ask `self.training`, or a state kept between calls.",
    )
    changed = different_names(before, module.state_dict())
    subject.expect(
        not changed,
        "modes",
        "evaluation to leave parameters and buffers as they are",
        f"changes in {', '.join(changed)}",
        "Usual mistake: running statistics that are updated whatever `self.training` says.",
    )
    module.train()
    hint = "Training calls forward in training mode, on two or more elements, and then backward."
    with subject.running("modes", "a training step on a batch of two", hint), keep_generator(0):
        given = part.draw(batch=2)
        given.features.requires_grad_()  # a part without parameters has something to lead gradients to
        output, penalty = part.call(module, given)
        (output.square().mean() + penalty).backward()
    subject.expect(
        output.shape[1:] == first.shape[1:] and bool(torch.isfinite(output).all()),
        "modes",
        f"finite outputs of (2, {', '.join(map(str, first.shape[1:]))}) in training",
        f"{tuple(output.shape)}, {int((~torch.isfinite(output)).sum())} of them NaN or infinite",
        hint,
    )
