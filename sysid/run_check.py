"""Find what would stop the runs of a recipe before any of them is begun."""

from collections.abc import Callable, Iterator

import attrs

from sysid.device import choose_device
from sysid.errors import SysidError, SysidErrors, at, lines_of
from sysid.neuron_knowledge import lowest_response, nameless_population
from sysid.outline import outline
from sysid.preparation import architecture, check_parts
from sysid.recording import Recording
from sysid.run_plan import RunPlan
from sysid.source import Recordings, Source
from sysid.split import Split, Window, split_bins
from sysid.trainability import check_trainable


def check_before(plans: list[RunPlan], sources: dict[str, Source], recordings: Recordings) -> None:
    """Read every dataset and outline every model once, so that a mistake shows before hours of training.

    Raises:
        SysidErrors: everything that is wrong, one line each.
    """
    mistakes: list[str] = []
    seen: set[tuple[str, str]] = set()
    broken: set[str] = set()
    for plan in plans:
        if (plan.variant, plan.dataset_name) in seen or plan.dataset_name in broken:
            continue
        seen.add((plan.variant, plan.dataset_name))
        try:
            loaded = recordings.load(plan, sources[plan.name])
        except SysidError as error:
            mistakes.append(str(error))
            broken.add(plan.dataset_name)
            continue
        mistakes += [f"{recordings.recipe_file}: {line}" for line in find_mistakes(plan, loaded)]
    if mistakes:
        raise SysidErrors(mistakes)


def find_mistakes(plan: RunPlan, loaded: dict[str, Recording]) -> Iterator[str]:
    """Yield what would stop a run, each line behind its place in the recipe.

    That is: no such device, a part of the split without bins, a model that cannot be built or trained, or
    one whose readout does not take responses like these.
    """
    window = Window(plan.samples.history, plan.samples.include_current)
    splits = {name: [split_bins(p, window) for p in each.presentations] for name, each in loaded.items()}

    populations = {
        name: nameless_population(
            len(each.neurons), each.frame_shape, plan.samples.history, len(each.behaviour)
        )
        for name, each in loaded.items()
    }

    def check_model() -> None:
        # of no samples at all, the parts tell
        samples = training_samples(splits, plan) or None
        check_trainable(architecture(plan, loaded), populations, plan.training, samples, plan.samples.trials)

    def check_responses() -> None:
        known = {
            name: attrs.evolve(each, lowest_response=lowest_response(loaded[name], splits[name]))
            for name, each in populations.items()
        }
        outline(architecture(plan, loaded), known)

    yield from _complaint("", lambda: choose_device(plan.training.device))
    yield from _complaint(f"datasets.{plan.dataset_name}", lambda: check_parts(splits, loaded, plan))
    yield from (
        _complaint(plan.variant, check_model)
        or _complaint(f"{plan.variant} on {plan.dataset_name}", check_responses)
    )


def _complaint(where: str, check: Callable[[], object]) -> tuple[str, ...]:
    """Return what a check has to say, behind `where` in the recipe if that is told; nothing if it passes."""
    try:
        check()
    except SysidError as error:
        return lines_of(at(where, error) if where else error)
    return ()


def training_samples(splits: dict[str, list[Split]], plan: RunPlan) -> int:
    """Count the training bins that a plan uses; single trials are more samples, never fewer."""
    counts = [sum(len(split.bins["train"]) for split in of_session) for of_session in splits.values()]
    return sum(max(1, round(plan.samples.fraction * count)) for count in counts if count)
