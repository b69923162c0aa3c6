"""Turn the tables of a recipe into runs: variant × dataset × fold × seed."""

import itertools
from collections.abc import Iterator
from typing import Any

import attrs

from sysid.component import Kind
from sysid.configuration import AnalysisKeys, Published, Samples, Training
from sysid.errors import did_you_mean
from sysid.joined_dataset import first_of
from sysid.recipe_dataset import DatasetPlan, plan_datasets, runnable
from sysid.recipe_origin import place_in_variant
from sysid.recipe_overlay import Table, resolve_variant
from sysid.registry import Registry
from sysid.run_name import fits
from sysid.run_plan import AnalysisPlan, RunPlan, try_structure_component
from sysid.schema import try_structure
from sysid.schema_error import Mistake

PARTS: tuple[Kind, ...] = ("encoder", "core", "readout")
ANALYSIS_KEYS = tuple(field.name for field in attrs.fields(AnalysisKeys))


@attrs.frozen
class Plan:
    """What a recipe comes to; `runs` is only complete where there are no mistakes."""

    runs: tuple[RunPlan, ...]
    published: tuple[Published, ...]
    mistakes: tuple[Mistake, ...]


@attrs.frozen
class Figures:
    """Hold the rows of `[[published]]`."""

    published: tuple[Published, ...]


@attrs.frozen
class VariantPlan:
    """The sections of one variant, each typed; `parts` and `analyses` with who provided them."""

    samples: Samples
    training: Training
    parts: dict[Kind, tuple[Any, Any]]
    analyses: tuple[tuple[AnalysisPlan, AnalysisKeys], ...]


def plan_runs(document: Table, registry: Registry) -> Plan:
    """Type and check a recipe's tables, and multiply out its runs; every mistake is found at once."""
    datasets, mistakes = plan_datasets(document.get("datasets", {}), registry)
    if not document.get("datasets"):
        mistakes.append(Mistake(("datasets",), "expected at least one table [datasets.NAME], got none"))
    runs: list[RunPlan] = []
    for variant, own in document["variants"].items():
        plan, found = _plan_variant(resolve_variant(document, variant), registry)
        mistakes += [place_in_variant(document, variant, mistake) for mistake in found]
        mistakes += _check_chosen(variant, own, document.get("datasets", {}))
        if plan is not None:
            chosen = [datasets[name] for name in own.get("datasets", runnable(datasets)) if name in datasets]
            runs += _multiply(variant, plan, chosen, datasets)
    mistakes += _check_patterns(document, runs)
    published, found = _plan_published(document)
    return Plan(tuple(runs), published, (*mistakes, *found))


def _plan_variant(sections: Table, registry: Registry) -> tuple[VariantPlan | None, list[Mistake]]:
    """Return a variant's sections typed, or None, and what is wrong with them."""
    mistakes: list[Mistake] = []

    def keep(result: tuple[Any, tuple[Mistake, ...]], *path: str) -> Any:
        instance, found = result
        mistakes.extend(attrs.evolve(mistake, path=(*path, *mistake.path)) for mistake in found)
        return instance

    samples = keep(try_structure(Samples, sections["samples"]), "samples")
    training = keep(try_structure(Training, sections["training"]), "training")
    parts = {kind: keep(try_structure_component(registry, kind, sections[kind]), kind) for kind in PARTS}
    analyses = []
    for name, table in sections["analyses"].items():
        own = {key: value for key, value in table.items() if key in ANALYSIS_KEYS}
        keys = keep(try_structure(AnalysisKeys, own), "analyses", name)
        part = keep(
            try_structure_component(registry, "analysis", table, leave_out=ANALYSIS_KEYS), "analyses", name
        )
        if part is not None:
            analyses.append((AnalysisPlan(name, *part), keys))
    if mistakes:
        return None, mistakes
    return VariantPlan(samples, training, parts, tuple(analyses)), []


def _check_patterns(document: Table, runs: list[RunPlan]) -> Iterator[Mistake]:
    """Yield patterns of analyses that fit no run; where there are no runs, other mistakes say why."""
    names = [run.name for run in runs]
    for name, table in document.get("analyses", {}).items():
        patterns = table.get("only")
        for row, pattern in enumerate(patterns if isinstance(patterns, list) else ()):
            if names and isinstance(pattern, str) and not any(fits(each, pattern) for each in names):
                yield Mistake(("analyses", name, "only", row), f'"{pattern}" fits no run')


def _check_chosen(variant: str, own: Table, tables: Table) -> Iterator[Mistake]:
    """Yield datasets that a variant names and the recipe has not."""
    for row, name in enumerate(own.get("datasets", ())):
        if name not in tables:
            path = ("variants", variant, "datasets", row)
            yield Mistake(path, f'unknown dataset "{name}"{did_you_mean(name, tables)}')


def _multiply(
    variant: str, plan: VariantPlan, chosen: list[DatasetPlan], datasets: dict[str, DatasetPlan]
) -> Iterator[RunPlan]:
    """Yield the runs of one variant: every dataset, draw and fold, and every seed."""
    components = {kind: component for kind, (component, _) in plan.parts.items()}
    configs = {kind: config for kind, (_, config) in plan.parts.items()}
    by_seed = [(seed, attrs.evolve(plan.training, seeds=(seed,))) for seed in plan.training.seeds]
    for table in chosen:
        other = datasets.get(table.keys.stand_in or "")
        stand_in = None if other is None else (other.name, other.config, other.component)
        for (name, config), (seed, training) in itertools.product(table.expanded, by_seed):
            plan_of_run = RunPlan(
                variant=variant,
                dataset_name=name,
                dataset_table=table.name,
                dataset=config,
                dataset_component=table.component,
                stand_in=stand_in,
                control_of=table.keys.control_of,
                fold=_fold(config),
                seed=seed,
                samples=plan.samples,
                **configs,
                components=components,
                training=training,
                analyses=(),
            )
            chosen_here = tuple(each for each, keys in plan.analyses if _is_chosen(keys, plan_of_run.name))
            yield attrs.evolve(plan_of_run, analyses=chosen_here)


def _is_chosen(keys: AnalysisKeys, name: str) -> bool:
    """Say whether an analysis looks at a run."""
    return not keys.only or any(fits(name, pattern) for pattern in keys.only)


def _fold(config: Any) -> int:
    """Return a dataset's fold, 0 where it has none."""
    first = first_of(config)
    return (first.fold or 0) if "fold" in attrs.fields_dict(type(first)) else 0


def _plan_published(document: Table) -> tuple[tuple[Published, ...], list[Mistake]]:
    """Return the figures of the paper, and what is wrong with them."""
    figures, found = try_structure(Figures, {"published": document.get("published", [])})
    mistakes = list(found)
    published = figures.published if figures else ()
    for row, figure in enumerate(published):
        for key, known in (("variant", document["variants"]), ("dataset", document.get("datasets", {}))):
            name = getattr(figure, key)
            if name not in known:
                mistakes.append(
                    Mistake(("published", row, key), f'unknown {key} "{name}"{did_you_mean(name, known)}')
                )
    return published, mistakes
