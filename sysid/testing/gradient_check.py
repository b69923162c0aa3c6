"""Check that gradients reach the input and every parameter."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from sysid.testing.part import Inputs, Part, keep_generator

STEPS = 3  # of training: a factor that starts at zero lets gradients through only after the first
RATE = 0.01
HINT = (
    "Usual mistake: it is not used in forward, or the way to it is cut by `detach`, `.data`, `no_grad`, "
    "`item`, a rounding or a comparison."
)

Objective = Callable[[Tensor], Tensor]


def check_gradients(part: Part, objective: Callable[[nn.Module], Objective]) -> None:
    """Take a few steps in evaluation mode and expect a gradient at the input and at every parameter.

    A parameter that acts in training alone, such as the spread of noise, may get its own there.

    Args:
        part: under check.
        objective: makes, for a module, the scalar of its output that is minimised.

    Raises:
        AssertionError: one gets none, or one that is not finite.
    """
    module = part.build()
    waiting = {name: each for name, each in module.named_parameters() if each.requires_grad and each.numel()}
    reached_input = False
    for step in range(STEPS + 1):
        if step == STEPS:
            if not waiting:
                break
            module.train()
        inputs = part.draw(step)
        features = inputs.features.requires_grad_()
        with part.subject.running("gradients", "forward and backward"), keep_generator(step):
            module.zero_grad()
            output, _ = part.call(module, Inputs(features, inputs.behaviour))
            objective(module)(output).backward()
        _expect_finite(part, module, features.grad)
        reached_input |= features.grad is not None and bool(features.grad.any())
        waiting = {
            name: each for name, each in waiting.items() if each.grad is None or not bool(each.grad.any())
        }
        _descend(module)
    part.subject.expect(
        reached_input, "gradients", "a gradient at the input", "none, or zero everywhere", HINT
    )
    part.subject.expect(
        not waiting,
        "gradients",
        f"a gradient at every parameter within {STEPS} steps",
        f"none, or zero everywhere, at {', '.join(waiting)}",
        HINT + " A parameter that is not to be trained has requires_grad = False, or is a buffer.",
    )


def _expect_finite(part: Part, module: nn.Module, at_input: Tensor | None) -> None:
    found = {name: each.grad for name, each in module.named_parameters()} | {"the input": at_input}
    broken = [
        name for name, grad in found.items() if grad is not None and not bool(torch.isfinite(grad).all())
    ]
    part.subject.expect(
        not broken,
        "gradients",
        "finite gradients for standard normal input",
        f"NaN or infinity at {', '.join(broken)}",
        "Usual mistake: the root or norm of zero, or `torch.where` around a division by zero.",
    )


@torch.no_grad()
def _descend(module: nn.Module) -> None:
    for parameter in module.parameters():
        if parameter.requires_grad and parameter.grad is not None:
            parameter.sub_(RATE * parameter.grad.sign())


def weigh(_module: nn.Module) -> Objective:
    """Return a sum of the output with fixed random weights: no part of it can cancel another."""

    def objective(output: Tensor) -> Tensor:
        generator = torch.Generator().manual_seed(0)
        return (output * torch.randn(output.shape, generator=generator)).sum()

    return objective
