"""What stands at the end of a report: configuration, versions, data, splits, who is left out."""

import json
from collections.abc import Iterable

import attrs

from sysid.data_path import lay_paths, stored_paths
from sysid.finished_run import FinishedRun
from sysid.identity import leaves
from sysid.part_origin import stored_analysis_origins, stored_origins

LISTED = 12  # neurons named in a line
SAID_ELSEWHERE = ("variant", "dataset_name", "dataset_table", "fold", "seed")  # in the names of runs


@attrs.frozen
class Data:
    """One dataset of the report.

    Attributes:
        name: in the recipe.
        facts: (what, value) pairs.
        warnings: what may be a mistake in it.
        notes: what a reader of the results must know besides.
    """

    name: str
    facts: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]


@attrs.frozen
class Configuration:
    """The resolved configuration: what all runs share, and what each variant and dataset has of its own."""

    shared: tuple[tuple[str, str], ...]
    own: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


def describe_data(runs: Iterable[FinishedRun]) -> tuple[Data, ...]:
    """Return one entry for every dataset, as its first run says."""
    first: dict[str, FinishedRun] = {}
    for run in runs:
        first.setdefault(run.dataset, run)
    return tuple(_describe(name, run) for name, run in first.items())


def _describe(name: str, run: FinishedRun) -> Data:
    information = run.folder.information()
    data = information["data"]
    facts = [("source", data["source"])]
    if information.get("stands_in_for"):
        facts.append(("stands in for", information["stands_in_for"]))
    facts += [(key, data[key]) for key in ("doi", "licence", "checksum") if data.get(key)]
    for session, about in information["sessions"].items():
        height, width = about["frame_shape"][1:]
        facts.append(
            (
                f"session {session}",
                f"{len(about['neurons'])} neurons, frames of {height} × {width} px at "
                f"{about['frame_rate_hz']:g} Hz",
            )
        )
        facts += [(f"{part} bins", _count(counts)) for part, counts in about["bins"].items()]
    warnings = tuple(data.get("warnings", ()))
    notes = tuple(note for note in data.get("notes", ()) if note not in warnings)
    return Data(name, tuple(facts), warnings, notes)


def _count(counts: dict[str, int]) -> str:
    return (
        f"{counts['kept']} kept; dropped: {counts['dropped_for_history']} for want of history, "
        f"{counts['dropped_for_leakage']} for sharing frames with another part"
    )


def describe_configuration(runs: Iterable[FinishedRun]) -> Configuration:
    """Return every key and value of the first run of each variant on each dataset."""
    first: dict[str, dict[str, str]] = {}
    for run in runs:
        name = f"{run.variant} on {run.dataset}"
        if name not in first:
            information = run.folder.information()
            everything = information["identity"]["configuration"]
            told = {key: value for key, value in everything.items() if key not in SAID_ELSEWHERE}
            told["dataset"] = lay_paths(told.get("dataset", {}), stored_paths(information))
            first[name] = {key: json.dumps(value, ensure_ascii=False) for key, value in leaves(told)}
    everything = list(first.values())
    shared = {
        key: value
        for key, value in everything[0].items()
        if all(each.get(key) == value for each in everything)
    }
    own = tuple(
        (name, tuple((key, value) for key, value in values.items() if key not in shared))
        for name, values in first.items()
    )
    return Configuration(tuple(shared.items()), own)


def describe_parts(runs: Iterable[FinishedRun]) -> tuple[tuple[str, str], ...]:
    """Return every part with the package and version it came from; several where runs differ."""
    found: dict[str, dict[str, None]] = {}
    for run in runs:
        information = run.folder.information()
        origins = (*stored_origins(information).values(), *stored_analysis_origins(information).values())
        for origin in origins:
            packages = found.setdefault(f"{origin.kind} {origin.use}", {})
            packages[f"{origin.package} {origin.version}"] = None
    return tuple((part, ", ".join(packages)) for part, packages in sorted(found.items()))


def describe_software(runs: Iterable[FinishedRun]) -> tuple[tuple[str, str], ...]:
    """Return versions, devices, threads and commits; several where runs differ."""
    found: dict[str, dict[str, None]] = {}
    for run in runs:
        information = run.folder.information()
        values = dict(information.get("versions", {}))
        values |= information["identity"].get("versions", {})
        values |= {name: str(information[name]) for name in ("device", "threads") if name in information}
        if information.get("git_commit"):
            values["git commit"] = information["git_commit"]
        for name, value in values.items():
            found.setdefault(name, {})[value] = None
    return tuple((name, ", ".join(values)) for name, values in found.items())


def list_left_out(runs: Iterable[FinishedRun]) -> tuple[str, ...]:
    """Return a line for every dataset and reason with neurons that no model can be scored on."""
    left_out: dict[tuple[str, str], set[str]] = {}
    for run in runs:
        if run.folder.scores_file.exists():
            scores = run.folder.scores()
            unrecorded = set(scores.get("not_recorded", ()))
            for why, cells in (
                ("have a constant response in some test part", set(scores["excluded"]) - unrecorded),
                ("were not recorded in some test part", unrecorded),
            ):
                left_out.setdefault((run.dataset, why), set()).update(cells)
    return tuple(
        f"{dataset}: {len(cells)} neurons {why} and have no score there: "
        + ", ".join(sorted(cells)[:LISTED])
        + (f" and {len(cells) - LISTED} more" if len(cells) > LISTED else "")
        for (dataset, why), cells in left_out.items()
        if cells
    )
