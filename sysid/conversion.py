"""Write a dataset's recording as an NWB file, where the dataset can."""

from collections.abc import Iterable
from pathlib import Path

from sysid.atomic import write_whole
from sysid.component import Component
from sysid.errors import SysidError, SysidErrors
from sysid.interface import ConvertibleDataset
from sysid.output_place import check_place
from sysid.recipe_overlay import Table, apply_setting, parse_setting
from sysid.registry import Registry
from sysid.schema import try_structure
from sysid.schema_error import in_line


def convert(
    name: str, settings: Iterable[str], out: Path, registry: Registry, *, overwrite: bool = False
) -> tuple[str, ...]:
    """Write the recording of a dataset as NWB and return what a reader of the file must know.

    Args:
        name: of the dataset, as a recipe has it.
        settings: `key=value`, the keys of its table in a recipe.
        out: the file, `.nwb`; it appears whole or not at all.
        registry: where the dataset is looked up.
        overwrite: replace the file if it is there.

    Raises:
        SysidError: no such dataset, or none that can be written as NWB; broken data.
        DataNotFoundError: its files are not on this machine.
        SysidErrors: mistakes in its keys, one line each.
    """
    dataset = make_dataset(find_convertible(name, registry), settings)
    check_place("--out", out, ".nwb", overwrite=overwrite)
    notes: list[str] = []
    write_whole(out, lambda beside: notes.extend(dataset.write_nwb(beside)))
    return tuple(notes)


def find_convertible(name: str, registry: Registry) -> Component:
    """Return a dataset that can be written as NWB.

    Raises:
        SysidError: there is none of this name, or it cannot; the line names those that can.
    """
    component = registry.find("dataset", name)
    if not issubclass(component.config_class, ConvertibleDataset):
        known = [
            each.name
            for each in registry.components("dataset")
            if issubclass(each.config_class, ConvertibleDataset)
        ]
        raise SysidError(
            f"sysid convert: expected a dataset that can be written as NWB ({', '.join(known) or 'none'}), "
            f'got "{name}"'
        )
    return component


def make_dataset(component: Component, settings: Iterable[str]) -> ConvertibleDataset:
    """Make a dataset of settings, as strictly as of the tables of a recipe.

    Raises:
        SysidErrors: one line for each mistake.
    """
    table: Table = {}
    for setting in settings:
        table = apply_setting(table, parse_setting(setting))
    dataset, mistakes = try_structure(component.config_class, table)
    if dataset is None:
        raise SysidErrors(f"{component.name}: {in_line(mistake, '')}" for mistake in mistakes)
    return dataset
