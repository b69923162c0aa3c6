"""Look at every model of a recipe without training any."""

from collections.abc import Iterator

import attrs

from sysid.errors import DataNotFoundError, SysidError, SysidErrors
from sysid.estimate import Estimate, estimate
from sysid.interface import Description
from sysid.model import Architecture
from sysid.neuron_knowledge import nameless_population
from sysid.outline import Outline, outline
from sysid.recipe import Recipe, RunPlan
from sysid.source import at


@attrs.frozen
class Examined:
    """One variant on one dataset.

    Attributes:
        title: what the model is given and predicts, or why it cannot be built yet.
        outline: None where the dataset does not know its sizes and is not on this machine.
        samples: training samples per epoch at the most, where known.
    """

    variant: str
    dataset: str
    title: str
    outline: Outline | None = None
    estimate: Estimate | None = None
    samples: int | None = None

    @property
    def seconds_per_epoch(self) -> float | None:
        """Seconds per epoch, where both samples and speed are known."""
        if self.samples is None or self.estimate is None or self.estimate.seconds_per_sample is None:
            return None
        return self.samples * self.estimate.seconds_per_sample


def examine(recipe: Recipe, *, timing: bool) -> Iterator[Examined]:
    """Outline every variant on every dataset once; mistakes of all variants come in one error first.

    Raises:
        SysidErrors: models that cannot be built, one line each.
    """
    plans = {(plan.variant, plan.dataset_name): plan for plan in reversed(recipe.runs)}
    mistakes: list[str] = []
    for plan in reversed(plans.values()):
        try:
            next(_examine(plan, timing=False))
        except SysidError as error:
            mistakes.append(str(at(f"{recipe.path}: {plan.variant}", error)))
    if mistakes:
        raise SysidErrors(mistakes)
    measured: dict[object, Examined] = {}
    for plan in reversed(plans.values()):
        yield from _examine(plan, timing=timing)


def _examine(plan: RunPlan, *, timing: bool) -> Iterator[Examined]:
    described = _describe(plan)
    if described is None:
        yield Examined(plan.variant, plan.dataset_name, "cannot be outlined: its sizes are known only from the data")
        return
    (channels, height, width), neurons, bins = described
    history = plan.samples.history
    architecture = Architecture(plan.encoder, plan.core, plan.readout, (history, channels, height, width))
    populations = {
        session: nameless_population(count, (channels, height, width), history) for session, count in neurons.items()
    }
    found = outline(architecture, populations)
    title = f"{history} frames of {channels} × {height} × {width} → {sum(neurons.values())} neurons"
    cost = estimate(found, architecture, populations, plan.training, bins, timing=timing)
    yield Examined(plan.variant, plan.dataset_name, title, found, cost, bins)


def _describe(plan: RunPlan) -> tuple[tuple[int, int, int], dict[str, int], int | None] | None:
    """Return frame shape, neurons by session and bins: as described, else from the data, else None."""
    descriptions = plan.dataset.describe()
    if not all(_complete(each) for each in descriptions.values()):
        try:
            recordings = plan.dataset.load()
        except DataNotFoundError:
            return None
        shape = next(iter(recordings.values())).frame_shape
        neurons = {session: len(recording.neurons) for session, recording in recordings.items()}
        bins = sum(p.frames for recording in recordings.values() for p in recording.presentations)
        return shape, neurons, bins
    first = next(iter(descriptions.values()))
    assert first.channels is not None and first.height is not None and first.width is not None
    bins = [each.bins for each in descriptions.values()]
    known = sum(count for count in bins if count is not None) if None not in bins else None
    neurons = {session: each.neurons or 0 for session, each in descriptions.items()}
    return (first.channels, first.height, first.width), neurons, known


def _complete(description: Description) -> bool:
    return None not in (description.channels, description.height, description.width, description.neurons)
