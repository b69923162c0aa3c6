"""Gather everything a report shows, from run folders alone."""

import json
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from sysid.finished_run import FinishedRun, group_runs
from sysid.group_score import GroupTable, group_tables
from sysid.one_step import ONE_STEP
from sysid.recipe_file import title_of
from sysid.report.method import (
    Configuration,
    Data,
    describe_configuration,
    describe_data,
    describe_parts,
    describe_software,
    list_left_out,
)
from sysid.report.picture import Pictures, write_address
from sysid.report.score_figure import draw_scores
from sysid.report.section import Section, make_anchor, read_sections
from sysid.report.verdict import drawn_controls, is_control, write_verdicts
from sysid.skipped_step import describe_left_out
from sysid.summary import Row
from sysid.uncounted import uncounted_lines

SHOWN_WARNINGS = 4  # of single runs, at the top


@attrs.frozen
class ScoreLine:
    """One row of the table of scores: the row itself, what lies beside its score, and its cost."""

    row: Row
    beside: dict[str, float]
    parameters: int
    anchor: str


@attrs.frozen
class Group:
    """One variant on one dataset, with the analyses of its runs.

    Attributes:
        title: `variant on dataset`.
        anchor: of its heading.
        simulated: whether its responses were computed.
        facts: what its runs came to, in words.
        sections: (run name, sections) of every run that has any.
    """

    title: str
    anchor: str
    simulated: bool
    facts: str
    sections: tuple[tuple[str, tuple[Section, ...]], ...]


@attrs.frozen
class Content:
    """What a report shows, in its order."""

    title: str
    recipes: tuple[str, ...]
    finished_at: str
    simulated: str
    verdicts: tuple[str, ...]
    published: bool
    several_sessions: bool
    uncounted: tuple[str, ...]
    warnings: tuple[str, ...]
    lines: tuple[ScoreLine, ...]
    beside: tuple[str, ...]
    score_figure: str
    by_group: tuple[GroupTable, ...]
    over_recipe: tuple[Section, ...]
    groups: tuple[Group, ...]
    pictures_left_out: int
    data: tuple[Data, ...]
    configuration: Configuration
    parts: tuple[tuple[str, str], ...]
    software: tuple[tuple[str, str], ...]
    left_out: tuple[str, ...]


def gather(
    runs: list[FinishedRun], rows: tuple[Row, ...], summaries: Iterable[Path], by: Sequence[str] = ()
) -> Content:
    """Read run folders and, where there are any, the `summary` folders of their recipes.

    `by` names columns by which neurons are put into groups beside those that are anyway (see
    `sysid.group_score`).
    """
    about = [run.folder.information() for run in runs]
    digests = frozenset(each["digest"] for each in about)
    pictures = Pictures()
    over_recipe = tuple(
        section
        for number, summary in enumerate(summaries)
        for section in read_sections(summary / "analyses", f"recipe {number}", pictures, digests)
    )
    headlines = tuple(line for each in over_recipe for line in each.findings.headlines)
    shown = group_runs(leave_out_controls(runs, rows))
    of_runs = read_runs(shown.values(), pictures)
    groups = tuple(make_group(name, group, of_runs) for name, group in shown.items())
    sections = [section for group in groups for _, each in group.sections for section in each]
    names = [(row.variant, row.dataset) for row in rows]
    lines = tuple(
        make_line(row, shown[name], groups) for name, row in zip(names, rows, strict=True) if name in shown
    )
    figure = write_address(draw_scores(rows)) if rows else ""
    return Content(
        title=make_title(runs),
        recipes=tuple(dict.fromkeys(map(name_recipe, about))),
        finished_at=max((each.get("finished_at", "") for each in about), default=""),
        simulated=say_simulated(runs),
        verdicts=(*write_verdicts(rows, compare=not headlines), *headlines),
        published=any(row.published for row in rows),
        several_sessions=any(row.sessions for row in rows),
        uncounted=uncounted_lines(row for name, row in zip(names, rows, strict=True) if name in shown),
        warnings=gather_warnings(over_recipe, groups),
        lines=lines,
        beside=tuple(dict.fromkeys(label for each in sections for label in each.findings.beside_score)),
        score_figure=figure,
        by_group=group_tables((run for group in shown.values() for run in group), by),
        over_recipe=over_recipe,
        groups=groups,
        pictures_left_out=pictures.left_out,
        data=describe_data(run for group in shown.values() for run in group),
        configuration=describe_configuration(run for group in shown.values() for run in group),
        parts=describe_parts(runs),
        software=describe_software(runs),
        left_out=list_left_out(runs),
    )


def leave_out_controls(runs: Iterable[FinishedRun], rows: Iterable[Row]) -> list[FinishedRun]:
    """Return the runs that are no draws of a control."""
    drawn = drawn_controls(rows)
    return [run for run in runs if not is_control(run.dataset, drawn)]


def make_title(runs: list[FinishedRun]) -> str:
    """Return the title of the recipe, the name of the run where there is one, or how many there are."""
    titles = {
        title_of(run.folder.recipe_file.read_text(encoding="utf-8", errors="replace"))
        for run in runs
        if run.folder.recipe_file.is_file()
    }
    if len(titles) == 1 and (title := titles.pop()):
        return title
    return runs[0].name if len(runs) == 1 else f"{len(runs)} runs"


def name_recipe(information: dict[str, Any]) -> str:
    """Return a recipe with what was laid over it."""
    words = [information.get("recipe") or information["name"]]
    if information.get("profile"):
        words.append(f"--profile {information['profile']}")
    words += [f"--set {setting}" for setting in information.get("settings", ())]
    return " ".join(words)


def say_simulated(runs: list[FinishedRun]) -> str:
    """Return what stands across the top where responses were computed, or nothing."""
    datasets = list(dict.fromkeys(run.dataset for run in runs if run.simulated))
    if not datasets:
        return ""
    if all(run.simulated for run in runs):
        return "SIMULATED: every response in this report was computed, none was recorded."
    return f"SIMULATED: the responses of {', '.join(datasets)} were computed, not recorded."


def gather_warnings(over_recipe: Iterable[Section], groups: Iterable[Group]) -> tuple[str, ...]:
    """Return the warnings of all analyses, each with where it comes from; many runs' are counted."""
    found = [line for section in over_recipe for line in section.findings.warnings]
    of_runs = [
        (group.title, section.name, line)
        for group in groups
        for _, sections in group.sections
        for section in sections
        for line in section.findings.warnings
    ]
    if len(of_runs) <= SHOWN_WARNINGS:
        return tuple(dict.fromkeys([*found, *(f"{name}: {line}" for name, _, line in of_runs)]))
    warned: dict[tuple[str, str], dict[str, None]] = {}
    for name, analysis, line in of_runs:
        warned.setdefault((analysis, line.partition(":")[0].rstrip(".")), {})[name] = None
    found += [
        f"{what}: {', '.join(names)} ({analysis}, in red below)."
        for (analysis, what), names in warned.items()
    ]
    return tuple(dict.fromkeys(found))


def read_runs(groups: Iterable[list[FinishedRun]], pictures: Pictures) -> dict[Path, tuple[Section, ...]]:
    """Return the analyses of every run by its folder; first runs of all groups have their pictures first."""
    ordered = [run for of_group in zip_longest(*groups) for run in of_group if run is not None]
    return {
        run.folder.path: read_sections(run.folder.path / "analyses", f"run {run.name}", pictures)
        for run in ordered
    }


def make_group(
    name: tuple[str, str], runs: list[FinishedRun], of_runs: dict[Path, tuple[Section, ...]]
) -> Group:
    """Return the section of one variant on one dataset."""
    found = [(run.name, of_runs[run.folder.path]) for run in runs]
    variant, dataset = name
    return Group(
        title=f"{variant} on {dataset}",
        anchor=make_anchor("model", variant, dataset),
        simulated=runs[0].simulated,
        facts=describe_training(runs),
        sections=tuple((run, sections) for run, sections in found if sections),
    )


def describe_training(runs: list[FinishedRun]) -> str:
    """Return parameters, epochs and time of the runs of one variant on one dataset."""
    about = [run.folder.information() for run in runs]
    words = [f"{about[0]['parameters']:,} parameters"]
    if not all(run.folder.scores_file.exists() for run in runs):
        words.append("not scored, as its recording was not on the machine")
    epochs = [each["outcome"]["best_epoch"] + 1 for each in about if "best_epoch" in each.get("outcome", {})]
    if epochs:
        span = f"{min(epochs)}" if min(epochs) == max(epochs) else f"{min(epochs)} to {max(epochs)}"
        words.append(f"best weights after epoch {span}")
    words += dict.fromkeys(line for each in about if (line := describe_left_out(each)))
    derived = {describe_derived(each["derived"]) for each in about if "derived" in each}
    words += sorted(derived)
    seconds = [each["seconds"] for each in about if "seconds" in each]
    if seconds and not derived:
        words.append(f"{np.mean(seconds):.1f} s a run")
    if len(runs) > 1:
        words.append(f"{len(runs)} runs")
    return ", ".join(words) + describe_one_step(runs)


def describe_one_step(runs: list[FinishedRun]) -> str:
    """Return what a model that may see earlier responses predicts with them; nothing for any other."""
    scores = [run.folder.scores() for run in runs if run.folder.scores_file.exists()]
    medians = [each[ONE_STEP]["bits_per_spike"]["median"] for each in scores if ONE_STEP in each]
    bits = [median for median in medians if median is not None]
    if not bits:
        return ""
    return (
        f". Given the responses measured before each bin, which no score here uses, it predicts the next "
        f"with {np.mean(bits):.3f} bits/spike (median over cells)"
    )


def describe_derived(derived: dict[str, Any]) -> str:
    """Return what was done to the run that another one was derived from."""
    done = ", ".join(f"{name} {json.dumps(value)}" for name, value in derived.items() if name != "from")
    return f"DERIVED from {derived['from'][0]} by changed weights ({done})"


def make_line(row: Row, runs: list[FinishedRun], groups: Iterable[Group]) -> ScoreLine:
    """Return a row of the table, with means over its runs of what analyses put beside the score."""
    about = [run.folder.information() for run in runs]
    group = next(each for each in groups if each.title == f"{row.variant} on {row.dataset}")
    collected: dict[str, list[float]] = {}
    for _, sections in group.sections:
        for section in sections:
            for label, value in section.findings.beside_score.items():
                collected.setdefault(label, []).append(value)
    return ScoreLine(
        row=row,
        beside={label: _mean(values) for label, values in collected.items()},
        parameters=about[0].get("parameters", 0),
        anchor=group.anchor,
    )


def _mean(values: list[float]) -> float:
    """Average what is defined; NaN where nothing is."""
    defined = [value for value in values if np.isfinite(value)]
    return float(np.mean(defined)) if defined else float("nan")
