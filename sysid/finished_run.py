"""What a finished run says of itself: enough to summarise and report it from its folder alone."""

from collections.abc import Iterable

import attrs

from sysid.errors import SysidError
from sysid.run_folder import RunFolder
from sysid.run_information import check_information
from sysid.run_name import write_name


@attrs.frozen
class PublishedFigure:
    """One figure of a paper beside ours.

    Attributes:
        correlation: mean CC over cells, as published.
        source: where it stands.
    """

    correlation: float
    source: str


@attrs.frozen
class FinishedRun:
    """One finished run.

    Attributes:
        folder: its files.
        variant, dataset, dataset_table, fold, seed: as in the recipe; `dataset` differs from `dataset_table`
            where `draws` made several of one table.
        control_of: the dataset table that this one is a control for.
        simulated: whether the responses were computed.
        published: figures of a paper to print beside it.
    """

    folder: RunFolder
    variant: str
    dataset: str
    dataset_table: str
    fold: int = 0
    seed: int = 0
    control_of: str | None = None
    simulated: bool = False
    published: tuple[PublishedFigure, ...] = ()

    @property
    def name(self) -> str:
        """`variant/dataset/fold0/seed0`."""
        return write_name(self.variant, self.dataset, self.fold, self.seed)


def read_finished(folder: RunFolder) -> FinishedRun:
    """Read what a run's folder says of it.

    Raises:
        SysidError: no run folder, or the run is not finished.
    """
    information = check_information(folder.run_file, folder.information())
    if not folder.finished:
        raise SysidError(f"{folder.path}: this run is not finished; `sysid run` goes on with it")
    configuration = information["identity"]["configuration"]
    return FinishedRun(
        folder=folder,
        variant=configuration["variant"],
        dataset=configuration["dataset_name"],
        dataset_table=configuration["dataset_table"],
        fold=configuration["fold"],
        seed=configuration["seed"],
        control_of=information.get("control_of"),
        simulated=information["simulated"],
        published=tuple(PublishedFigure(**each) for each in information.get("published", ())),
    )


def group_runs(runs: Iterable[FinishedRun]) -> dict[tuple[str, str], list[FinishedRun]]:
    """Return runs by (variant, dataset), in the order they came."""
    groups: dict[tuple[str, str], list[FinishedRun]] = {}
    for run in runs:
        groups.setdefault((run.variant, run.dataset), []).append(run)
    return groups
