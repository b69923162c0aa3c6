"""Check a readout that can be fitted in closed form."""

from collections.abc import Iterator

import torch
from torch import Tensor

from sysid.interface import SolvableReadout
from sysid.testing.loss_check import Responses
from sysid.testing.part import Part

BATCHES, BATCH = 3, 32


def check_solve(part: Part, responses: Responses) -> None:
    """Fit on a few batches and expect finite numbers, finite weights and finite rates.

    Raises:
        AssertionError: it breaks, or leaves something that is not finite.
    """
    module = part.build()
    if not isinstance(module, SolvableReadout):
        raise TypeError("only a SolvableReadout has solve")
    steps = part.evaluate(module, part.draw(), "solve").shape[1]
    part.subject.expect(
        steps == 1,
        "solve",
        "one rate for each window of features, as least squares fits one response to each",
        f"{steps}",
        "A readout for closed form reads all time steps of its window at once.",
    )

    def batches(first: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        for seed in range(first, first + BATCHES):
            observed, mask = responses.draw((BATCH, part.neurons or 1), seed)
            yield part.draw(seed, batch=BATCH).features, observed, mask

    with part.subject.running("solve", "solve(train, validation)"):
        chosen = module.solve(lambda: batches(10), lambda: batches(20))
        broken = [name for name, value in chosen.items() if not torch.isfinite(torch.tensor(float(value)))]
    broken += [name for name, value in module.state_dict().items() if not bool(torch.isfinite(value).all())]
    part.subject.expect(
        not broken,
        "solve",
        "finite numbers and weights from 96 windows",
        f"NaN or infinity in {', '.join(broken)}",
        "Usual mistake: a singular matrix where there are fewer windows than weights: penalise it.",
    )
