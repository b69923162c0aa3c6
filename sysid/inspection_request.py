"""Ask the datasets that are installed what a file holds."""

import os
from pathlib import Path

from sysid.component import Component
from sysid.errors import SysidError
from sysid.inspection import Inspection
from sysid.interface import FileDataset
from sysid.registry import Registry


def inspect_file(
    path: Path, registry: Registry, *, dataset: str | None = None, templates: Path | None = None
) -> Inspection:
    """Return what a file holds, by the dataset that knows its kind.

    Args:
        path: of the file, or of the folder where a kind is one.
        registry: whose datasets are asked, whoever provided them.
        dataset: the one to ask, by the name that a recipe uses; None = the one that recognises the file.
        templates: where the pixels are, for a file that only names them.

    Raises:
        SysidError: it is not there or broken, or no dataset or several know its kind.
    """
    _check_readable(path, "no such file")
    if templates is not None:
        _check_readable(templates, "no such file or folder, given with --templates")
    asked = _find_by_name(dataset, registry) if dataset is not None else _find_by_kind(path, registry)
    return asked.config_class.inspect(path, asked.name, templates)


def _check_readable(path: Path, absent: str) -> None:
    try:
        path.stat()
    except FileNotFoundError:
        raise SysidError(f"{path}: {absent}") from None
    except OSError as error:
        raise SysidError(f"{path}: cannot be read: {error.strerror}") from error
    if not os.access(path, os.R_OK):
        raise SysidError(
            f"{path}: cannot be read: no permission; `chmod u+r` gives it to the owner of a file"
        )


def _readers(registry: Registry) -> dict[str, Component]:
    """Return the datasets that can look into files, by name."""
    return {
        each.name: each
        for each in registry.components("dataset")
        if issubclass(each.config_class, FileDataset)
    }


def _find_by_name(name: str, registry: Registry) -> Component:
    component, readers = registry.find("dataset", name), _readers(registry)
    if name not in readers:
        raise SysidError(
            f"--dataset: expected a dataset that can look into files ({', '.join(readers) or 'none'}), "
            f'got "{name}"'
        )
    return component


def _find_by_kind(path: Path, registry: Registry) -> Component:
    readers = _readers(registry)
    fitting = [each for each in readers.values() if each.config_class.recognizes(path)]
    if not fitting:
        raise SysidError(
            f"{path}: expected a file of a kind that a dataset here can look into "
            f"({', '.join(readers) or 'none'}), got another"
        )
    if len(fitting) > 1:
        names = " and ".join(each.name for each in fitting)
        raise SysidError(f"{path}: {names} know this kind of file; choose one with --dataset")
    return fitting[0]
