"""The findings of analyses as sections of a report, their pictures inside the page."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs

from sysid.analysis_run import stored_findings
from sysid.finding import Findings, Picture
from sysid.report.picture import Pictures

NOT_IN_ANCHORS = re.compile(r"[^a-z0-9]+")


@attrs.frozen
class Figure:
    """One picture in the page.

    Attributes:
        source: a `data:` address that holds the PNG, or nothing where the file is gone or the page is full.
        caption: what to see.
        answers: the figure of a paper that it answers.
        file: where the PNG and the SVG beside it lie.
        left_out: whether the page had no room for it.
    """

    source: str
    caption: str
    answers: str
    file: str
    left_out: bool = False


@attrs.frozen
class Section:
    """One analysis.

    Attributes:
        name: in the recipe.
        anchor: of its heading in the page.
        findings: what it found.
        figures: its pictures.
        folder: where its files lie.
    """

    name: str
    anchor: str
    findings: Findings
    figures: tuple[Figure, ...]
    folder: str


def read_sections(
    top: Path, prefix: str, pictures: Pictures, digests: frozenset[str] | None = None
) -> tuple[Section, ...]:
    """Return the analyses that lie in a folder, in the order of their names.

    Args:
        top: `analyses/` of a run or of a summary.
        prefix: of the anchors, which are unique in a page.
        pictures: of the page.
        digests: of the runs that the report is about; an analysis that looked at any other run is left out.
    """
    found = []
    for folder in sorted(top.iterdir()) if top.is_dir() else ():
        stored = stored_findings(folder) if folder.is_dir() and not folder.name.startswith(".") else None
        if stored is None or (digests is not None and not looked_at_these(stored.about, digests)):
            continue
        found.append(
            Section(
                name=folder.name,
                anchor=make_anchor(prefix, folder.name),
                findings=stored.findings,
                figures=tuple(make_figure(folder, each, pictures) for each in stored.findings.pictures),
                folder=str(folder),
            )
        )
    return tuple(found)


def make_figure(folder: Path, picture: Picture, pictures: Pictures) -> Figure:
    """Return one picture of an analysis, inside the page where there is room."""
    file = f"{picture.stem}.png"
    source, left_out = pictures.embed(folder / file)
    return Figure(source, picture.caption, picture.answers, file, left_out)


def looked_at_these(about: dict[str, Any], digests: Iterable[str]) -> bool:
    """Say whether an analysis looked at none but these runs."""
    return {digest for _, digest in about["runs"]} <= set(digests)


def make_anchor(*words: str) -> str:
    """Return words as the name of a place in the page."""
    return NOT_IN_ANCHORS.sub("-", " ".join(words).lower()).strip("-")
