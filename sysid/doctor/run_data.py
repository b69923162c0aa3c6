"""The recordings that finished runs were trained on: are they still here, with the same bytes?"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sysid.data_path import lay_paths, stored_paths
from sysid.doctor.remark import Remark
from sysid.errors import DataNotFoundError, SysidError
from sysid.registry import Registry
from sysid.run_folder import RunFolder
from sysid.run_plan import structure_component


def examine_run_data(folder: Path, registry: Registry, *, full: bool) -> Iterator[Remark]:
    """Yield a remark on every recording of the finished runs below a folder; simulated ones need none.

    `full` reads the recordings and compares their checksums; else they are only counted.
    """
    recorded = recordings_below(folder)
    if not full:
        if recorded:
            runs = sum(len(places) for _, places in recorded.values())
            said = f"recordings of runs in {folder}: {len(recorded)} of {runs} runs; none was read"
            yield Remark("ok", f"{said} (`--full` does)")
        return
    for information, places in recorded.values():
        yield compare(information, places, registry)


def recordings_below(folder: Path) -> dict[str, tuple[dict[str, Any], list[Path]]]:
    """Return what one run says of each recording, and the runs that were trained on it, by checksum."""
    found: dict[str, tuple[dict[str, Any], list[Path]]] = {}
    for file in sorted(folder.rglob("run.json")) if folder.is_dir() else ():
        try:
            information = RunFolder(file.parent).information()
        except SysidError:  # not one of ours, or broken: `sysid report` says so
            continue
        checksum = information.get("data", {}).get("checksum", "")
        if checksum and not information.get("simulated"):
            found.setdefault(checksum, (information, []))[1].append(file.parent)
    return found


def compare(information: dict[str, Any], places: list[Path], registry: Registry) -> Remark:
    """Find the recording of some runs again and compare its checksum with theirs."""
    source = information["data"]["source"]
    runs = f"{places[0]}" + (f" and {len(places) - 1} more" if len(places) > 1 else "")
    table = lay_paths(information["identity"]["configuration"]["dataset"], stored_paths(information))
    try:
        checksum = structure_component(registry, "dataset", table, runs)[1].provenance().checksum
    except DataNotFoundError as error:
        return Remark("note", f"the recording of {runs} is not here: {error}", "its runs predict without it")
    except SysidError as error:
        return Remark("problem", f"the recording of {runs} cannot be read: {error}", "get it anew")
    if checksum != information["data"]["checksum"]:
        return Remark(
            "problem",
            f"{source}: {runs} were trained on other bytes than those that are here now",
            "bring back the old files to analyse these runs; `sysid run` trains anew on the new ones",
        )
    return Remark("ok", f"{source}: the bytes that {runs} were trained on")
