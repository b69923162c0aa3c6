"""Check what an analysis says it found against what it left in its folder."""

import csv
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from sysid.finding import Findings
from sysid.testing.closeness import is_equal
from sysid.testing.subject import Subject


def check_findings(subject: Subject, findings: Findings, folder: Path) -> None:
    """Expect finite numbers or words that say why not, and every picture and table in the folder.

    Raises:
        AssertionError: a number is infinite, one is missing without a word, or a file is.
    """
    numbers = {
        name: value
        for name, value in {**findings.numbers, **findings.beside_score}.items()
        if not isinstance(value, str)
    }
    words = (*findings.headlines, *findings.statements, *findings.warnings)
    infinite = [name for name, value in numbers.items() if math.isinf(value)]
    subject.expect(
        not infinite,
        "findings",
        "finite numbers, NaN where one is not defined",
        f"infinity in {', '.join(infinite)}",
        "Usual mistake: a division by a variance or a count of zero.",
    )
    subject.expect(
        bool(findings.reason or numbers or words or findings.pictures or findings.tables),
        "findings",
        "numbers, sentences, pictures or tables, or a reason why there are none",
        "nothing",
        "What cannot be done with a run is `Findings(reason='one sentence')`.",
    )
    unknown = [name for name, value in numbers.items() if math.isnan(value)]
    subject.expect(
        not unknown or bool(findings.reason or words),
        "findings",
        "a sentence where a number is not defined",
        f"NaN in {', '.join(unknown)} without a word",
        "Say in `statements` or `reason` why.",
    )
    _check_files(subject, findings, folder)


def _check_files(subject: Subject, findings: Findings, folder: Path) -> None:
    promised = [f"{picture.stem}.{kind}" for picture in findings.pictures for kind in ("png", "svg")]
    promised += [table.file for table in findings.tables]
    missing = [
        name for name in promised if not (folder / name).is_file() or not (folder / name).stat().st_size
    ]
    subject.expect(
        not missing,
        "findings",
        "every picture as PNG and SVG, and every table, in the folder",
        f"no {', '.join(missing)}",
        "`Picture('ends', …)` is shown from ends.png and ends.svg.",
    )
    for table in findings.tables:
        with open(folder / table.file, newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        widths = {len(row) for row in rows}
        subject.expect(
            len(widths) == 1,
            "findings",
            f"a header and rows of one length in {table.file}",
            f"rows of {', '.join(map(str, sorted(widths)))} entries",
            "Tables are CSV: commas, one header line.",
        )


def check_same_findings(subject: Subject, found: list[Findings], folders: list[Path]) -> None:
    """Expect the same findings, tables and arrays from the same runs, whatever torch's generator was at.

    Raises:
        AssertionError: something differs.
    """
    first, second = (attrs.asdict(each) for each in found)
    different = [name for name in first if not _is_same(first[name], second[name])]
    different += list(_different_files(*folders))
    subject.expect(
        not different,
        "same_findings",
        "the same findings, tables and arrays from the same runs",
        f"others in {', '.join(different)}",
        "Usual mistake: a draw from torch's or numpy's own generator; give `default_rng` a seed of your key.",
    )


def _is_same(one: Any, two: Any) -> bool:
    """Compare values of JSON's kinds; NaN is NaN."""
    if isinstance(one, dict) and isinstance(two, dict):
        return one.keys() == two.keys() and all(_is_same(one[name], two[name]) for name in one)
    if isinstance(one, list | tuple) and isinstance(two, list | tuple):
        return len(one) == len(two) and all(map(_is_same, one, two))
    if isinstance(one, float) and isinstance(two, float) and math.isnan(one):
        return math.isnan(two)
    return bool(one == two)


def _different_files(first: Path, second: Path) -> Iterator[str]:
    """Yield tables and arrays that differ, or that only one of two folders has; pictures are not compared."""
    names = {
        str(file.relative_to(folder))
        for folder in (first, second)
        for file in folder.rglob("*")
        if file.is_file()
    }
    for name in sorted(names):
        one, two = first / name, second / name
        if not (one.exists() and two.exists() and _same_content(one, two)):
            yield name


def _same_content(one: Path, two: Path) -> bool:
    if one.suffix == ".npz":
        return _same_arrays(one, two)
    return one.suffix != ".csv" or one.read_bytes() == two.read_bytes()


def _same_arrays(one: Path, two: Path) -> bool:
    with np.load(one, allow_pickle=False) as first, np.load(two, allow_pickle=False) as second:
        return first.files == second.files and all(
            is_equal(first[name], second[name]) for name in first.files
        )
