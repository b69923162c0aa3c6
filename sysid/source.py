"""Find a run's data, or the stand-in that its recipe names."""

import functools
from collections.abc import Callable, Iterable

import attrs

from sysid.component import Component
from sysid.errors import DataNotFoundError, SysidError, SysidErrors, at
from sysid.interface import Dataset
from sysid.provenance import Provenance
from sysid.recording import Recording
from sysid.run_plan import RunPlan


@attrs.frozen
class Source:
    """The dataset a run really uses.

    Attributes:
        dataset: config of the dataset, or of the stand-in.
        component: who provided it.
        provenance: of the data.
        stands_in_for: why the stand-in is used, one line; nothing where the data are there.
    """

    dataset: Dataset
    component: Component
    provenance: Provenance
    stands_in_for: str = ""

    def recordings(self, where: str) -> dict[str, Recording]:
        """Load the recordings by session, with `where` (file and key of the recipe) before any error."""
        try:
            return self.dataset.load()
        except SysidError as error:
            raise at(where, error) from error


def find_sources(plans: tuple[RunPlan, ...], recipe_file: str, *, stand_in: bool) -> dict[str, Source]:
    """Find the data of every run, run name → source, before anything is computed.

    Raises:
        SysidErrors: one line for every dataset that is missing without a stand-in, or broken.
    """
    find = functools.cache(_provenance)
    sources: dict[str, Source] = {}
    mistakes: list[str] = []
    for plan in plans:
        where = f"{recipe_file}: datasets.{plan.dataset_name}"
        try:
            sources[plan.name] = _source(plan, find, where, stand_in=stand_in)
        except SysidError as error:
            mistakes.append(str(at(where, error)))
    if mistakes:
        raise SysidErrors(mistakes)
    return sources


def list_warnings(sources: dict[str, Source], plans: Iterable[RunPlan], recipe_file: str) -> tuple[str, ...]:
    """Return what may be a mistake in the data of any run, once for all runs on the same."""
    return tuple(
        dict.fromkeys(
            f"warning: {recipe_file}: datasets.{plan.dataset_name}: {line}"
            for plan in plans
            for line in sources[plan.name].provenance.warnings
        )
    )


def _provenance(dataset: Dataset) -> Provenance | DataNotFoundError:
    try:
        return dataset.provenance()
    except DataNotFoundError as error:
        return error


def _source(
    plan: RunPlan, find: Callable[[Dataset], Provenance | DataNotFoundError], where: str, *, stand_in: bool
) -> Source:
    found = find(plan.dataset)
    if isinstance(found, Provenance):
        return Source(plan.dataset, plan.dataset_component, found)
    if plan.stand_in is None:
        raise found
    name, config, component = plan.stand_in
    if not stand_in:
        raise SysidError(f'{found} (the stand-in "{name}" is not used: --no-stand-in)')
    replacement = find(config)
    if not isinstance(replacement, Provenance):
        raise replacement
    return Source(config, component, replacement, f"{where}: {found}")


class Recordings:
    """Load recordings, and keep the last ones for the run that asks next."""

    KEPT = 4  # the presentations of one dataset are often shared by the next runs

    def __init__(self, recipe_file: str):
        self.recipe_file = recipe_file
        self._loaded: dict[Dataset, dict[str, Recording]] = {}

    def load(self, plan: RunPlan, source: Source) -> dict[str, Recording]:
        """Return the recordings of one run by session."""
        if source.dataset not in self._loaded:
            while len(self._loaded) >= self.KEPT:
                del self._loaded[next(iter(self._loaded))]
            self._loaded[source.dataset] = source.recordings(
                f"{self.recipe_file}: datasets.{plan.dataset_name}"
            )
        return self._loaded[source.dataset]
