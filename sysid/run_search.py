"""Find finished runs in the folders that a person names."""

from collections.abc import Iterable
from pathlib import Path

from sysid.errors import SysidError
from sysid.finished_run import FinishedRun, read_finished
from sysid.run_folder import RunFolder, read_json
from sysid.stored_shape import TEXT, listing, table

SUMMARY = "summary"  # the folder beside the variants of a recipe
RUNS = "runs.json"  # in it: the runs that the last `sysid run` summarised, in the order of the recipe


def find_runs(places: Iterable[Path | str]) -> list[FinishedRun]:
    """Return the finished runs in or below some folders, each once.

    Below the folder of a recipe they are those that its last summary is about, in the order of the recipe:
    runs of an earlier configuration may lie beside them. Below any other folder they are all that are
    finished, by name.

    Raises:
        SysidError: no such folder, no finished run in it, a named run that is not finished, or two runs of
            one name.
    """
    found: dict[Path, FinishedRun] = {}
    for place in map(Path, places):
        for run in (
            [read_finished(RunFolder(place))] if RunFolder(place).run_file.exists() else find_below(place)
        ):
            found.setdefault(run.folder.path.resolve(), run)
    names: dict[str, FinishedRun] = {}
    for run in found.values():
        other = names.setdefault(run.name, run)
        if other is not run:
            raise SysidError(
                f"{other.folder.path} and {run.folder.path}: expected one run of each name, got two of "
                f"{run.name}; name the one that you mean, or report them one by one"
            )
    return list(found.values())


def find_below(place: Path) -> list[FinishedRun]:
    """Return the finished runs below a folder.

    Raises:
        SysidError: no such folder, or no finished run below it.
    """
    if place.is_file():
        raise SysidError(f"{place}: expected a run folder, or one with runs below it, got a file")
    if not place.is_dir():
        raise SysidError(
            f"{place}: expected a run folder, or one with runs below it; there is no such folder"
        )
    listed = place / SUMMARY / RUNS
    if listed.exists():
        folders = [RunFolder(place / name) for name in _read_listing(listed)]
    else:
        folders = [RunFolder(file.parent) for file in sorted(place.rglob("run.json"))]
    finished = [folder for folder in folders if folder.finished]
    if not finished:
        begun = f" ({len(folders)} are begun; `sysid run` goes on with them)" if folders else ""
        raise SysidError(f"{place}: expected finished runs below it, found none{begun}")
    return [read_finished(folder) for folder in finished]


def _read_listing(file: Path) -> list[str]:
    """Return where runs are, relative to the folder of their recipe.

    Raises:
        SysidError: the listing is broken, or leads out of that folder.
    """
    content, top = read_json(file), file.parent.parent
    table({"runs": listing(TEXT)})(content, str(file))
    for name in content["runs"]:
        if not (top / name).resolve().is_relative_to(top.resolve()):
            raise SysidError(f'{file}: runs: expected folders below {top}, got "{name}"')
    return content["runs"]


def find_summaries(runs: Iterable[FinishedRun]) -> list[Path]:
    """Return the summary folders of all recipes that runs belong to."""
    found = (find_summary([run]) for run in runs)
    return list(dict.fromkeys(summary for summary in found if summary is not None))


def find_summary(runs: Iterable[FinishedRun]) -> Path | None:
    """Return the summary folder of the recipe that all runs belong to, or None where there is not one."""
    places = [run.folder.path.resolve().parents for run in runs]
    tops = {above[3] for above in places if len(above) > 3}  # variant/dataset/fold0/seed0 below a recipe
    summary = tops.pop() / SUMMARY if len(tops) == 1 and all(len(above) > 3 for above in places) else None
    return summary if summary is not None and summary.is_dir() else None
