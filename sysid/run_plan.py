"""One run as a recipe plans it: everything chosen, typed and checked."""

from collections.abc import Iterable
from typing import Any

import attrs

from sysid.component import HOST_KEYS, INTERFACES, PLURALS, Component, Kind
from sysid.configuration import Samples, Training
from sysid.errors import SysidError, SysidErrors
from sysid.interface import Analysis, Core, Dataset, Encoder, Readout
from sysid.joined_dataset import JoinedDataset
from sysid.recipe_overlay import Table
from sysid.recipe_session import SESSIONS, try_structure_sessions, unstructure_sessions
from sysid.registry import Registry
from sysid.run_name import write_name
from sysid.schema import try_structure, unstructure
from sysid.schema_error import Mistake, in_line
from sysid.schema_type import part_fields
from sysid.toml_text import describe

PART_KINDS: dict[type, Kind] = {interface: kind for kind, interface in INTERFACES.items()}


@attrs.frozen
class AnalysisPlan:
    """One analysis as a recipe plans it.

    Attributes:
        name: of its table in the recipe.
        component, config: what is done, and who provided it.
    """

    name: str
    component: Component
    config: Analysis


@attrs.frozen
class RunPlan:
    """Say everything about one run.

    Attributes:
        variant: its name in the recipe.
        dataset_name: of the run; differs from `dataset_table` where `draws` made several of one table.
        dataset_table: its name in the recipe.
        dataset, dataset_component: what is read, and who provided the reader.
        stand_in: (table, config, component) of what is read where `dataset` is not on the machine.
        control_of: the dataset table that this one is a control for.
        fold: of the dataset, 0 where it has no folds.
        seed: of weights, order, noise and dropout.
        components: of `encoder`, `core` and `readout`, by kind.
        training: with this run's seed alone.
        analyses: those that look at this run, of either scope.
    """

    variant: str
    dataset_name: str
    dataset_table: str
    dataset: Dataset
    dataset_component: Component
    stand_in: tuple[str, Dataset, Component] | None
    control_of: str | None
    fold: int
    seed: int
    samples: Samples
    encoder: Encoder
    core: Core
    readout: Readout
    components: dict[Kind, Component]
    training: Training
    analyses: tuple[AnalysisPlan, ...]

    @property
    def name(self) -> str:
        """`variant/dataset/fold0/seed0`."""
        return write_name(self.variant, self.dataset_name, self.fold, self.seed)

    def resolved(self) -> Table:
        """Return the complete configuration, every default written out, as tables that JSON can hold."""
        parts: dict[Kind, Any] = {"encoder": self.encoder, "core": self.core, "readout": self.readout}
        return {
            "variant": self.variant,
            "dataset_name": self.dataset_name,
            "dataset_table": self.dataset_table,
            "control_of": self.control_of,
            "fold": self.fold,
            "seed": self.seed,
            "dataset": unstructure_component(self.dataset_component, self.dataset),
            "stand_in": self.stand_in
            and {
                "name": self.stand_in[0],
                "dataset": unstructure_component(self.stand_in[2], self.stand_in[1]),
            },
            "samples": unstructure(self.samples),
            **{kind: unstructure_component(self.components[kind], part) for kind, part in parts.items()},
            "training": unstructure(self.training),
            "analyses": {
                each.name: unstructure_component(each.component, each.config) for each in self.analyses
            },
        }


def unstructure_component(component: Component, config: Any) -> Table:
    """Return a component's table with its qualified name, which `structure_component` reads back."""
    table = unstructure_sessions(config) if isinstance(config, JoinedDataset) else unstructure(config)
    parts = {name: unstructure_component(part, getattr(config, name)) for name, part in component.parts}
    return {"use": component.name, **table, **parts}


def structure_component(registry: Registry, kind: Kind, table: Table, where: str) -> tuple[Component, Any]:
    """Find the component that a table says to `use`, and make its config of the other keys.

    Args:
        registry: where to look.
        kind: of the component.
        table: as in a recipe or in `run.json`.
        where: what stands before the key in a message.

    Raises:
        SysidErrors: no such component, or a mistake in its keys; one line for each.
    """
    found, mistakes = try_structure_component(registry, kind, table)
    if found is None:
        raise SysidErrors(in_line(mistake, where) for mistake in mistakes)
    return found


def try_structure_component(
    registry: Registry, kind: Kind, table: Table, leave_out: Iterable[str] = ()
) -> tuple[tuple[Component, Any] | None, tuple[Mistake, ...]]:
    """Find a component and make its config, or return None and what is wrong; `leave_out` is not its."""
    use = table.get("use")
    if not isinstance(use, str):
        got = describe(use) if "use" in table else "nothing; the key is required"
        return None, (Mistake(("use",), f"expected one of the {PLURALS[kind]} by name, got {got}"),)
    try:
        component = registry.find(kind, use)
    except SysidError as error:
        return None, (Mistake(("use",), str(error)),)
    if kind == "dataset":
        config, mistakes = try_structure_dataset(component, table, leave_out)
    else:
        keys = {name: value for name, value in table.items() if name not in ("use", *leave_out)}
        component, keys, wrong = try_structure_parts(registry, component, keys)
        config, mistakes = try_structure(component.config_class, keys, HOST_KEYS[kind])
        told = {mistake.path[:1] for mistake in wrong}  # the key itself, which was not made, adds nothing
        mistakes = (*(mistake for mistake in mistakes if mistake.path not in told), *wrong)
    return (None if config is None or mistakes else (component, config)), mistakes


def try_structure_parts(
    registry: Registry, component: Component, keys: Table
) -> tuple[Component, Table, tuple[Mistake, ...]]:
    """Make the parts that a component's keys hold, such as the readout that a readout wraps.

    Returns:
        the component with its parts, its keys with their configs in place of their tables, and what is wrong.
    """
    parts: list[tuple[str, Component]] = []
    made: Table = {}
    mistakes: list[Mistake] = []
    for name, interface in part_fields(component.config_class).items():
        if not isinstance(keys.get(name), dict):  # left out, or no table: the component's own keys say so
            continue
        found, wrong = try_structure_component(registry, PART_KINDS[interface], keys[name])
        mistakes += [attrs.evolve(mistake, path=(name, *mistake.path)) for mistake in wrong]
        if found is not None:
            parts.append((name, found[0]))
            made[name] = found[1]
    return attrs.evolve(component, parts=tuple(parts)), keys | made, tuple(mistakes)


def try_structure_dataset(
    component: Component, table: Table, leave_out: Iterable[str] = ()
) -> tuple[Dataset | None, tuple[Mistake, ...]]:
    """Make the config of a dataset, of all its sessions where the table has `sessions`; else as above."""
    keys = {name: value for name, value in table.items() if name not in ("use", SESSIONS, *leave_out)}
    if SESSIONS in table:
        return try_structure_sessions(component, keys, table[SESSIONS])
    return try_structure(component.config_class, keys, HOST_KEYS["dataset"])
