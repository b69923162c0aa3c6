"""Say what the columns of a table hold, in a few words each."""

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
from hdmf.common import DynamicTable

from sysid_datasets.neurodata.column import read_column, to_plain
from sysid_datasets.neurodata.summary.wording import write_number

MOST_VALUES = 5  # of a text column, told by name
LONGEST = 24  # characters of a value


@attrs.frozen
class Column:
    """Hold what a column of a table has, one value per row.

    Attributes:
        name: of the column.
        lowest, highest: of numbers; NaN where all are, and of texts.
        missing_share: of numbers, how many are NaN.
        counts: of texts, values and how many rows have each, the most frequent first.
        distinct: how many different values there are.
        times: how many rows have the same value, at the median over values.
    """

    name: str
    lowest: float = float("nan")
    highest: float = float("nan")
    missing_share: float = 0.0
    counts: tuple[tuple[str, int], ...] = ()
    distinct: int = 0
    times: int = 0

    def describe(self) -> str:
        """Return the name and what is in it: `snr 0.5 … 9.1`, `quality: good (31), noise (5)`."""
        if not self.distinct:
            return f"{self.name}: {'NaN' if self.missing_share else 'empty'}"
        if self.counts:
            shown = [f"{_shorten(value)} ({count})" for value, count in self.counts[:MOST_VALUES]]
            more = f", … {self.distinct} values" if self.distinct > MOST_VALUES else ""
            return f"{self.name}: {', '.join(shown)}{more}"
        missing = f" (NaN {100 * self.missing_share:.2g} %)" if self.missing_share else ""
        if self.lowest == self.highest:
            return f"{self.name} {write_number(self.lowest)}{missing}"
        return f"{self.name} {write_number(self.lowest)} … {write_number(self.highest)}{missing}"


def summarize_columns(table: DynamicTable, leave_out: tuple[str, ...] = ()) -> Iterator[Column]:
    """Yield the columns that hold one number or one text for every row; others one cannot filter by.

    Raises:
        SysidError: a column is damaged.
    """
    for name in table.colnames:
        values = None if name in leave_out else read_column(table, name)
        if values is not None:
            yield _summarize_plain(name, values)


def summarize(name: str, values: Any) -> Column | None:
    """Return what values are like, None where they are neither numbers nor texts."""
    plain = to_plain(values)
    return None if plain is None else _summarize_plain(name, plain)


def _summarize_plain(name: str, values: np.ndarray) -> Column:
    if values.dtype.kind == "U":
        return _count(name, values)
    known = values[np.isfinite(values)]
    if not known.size:
        return Column(name, missing_share=1.0 if values.size else 0.0)
    distinct, counts = np.unique(known, return_counts=True)
    return Column(
        name,
        lowest=float(distinct[0]),
        highest=float(distinct[-1]),
        missing_share=1 - known.size / values.size,
        distinct=len(distinct),
        times=int(np.median(counts)),
    )


def _count(name: str, texts: np.ndarray) -> Column:
    values, counts = np.unique(texts, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    pairs = tuple((str(values[at]), int(counts[at])) for at in order)
    return Column(name, counts=pairs, distinct=len(pairs), times=int(np.median(counts)) if pairs else 0)


def _shorten(value: str) -> str:
    return value or '""' if len(value) <= LONGEST else value[: LONGEST - 1] + "…"
