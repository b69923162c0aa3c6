"""Look at every model of a recipe without training any."""

from collections.abc import Iterator

import attrs

from sysid.device import choose_device
from sysid.errors import DataNotFoundError, SysidError, SysidErrors
from sysid.estimate import Estimate, estimate_memory, time_step
from sysid.interface import Description
from sysid.model import Architecture
from sysid.neuron_knowledge import nameless_population
from sysid.outline import Outline, outline
from sysid.population import Population
from sysid.recipe import Recipe
from sysid.run_plan import RunPlan
from sysid.source import at
from sysid.thread import limit_threads
from sysid.trainability import check_trainable


@attrs.frozen
class Examined:
    """One variant on one dataset.

    Attributes:
        title: what the model is given and predicts, or why it cannot be outlined yet.
        outline: None where the dataset does not know its sizes and is not on this machine.
        estimate: None there too; without a time where there are no epochs, as in closed form.
        bins: of the dataset, where known: an epoch has at most as many samples.
    """

    variant: str
    dataset: str
    title: str
    outline: Outline | None = None
    estimate: Estimate | None = None
    bins: int | None = None

    @property
    def seconds_per_epoch(self) -> float | None:
        """Seconds per epoch at the most, where both bins and speed are known."""
        if self.bins is None or self.estimate is None or self.estimate.seconds_per_sample is None:
            return None
        return self.bins * self.estimate.seconds_per_sample


@attrs.frozen(eq=False)
class _Subject:
    """What has to be known of a plan's data to outline its models."""

    architecture: Architecture
    populations: dict[str, Population]
    bins: int | None
    outline: Outline


def examine(recipe: Recipe, *, timing: bool) -> Iterator[Examined]:
    """Yield every variant on every dataset once, its first fold standing for all.

    Args:
        recipe: from `sysid.load_recipe`.
        timing: whether to run a few training steps on random data.

    Raises:
        SysidErrors: devices that there are not and models that cannot be built, one line each, before
            anything is timed.
    """
    subjects: list[tuple[RunPlan, _Subject | None]] = []
    mistakes: list[str] = []
    for plan in first_runs(recipe):
        try:
            choose_device(plan.training.device)
        except SysidError as error:
            mistakes.append(str(at(str(recipe.path), error)))
        try:
            subjects.append((plan, _subject(plan)))
        except SysidError as error:
            mistakes.append(str(at(f"{recipe.path}: {plan.variant}", error)))
    if mistakes:
        raise SysidErrors(mistakes)
    timed: dict[tuple[object, ...], float | None] = {}
    for plan, subject in subjects:
        yield _examined(plan, subject, timed, timing=timing)


def first_runs(recipe: Recipe) -> list[RunPlan]:
    """Return the first run of every variant on every dataset."""
    first: dict[tuple[str, str], RunPlan] = {}
    for plan in recipe.runs:
        first.setdefault((plan.variant, plan.dataset_name), plan)
    return list(first.values())


def _examined(
    plan: RunPlan, subject: _Subject | None, timed: dict[tuple[object, ...], float | None], *, timing: bool
) -> Examined:
    """Say what one variant on one dataset is and costs; `timed` remembers models of the same shape."""
    if subject is None:
        why = "cannot be outlined: its sizes are known only from the data, which are not here"
        return Examined(plan.variant, plan.dataset_name, why)
    time, channels, height, width = subject.architecture.input_shape
    neurons = sum(population.count for population in subject.populations.values())
    title = f"{time} frames of {channels} × {height} × {width} → {neurons} neurons"
    model = (subject.architecture, neurons, plan.training)
    if timing and plan.training.method == "gradient" and model not in timed:
        with limit_threads(plan.training.threads):
            timed[model] = time_step(
                subject.outline, subject.architecture, subject.populations, plan.training
            )
    memory = estimate_memory(subject.outline, subject.architecture, plan.training, subject.bins)
    cost = Estimate(memory, timed.get(model))
    return Examined(plan.variant, plan.dataset_name, title, subject.outline, cost, subject.bins)


def _subject(plan: RunPlan) -> _Subject | None:
    descriptions = plan.dataset.describe()
    if not all(_complete(each) for each in descriptions.values()):
        try:
            descriptions = _measure(plan)
        except DataNotFoundError:
            return None
    first = next(iter(descriptions.values()))
    shape = (first.channels or 0, first.height or 0, first.width or 0)
    history = plan.samples.history
    populations = {
        session: nameless_population(each.neurons or 0, shape, history)
        for session, each in descriptions.items()
    }
    architecture = Architecture(plan.encoder, plan.core, plan.readout, (history, *shape))
    check_trainable(architecture, populations, plan.training, None)
    counts = [each.bins for each in descriptions.values()]
    bins = sum(count for count in counts if count is not None) if None not in counts else None
    return _Subject(architecture, populations, bins, outline(architecture, populations))


def _measure(plan: RunPlan) -> dict[str, Description]:
    """Return the sizes of the data themselves."""
    return {
        session: Description(
            *recording.frame_shape,
            neurons=len(recording.neurons),
            bins=sum(presentation.frames for presentation in recording.presentations),
        )
        for session, recording in plan.dataset.load().items()
    }


def _complete(description: Description) -> bool:
    return None not in (description.channels, description.height, description.width, description.neurons)
