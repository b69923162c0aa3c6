"""Gather the first kernels of a recipe's runs, by model and dataset."""

from collections.abc import Iterable
from typing import Any

import attrs
import numpy as np
from jaxtyping import Float

import sysid
from sysid import RunFolder
from sysid_analyses.first_layer.first_kernel import first_kernels
from sysid_analyses.first_layer.kernel_reference import subunit_kernels, untrained_kernels, why_no_kernels
from sysid_analyses.kernel import KernelSet, measure_kernels


@attrs.frozen(eq=False)
class Group:
    """The kernels of one variant on one dataset.

    Attributes:
        variant, dataset: as in the recipe.
        simulated: whether the responses were computed.
        runs: (fold, seed, kernels) of every run.
        untrained: kernels of the first run's model before training.
        subunits: true ones as kernels of this variant's size, where the dataset has a truth.
    """

    variant: str
    dataset: str
    simulated: bool
    runs: tuple[tuple[int, int, KernelSet], ...]
    untrained: KernelSet
    subunits: KernelSet | None

    @property
    def lags(self) -> int:
        """How many frames a kernel sees."""
        return self.untrained.times.shape[1]

    def pooled(self, index: str) -> Float[np.ndarray, " kernel"]:
        """Return one index of the kernels of all runs, one run after another: (kernel,)."""
        return np.concatenate([getattr(kernels, index) for _, _, kernels in self.runs])


def gather_groups(folders: Iterable[RunFolder]) -> list[Group]:
    """Read the kernels of all runs that have some, by variant and dataset in the recipe's order."""
    by_name: dict[tuple[str, str], list[RunFolder]] = {}
    for folder in folders:
        configuration = _configuration(folder)
        if folder.information().get("control_of") is None:
            name = (configuration["variant"], configuration["dataset_name"])
            by_name.setdefault(name, []).append(folder)
    groups = [_read_group(*name, members) for name, members in by_name.items()]
    return [group for group in groups if group is not None]


def _configuration(folder: RunFolder) -> dict[str, Any]:
    return dict(folder.information()["identity"]["configuration"])


def _read_group(variant: str, dataset: str, folders: list[RunFolder]) -> Group | None:
    """Read one group, one model in memory at a time; None where the first run has no kernels."""
    run = sysid.load_run(folders[0].path)
    if why_no_kernels(run):
        return None
    untrained = untrained_kernels(run, 1)
    _, lags, rows, columns = untrained.shape
    subunits = subunit_kernels(run, lags, rows, columns)
    measured = []
    for folder in folders:
        kernels = first_kernels(sysid.load_run(folder.path).model.encoder)
        configuration = _configuration(folder)
        measured.append((configuration["fold"], configuration["seed"], measure_kernels(kernels)))
    return Group(
        variant,
        dataset,
        bool(run.information["simulated"]),
        tuple(measured),
        measure_kernels(untrained),
        None if subunits is None else measure_kernels(subunits),
    )
