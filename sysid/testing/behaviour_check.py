"""Check what a readout does with behaviour, and without."""

import torch

from sysid.population import Population
from sysid.testing.closeness import is_close, largest_change
from sysid.testing.part import Inputs, Part

LONGER = 2  # bins of behaviour more than the features have steps, as after an encoder that takes some


def check_behaviour(part: Part, population: Population) -> None:
    """Expect a readout to run without behaviour, with none measured, and with the average of it.

    Raises:
        AssertionError: it breaks, an output is not finite, or None is not the average behaviour.
    """
    if not part.behaviour:
        return
    module = part.build(nudged=True)
    inputs = part.draw()
    without = part.evaluate(module, Inputs(inputs.features, None), "behaviour")
    batch, time = inputs.features.shape[:2]
    average = torch.tensor(population.behaviour_mean.tolist()).expand(batch, time, -1)
    usual = part.evaluate(module, Inputs(inputs.features, average), "behaviour")
    part.subject.expect(
        is_close(without, usual),
        "behaviour",
        "the same rates for `behaviour = None` as for the average behaviour, which None stands for",
        f"a difference of {largest_change(without, usual):.2g}",
        "Usual mistake: behaviour is not standardised by the population's mean and sd.",
    )
    unknown = torch.full_like(average, torch.nan)
    _check_finite(part, module, Inputs(inputs.features, unknown))
    _check_alignment(part, module, inputs)


def _check_finite(part: Part, module: torch.nn.Module, inputs: Inputs) -> None:
    rates = part.evaluate(module, inputs, "behaviour")
    part.subject.expect(
        bool(torch.isfinite(rates).all()),
        "behaviour",
        "finite rates where behaviour is NaN, as it was not measured",
        f"{int((~torch.isfinite(rates)).sum())} of {rates.numel()} NaN or infinite",
        "`torch.nan_to_num` after standardising takes what was not measured for the average.",
    )


def _check_alignment(part: Part, module: torch.nn.Module, inputs: Inputs) -> None:
    """Give more behaviour than features: the last of each belong together, and no rate sees a later bin."""
    if inputs.behaviour is None:
        return
    before = inputs.behaviour[:, :1].expand(-1, LONGER, -1)
    longer = torch.cat([before, inputs.behaviour], dim=1)  # batch step channel
    usual = part.evaluate(module, Inputs(inputs.features, longer), "behaviour")
    changed = longer.clone()
    changed[:, -1] += 5
    after = part.evaluate(module, Inputs(inputs.features, changed), "behaviour")
    part.subject.expect(
        is_close(usual[:, :-1], after[:, :-1]),
        "behaviour",
        "rates of earlier bins to stay as they are when the behaviour of the last bin changes",
        f"a change of {largest_change(usual[:, :-1], after[:, :-1]):.2g}",
        "Behaviour is right-aligned: its last step is that of the last rate's bin.",
    )
