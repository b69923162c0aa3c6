"""Find what would stop the runs of a recipe before any of them is begun."""

from collections.abc import Iterator

from sysid.device import choose_device
from sysid.errors import SysidError, SysidErrors
from sysid.execution import architecture, check_parts
from sysid.neuron_knowledge import nameless_population
from sysid.recording import Recording
from sysid.run_plan import RunPlan
from sysid.source import Recordings, Source, at
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
        mistakes += find_mistakes(plan, loaded, recordings.recipe_file)
    if mistakes:
        raise SysidErrors(mistakes)


def find_mistakes(plan: RunPlan, loaded: dict[str, Recording], recipe_file: str) -> Iterator[str]:
    """Yield what would stop a run: no such device, a part of the split without bins, a model that fails."""
    window = Window(plan.samples.history, plan.samples.include_current)
    splits = {name: [split_bins(p, window) for p in each.presentations] for name, each in loaded.items()}

    def check_model() -> None:
        populations = {
            name: nameless_population(len(each.neurons), each.frame_shape, plan.samples.history)
            for name, each in loaded.items()
        }
        check_trainable(
            architecture(plan, loaded), populations, plan.training, training_samples(splits, plan)
        )

    def check_splits() -> None:
        check_parts(splits, plan)

    for where, check in (
        (recipe_file, lambda: choose_device(plan.training.device)),
        (f"{recipe_file}: datasets.{plan.dataset_name}", check_splits),
        (f"{recipe_file}: {plan.variant}", check_model),
    ):
        try:
            check()
        except SysidError as error:
            yield str(at(where, error))


def training_samples(splits: dict[str, list[Split]], plan: RunPlan) -> int:
    """Count the training bins that a plan uses; single trials are more samples, never fewer."""
    counts = [sum(len(split.bins["train"]) for split in of_session) for of_session in splits.values()]
    return sum(max(1, round(plan.samples.fraction * count)) for count in counts)
