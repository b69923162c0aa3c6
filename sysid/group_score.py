"""Scores by group of neurons: ON and OFF, cell type, area, whatever a recording or an analysis says."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import attrs
import numpy as np

from sysid.cell_score import SCORES, cell_scores
from sysid.cell_table import Column, as_numbers, cell_columns
from sysid.csv_cell import guard_cell
from sysid.errors import SysidError, did_you_mean
from sysid.finished_run import FinishedRun, group_runs
from sysid.neuron_property import Cell, stored_words

POLARITY = "polarity"  # ON or OFF, as the recording or an analysis of its fields names it
MOST_GROUPS = 12  # of a column that is shown unasked: more is a list of neurons rather than of groups
SMALL = 5  # with fewer cells a quartile is hardly more than one cell's own value
CSV_COLUMNS = (
    *("grouped_by", "group", "dataset", "variant", "simulated", "measure"),
    *("cells", "small", "lower_quartile", "median", "upper_quartile"),
)


@attrs.frozen
class Spread:
    """How one measure is spread over the neurons that have it; NaN where none has."""

    cells: int
    lower_quartile: float
    median: float
    upper_quartile: float

    @property
    def small(self) -> bool:
        """Whether there are too few neurons for quartiles to mean much."""
        return self.cells < SMALL


@attrs.frozen
class GroupLine:
    """One group of neurons under one variant on one dataset.

    Attributes:
        group: the word that its neurons share; nothing for those that have none.
        variant, dataset: as in the recipe.
        simulated: whether the responses were computed.
        measures: scores by name, then what analyses found of each neuron, by `<analysis>.<column>`.
    """

    group: str
    variant: str
    dataset: str
    simulated: bool
    measures: dict[str, Spread]


@attrs.frozen
class GroupTable:
    """The neurons put into groups by one column: a property, or `<analysis>.<column>` of a table."""

    column: str
    lines: tuple[GroupLine, ...]


def group_tables(runs: Iterable[FinishedRun], by: Sequence[str] = ()) -> tuple[GroupTable, ...]:
    """Return a table for every column that makes groups unasked, and for those in `by`.

    Unasked are the properties of the recording with 2 to 12 words that two neurons or more share each; and
    the column `polarity` of an analysis where the recording has none of that name.

    Raises:
        SysidError: a column in `by` that no run has; the line names those that there are.
    """
    scored = group_runs(run for run in runs if run.folder.scores_file.exists())
    tables = {name: [cell_columns(run) for run in of] for name, of in scored.items()}
    columns = _words_by_dataset(scored, tables)
    known = list(dict.fromkeys(name for of_dataset in columns.values() for name in of_dataset))
    for name in by:
        if name not in known:
            raise SysidError(f'--by: expected {_one_of(known)}, got "{name}"{did_you_mean(name, known)}')
    recorded = {name for of in scored.values() for name in stored_words(of[0].folder.information())}
    chosen = list(dict.fromkeys([*(name for name in known if _is_shown(name, recorded, columns)), *by]))
    if not chosen:
        return ()
    measures = {name: _measures(of, tables[name]) for name, of in scored.items()}
    return tuple(
        GroupTable(
            column,
            tuple(
                line
                for name, of in scored.items()
                if column in columns[name[1]]
                for line in _lines(of[0], columns[name[1]][column], measures[name])
            ),
        )
        for column in chosen
    )


def group_csv(tables: Iterable[GroupTable]) -> str:
    """Return all measures of all groups as CSV, one a row; an empty cell is what is not known."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for table in tables:
        for line in table.lines:
            names = map(guard_cell, (table.column, line.group, line.dataset, line.variant))
            about = [*names, line.simulated]
            for measure, spread in line.measures.items():
                numbers = (spread.lower_quartile, spread.median, spread.upper_quartile)
                shown = ("" if np.isnan(number) else f"{number:.6g}" for number in numbers)
                writer.writerow([*about, measure, spread.cells, spread.small, *shown])
    return text.getvalue()


def _words_by_dataset(
    scored: dict[tuple[str, str], list[FinishedRun]], tables: dict[tuple[str, str], list[dict[str, Column]]]
) -> dict[str, dict[str, Column]]:
    """Return, by dataset, the columns in words: properties first, then those of analyses.

    What one run's analysis says of a neuron holds for all variants on its dataset, and the first run's word
    counts: an analysis of the data need not be done for each.
    """
    found: dict[str, dict[str, Column]] = {}
    for (_, dataset), runs in scored.items():
        found.setdefault(dataset, {}).update(stored_words(runs[0].folder.information()))
    for (_, dataset), of_runs in tables.items():
        for name, column in (each for of_run in of_runs for each in of_run.items()):
            if column and not as_numbers(column):
                found[dataset].setdefault(name, column)
    return found


def _is_shown(name: str, recorded: set[str], columns: dict[str, dict[str, Column]]) -> bool:
    """Say whether a column is shown unasked, on any dataset."""
    stands_in = name.rpartition(".")[2] == POLARITY and POLARITY not in recorded
    if name not in recorded and not stands_in:
        return False
    for of_dataset in columns.values():
        counts = Counter(of_dataset.get(name, {}).values())
        if 2 <= len(counts) <= MOST_GROUPS and min(counts.values()) >= 2:
            return True
    return False


def _measures(runs: list[FinishedRun], tables: list[dict[str, Column]]) -> dict[str, dict[Cell, float]]:
    """Return the scores of every neuron, and what analyses say of it in numbers, averaged over runs."""
    measures = cell_scores(runs)
    for name in dict.fromkeys(name for of_run in tables for name in of_run):
        numbers = [as_numbers(of_run.get(name, {})) for of_run in tables]
        cells = dict.fromkeys(cell for of_run in numbers for cell in of_run)
        averaged = {
            cell: float(np.mean([of_run[cell] for of_run in numbers if cell in of_run])) for cell in cells
        }
        if averaged:
            measures[name] = averaged
    return measures


def _lines(run: FinishedRun, words: Column, measures: dict[str, dict[Cell, float]]) -> Iterator[GroupLine]:
    """Yield the groups in the order of their words, those without a word last."""
    cells = list(measures[SCORES[0]])
    of_group: dict[str, list[Cell]] = {word: [] for word in sorted(set(words.values()))} | {"": []}
    for cell in cells:
        of_group[words.get(cell, "")].append(cell)
    for group, members in of_group.items():
        if members:
            spreads = {
                name: spread_of([values[cell] for cell in members if cell in values])
                for name, values in measures.items()
            }
            yield GroupLine(group, run.variant, run.dataset, run.simulated, spreads)


def spread_of(values: Iterable[float]) -> Spread:
    """Return median and quartiles of what is defined, between two values by linear interpolation."""
    defined = [value for value in values if np.isfinite(value)]
    if not defined:
        return Spread(0, float("nan"), float("nan"), float("nan"))
    return Spread(len(defined), *map(float, np.percentile(defined, (25, 50, 75))))


def _one_of(known: Sequence[str]) -> str:
    if not known:
        return "a property of the neurons, of which these runs name none in words"
    return "one of " + ", ".join(f'"{name}"' for name in known)
