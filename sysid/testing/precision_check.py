"""Check that a part computes in float64 where it is asked to."""

import torch
from torch import Tensor, nn

from sysid.testing.closeness import is_close, largest_change
from sysid.testing.part import Inputs, Part

STEP = 1e-7  # of the input: float64 follows it to eight digits, float32 not at all
SAME = 1e-3
HINT = (
    "Usual mistake: a tensor made in forward without the input's dtype (`torch.zeros(…)` in place of "
    "`features.new_zeros(…)`), `.float()`, or a constant kept as a float32 attribute and no buffer."
)


def check_float64(part: Part) -> None:
    """Expect float64 out where module and input are float64, exact to more digits than float32 has.

    Raises:
        AssertionError: the output is float32, was float32 on the way, or differs from that of float32.
    """
    module = part.build(nudged=True)
    single = part.evaluate(module, part.draw(), "float64")
    module = module.double()
    inputs = part.draw().through(Tensor.double)
    with part.subject.running("float64", "forward after module.double()", HINT), torch.no_grad():
        output, penalty = part.call(module, inputs)
    for what, value in (("output", output), ("penalty", penalty)):
        part.subject.expect(
            value.dtype == torch.float64, "float64", f"{what} in float64", f"{value.dtype}", HINT
        )
    part.subject.expect(
        is_close(output, single.double(), SAME),
        "float64",
        "the output of float32 but for rounding",
        f"a difference of {largest_change(output, single):.2g}",
        HINT,
    )
    _expect_digits(part, module, inputs, output)


def _expect_digits(part: Part, module: nn.Module, inputs: Inputs, output: Tensor) -> None:
    """Take one tiny step and two: the second change is twice the first, unless rounding drowns both."""
    direction = part.draw(1).features.double()
    one, two = (
        part.evaluate(module, Inputs(inputs.features + steps * STEP * direction, inputs.behaviour), "float64")
        - output
        for steps in (1, 2)
    )
    part.subject.expect(
        is_close(two, 2 * one, 0.01) or float(two.abs().max()) == 0,
        "float64",
        f"the output to follow changes of {STEP:g} in the input, as float64 does",
        f"a change of {float(one.abs().max()):.2g} for one step and {float(two.abs().max()):.2g} for two: "
        "something is float32 on the way",
        HINT,
    )
