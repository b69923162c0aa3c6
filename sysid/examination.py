"""Look at every model of a recipe without training any."""

from collections.abc import Iterator

import attrs

from sysid.device import choose_device
from sysid.epoch_time import EpochTime, StepTime, epoch_time, time_steps
from sysid.errors import SysidError, SysidErrors, lines_of
from sysid.estimate import Memory, estimate_memory
from sysid.outline import Outline
from sysid.recipe import Recipe
from sysid.run_plan import RunPlan
from sysid.subject import Subject, Subjects
from sysid.thread import limit_threads
from sysid.trial import make_trial


@attrs.frozen
class Estimate:
    """What a run costs.

    Attributes:
        memory: at its peak.
        step: what a training step takes; None where it was not timed, as in closed form.
        epoch: what an epoch takes; None there too, and where not even the bins are known.
    """

    memory: Memory
    step: StepTime | None = None
    epoch: EpochTime | None = None

    @property
    def memory_bytes(self) -> int:
        """Of the process at its peak."""
        return self.memory.process_bytes


@attrs.frozen
class Examined:
    """One variant on one dataset.

    Attributes:
        title: what the model is given and predicts.
        outline: of the model.
        estimate: of what it costs.
        samples: in the training part of all sessions; None where even the bins are not known.
        exact: whether that was counted in the data; otherwise all bins are, so an epoch has at most as many.
        absence: why the data are not here; nothing where they are, or were not looked for.
        warnings: what may be a mistake in the data, if they were read.
    """

    variant: str
    dataset: str
    title: str
    outline: Outline
    estimate: Estimate
    samples: int | None = None
    exact: bool = False
    absence: str = ""
    warnings: tuple[str, ...] = ()


def examine(recipe: Recipe, *, timing: bool) -> Iterator[Examined]:
    """Yield every variant on every dataset once, its first fold standing for all.

    Args:
        recipe: from `sysid.load_recipe`.
        timing: whether to run a few training steps on random data, and to read the data that are here, so
            that the samples of an epoch can be counted.

    Raises:
        SysidErrors: whatever would stop a run (devices that there are not, models that cannot be built or
            trained, data that are broken), and data that are not here and alone know their sizes: one line
            each, before anything is timed.
    """
    subjects: list[tuple[RunPlan, Subject]] = []
    mistakes: list[str] = []
    find = Subjects(counting=timing)
    for plan in first_runs(recipe):
        try:
            choose_device(plan.training.device)
        except SysidError as error:
            mistakes += lines_of(error)
        try:
            subjects.append((plan, find.of(plan)))
        except SysidError as error:
            mistakes += lines_of(error)
    if mistakes:
        raise SysidErrors(f"{recipe.path}: {line}" for line in mistakes)
    known: dict[tuple[object, ...], tuple[Memory, StepTime | None]] = {}
    for plan, subject in subjects:
        yield _examined(plan, subject, known, timing=timing)


def first_runs(recipe: Recipe) -> list[RunPlan]:
    """Return the first run of every variant on every dataset."""
    first: dict[tuple[str, str], RunPlan] = {}
    for plan in recipe.runs:
        first.setdefault((plan.variant, plan.dataset_name), plan)
    return list(first.values())


def _examined(
    plan: RunPlan,
    subject: Subject,
    known: dict[tuple[object, ...], tuple[Memory, StepTime | None]],
    *,
    timing: bool,
) -> Examined:
    """Say what one variant on one dataset is and costs; `known` remembers models of the same shape."""
    time, channels, height, width = subject.architecture.input_shape
    sizes = [(each.count, len(each.behaviour)) for each in subject.populations.values()]
    title = (
        f"{time} frames of {channels} × {height} × {width} → {sum(neurons for neurons, _ in sizes)} neurons"
    )
    if subject.stand_in is not None:
        title += f' (of "{subject.stand_in}", which stands in for a recording that is not here)'
    key = (subject.architecture, *sizes, plan.training, subject.movie, subject.responses)
    if key not in known:
        known[key] = _cost(plan, subject, timing=timing)
    memory, step = known[key]
    counts = subject.counts
    epoch = None if step is None or counts is None else epoch_time(step, counts, plan.training)
    return Examined(
        plan.variant,
        plan.dataset_name,
        title,
        subject.outline,
        Estimate(memory, step, epoch),
        None if counts is None else sum(count.train for count in counts),
        counts is not None and all(count.exact for count in counts),
        subject.absence,
        subject.warnings,
    )


def _cost(plan: RunPlan, subject: Subject, *, timing: bool) -> tuple[Memory, StepTime | None]:
    """Trace the memory of a model and, where that is asked for, time its steps."""
    architecture, populations, training = subject.architecture, subject.populations, plan.training
    memory = estimate_memory(
        subject.outline, architecture, populations, training, subject.movie, subject.responses
    )
    if not timing or training.method != "gradient":
        return memory, None
    device = choose_device(training.device)
    with limit_threads(training.threads):
        trial = make_trial(architecture, subject.outline.shapes, populations, training, device)
        return memory, time_steps(trial, training.evaluation_batch_size)
