"""Turn `[datasets.NAME]` tables into datasets: folds, draws, stand-ins and controls."""

from collections.abc import Iterator

import attrs

from sysid.component import HOST_KEYS, Component
from sysid.configuration import DatasetKeys
from sysid.errors import did_you_mean
from sysid.interface import Dataset
from sysid.joined_dataset import first_of
from sysid.recipe_overlay import Table
from sysid.recipe_session import SESSIONS
from sysid.registry import Registry
from sysid.run_plan import try_structure_component, try_structure_dataset
from sysid.schema import try_structure
from sysid.schema_error import KeyPath, Mistake

HOST_FIELDS = tuple(name for name in HOST_KEYS["dataset"] if name not in ("use", SESSIONS))
"""What is done with a dataset; `sessions` says what it is, and is read with its own keys."""


@attrs.frozen
class DatasetPlan:
    """One dataset table.

    Attributes:
        name: of the table.
        keys: what the host does with it.
        component, config: what reads it; a `JoinedDataset` where the table has `sessions`.
        expanded: (name, config) of what is run: one for each draw and fold, in this order.
    """

    name: str
    keys: DatasetKeys
    component: Component
    config: Dataset
    expanded: tuple[tuple[str, Dataset], ...]


def plan_datasets(tables: Table, registry: Registry) -> tuple[dict[str, DatasetPlan], list[Mistake]]:
    """Return the datasets of a recipe by table name, and the mistakes in them, with paths from the top."""
    plans: dict[str, DatasetPlan] = {}
    mistakes: list[Mistake] = []
    all_keys: dict[str, DatasetKeys] = {}
    for name, table in tables.items():
        host_table = {key: value for key, value in table.items() if key in HOST_FIELDS}
        keys, found = try_structure(DatasetKeys, host_table)
        mistakes += _below(name, found)
        part, found = try_structure_component(registry, "dataset", table, leave_out=HOST_FIELDS)
        mistakes += _below(name, found)
        if keys is not None:
            all_keys[name] = keys
        if keys is not None and part is not None:
            expanded, wrong = _expand(name, table, keys, *part)
            mistakes += _below(name, wrong)
            plans[name] = DatasetPlan(name, keys, *part, expanded)
    mistakes += _check_references(tables, all_keys)
    mistakes += _check_names(plans)
    return plans, mistakes


def runnable(plans: dict[str, DatasetPlan]) -> tuple[str, ...]:
    """Return the tables that are run where a variant names none: those that are nobody's stand-in."""
    stand_ins = {plan.keys.stand_in for plan in plans.values()}
    return tuple(name for name in plans if name not in stand_ins)


def _below(name: str, found: tuple[Mistake, ...] | list[Mistake]) -> list[Mistake]:
    return [attrs.evolve(mistake, path=("datasets", name, *mistake.path)) for mistake in found]


def _expand(
    name: str, table: Table, keys: DatasetKeys, component: Component, config: Dataset
) -> tuple[tuple[tuple[str, Dataset], ...], list[Mistake]]:
    """Return (name, config) of every draw and fold, and what keeps them from being made."""
    mistakes = list(_check_steps(table, keys, component, config))
    if mistakes:
        return (), mistakes
    digits = max(2, len(str(keys.draws)))
    draws = [(f"{name}-{draw:0{digits}d}", {"draw": draw}) for draw in range(1, (keys.draws or 0) + 1)]
    folds = [{"fold": fold} for fold in range(first_of(config).folds)] if keys.every_fold else [{}]
    expanded = []
    for expanded_name, draw in draws or [(name, {})]:
        for fold in folds:
            stepped, found = try_structure_dataset(component, table | draw | fold, HOST_FIELDS)
            if stepped is None:  # the others would say the same
                return (), list(found)
            expanded.append((expanded_name, stepped))
    return tuple(expanded), []


def _check_steps(table: Table, keys: DatasetKeys, component: Component, config: Dataset) -> Iterator[Mistake]:
    """Yield what is wrong with stepping through folds or draws."""
    first = first_of(config)
    known = attrs.fields_dict(type(first))
    for asked, key, needed, stepped in (
        (keys.every_fold, "every_fold", ("folds", "fold"), "fold"),
        (keys.draws is not None, "draws", ("draw",), "draw"),
    ):
        missing = [name for name in needed if name not in known]
        if asked and missing:
            words = " and ".join(missing)
            yield Mistake((key,), f'expected a dataset with the key {words}, got "{component.name}" without')
        elif asked:
            rows = [((SESSIONS, number), row) for number, row in enumerate(table.get(SESSIONS, ()))]
            for place, written in [((), table), *rows]:
                if isinstance(written, dict) and stepped in written:
                    message = f"expected no {stepped} beside {key}, which steps through them"
                    yield Mistake((*place, stepped), message)
    if keys.every_fold and "folds" in known and not (isinstance(first.folds, int) and first.folds >= 2):
        yield Mistake(("every_fold",), f"expected folds of at least 2, got {first.folds}")


def _check_references(tables: Table, all_keys: dict[str, DatasetKeys]) -> Iterator[Mistake]:
    """Yield names of other tables that are not there, or lead back to where they came from."""
    for name, keys in all_keys.items():
        for key in ("stand_in", "control_of"):
            other = getattr(keys, key)
            path: KeyPath = ("datasets", name, key)
            if other is None:
                continue
            if other not in tables:
                yield Mistake(path, f'unknown dataset "{other}"{did_you_mean(other, tables)}')
            elif other == name:
                yield Mistake(path, "expected another dataset, got this one itself")
            elif key == "stand_in" and (circle := _find_circle(name, all_keys)):
                yield Mistake(path, f"expected stand-ins that end somewhere, got {' → '.join(circle)}")


def _find_circle(name: str, all_keys: dict[str, DatasetKeys]) -> list[str]:
    """Return the way from a table over its stand-ins back to itself, or nothing."""
    way = [name]
    while way[-1] in all_keys and (other := all_keys[way[-1]].stand_in) is not None:
        if other == name:
            return [*way, other]
        if other in way:
            return []
        way.append(other)
    return []


def _check_names(plans: dict[str, DatasetPlan]) -> Iterator[Mistake]:
    """Yield draws that would take the name of another table."""
    for plan in plans.values():
        for taken in dict.fromkeys(name for name, _ in plan.expanded if name != plan.name and name in plans):
            yield Mistake(("datasets", plan.name, "draws"), f'makes "{taken}", which is a table of its own')
