"""Run analyses on finished runs, each in a folder that appears whole or not at all."""

import glob
import os
import shutil
import traceback
from pathlib import Path
from typing import Any

import attrs

from sysid.atomic import bring_names_to_disk, bring_tree_to_disk, make_folder, write_json
from sysid.component import Component
from sysid.disk_trouble import TAKES_NOTHING, disk_trouble
from sysid.errors import SysidError
from sysid.finding import Findings, read_findings
from sysid.interface import Analysis
from sysid.lock import lock
from sysid.run_folder import RunFolder, read_json
from sysid.schema import unstructure
from sysid.thread import limit_threads

FINDINGS = "findings.json"
TRACEBACK = "error.txt"


@attrs.frozen
class StoredFindings:
    """What lies in the folder of an analysis.

    Attributes:
        about: what the findings depend on, see `describe`.
        findings: what it found.
    """

    about: dict[str, Any]
    findings: Findings


def run_analysis(
    name: str,
    component: Component,
    config: Analysis,
    runs: tuple[RunFolder, ...],
    top: Path,
    *,
    again: bool = False,
) -> Findings:
    """Write `top/<name>/` and return what was found; an analysis that is there already is only read.

    An analysis that stops with an error has the error for its `reason` and stops nothing else; it is tried
    again the next time. What an earlier one of the same configuration left stays.

    Args:
        name: of the analysis in the recipe.
        component: who provided it.
        config: what it was told.
        runs: one run for scope "run", all runs of the recipe for scope "recipe".
        top: `analyses/` of the run or of the summary.
        again: carry it out even where it is there already.

    Raises:
        SysidError: the folder cannot be written.
    """
    about = describe(component, config, runs)
    folder = top / name
    stored = stored_findings(folder)
    if stored is not None and stored.about == about and not stored.findings.failed and not again:
        return stored.findings
    beside = top / f".{name}.{os.getpid()}.part"
    try:
        with disk_trouble(folder):
            make_folder(top)
            remove_abandoned(top, name)
            beside.mkdir()
            with lock(beside):
                findings = carry_out(config, runs, beside)
                found = attrs.asdict(findings, filter=attrs.filters.exclude("failed"))
                write_json(beside / FINDINGS, {"about": about, "failed": findings.failed, "findings": found})
            if not (findings.failed and stored is not None and stored.about == about):
                put_in_place(beside, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return findings


def remove_abandoned(top: Path, name: str) -> None:
    """Remove what processes that were killed in the midst of an analysis left of it."""
    for part in top.glob(f".{glob.escape(name)}.*.part"):
        with lock(part) as ours:
            if ours:
                shutil.rmtree(part, ignore_errors=True)


def put_in_place(beside: Path, folder: Path) -> None:
    """Move a finished folder to where another may be, which is never seen without some of its files."""
    bring_tree_to_disk(beside)
    old = beside.with_suffix(".old.part")
    if folder.exists():
        os.replace(folder, old)
    os.replace(beside, folder)
    bring_names_to_disk(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def describe(component: Component, config: Analysis, runs: tuple[RunFolder, ...]) -> dict[str, Any]:
    """Return what the findings of an analysis depend on."""
    return {
        "use": component.name,
        "package": component.package,
        "version": component.version,
        "scope": config.scope,
        "configuration": unstructure(config),
        "runs": [_identify(run) for run in runs],
    }


def carry_out(config: Analysis, runs: tuple[RunFolder, ...], folder: Path) -> Findings:
    """Return what an analysis found; where it broke off, `folder` holds but the traceback."""
    threads = max(run.information().get("threads", 1) for run in runs)
    try:
        with limit_threads(threads):
            findings = config.analyze(runs, folder)
        if not isinstance(findings, Findings):
            raise TypeError(f"expected sysid.Findings, got {type(findings).__name__}")
        return findings
    except SysidError as error:
        reason, text = " ".join(str(error).split()), ""
    # The plugin boundary: an analysis that breaks must not take a finished training's report with it. Its
    # traceback is kept in the folder.
    except Exception as error:
        if isinstance(error, OSError) and error.errno in TAKES_NOTHING:  # the disk's doing
            raise
        words = " ".join(str(error).split())
        reason, text = f"it broke: {type(error).__name__}: {words}", traceback.format_exc()
    shutil.rmtree(folder)
    folder.mkdir()
    if text:
        (folder / TRACEBACK).write_text(text, encoding="utf-8")
    return Findings(reason=reason, failed=True)


def stored_findings(folder: Path) -> StoredFindings | None:
    """Return what lies in an analysis's folder, or None where nothing does, or nothing that can be read."""
    try:
        content = read_json(folder / FINDINGS)
        findings = attrs.evolve(read_findings(content["findings"]), failed=content["failed"])
        return StoredFindings(content["about"], findings)
    except (SysidError, KeyError):
        return None


def _identify(run: RunFolder) -> list[str]:
    information = run.information()
    return [information["name"], information["digest"]]
