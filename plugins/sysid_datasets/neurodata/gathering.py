"""Read responses and behaviour in the bins of many showings, few reads for many short ones."""

from collections.abc import Callable, Sequence

import attrs
import numpy as np
from jaxtyping import Float64

Edges = Float64[np.ndarray, " edge"]
EdgesOfEach = Sequence[Float64[np.ndarray, " _"]]  # showings have different numbers of bins
LONGEST_GAP_S = 10.0  # between two showings that are read together: what was recorded in it is read in vain
MOST_BINS = 4096  # of behaviour, read at once unless one showing alone has more: it may be sampled at 30 kHz


def read_bins(
    read: Callable[[Edges], np.ndarray],
    edges_s: EdgesOfEach,
    *,
    gap_s: float = LONGEST_GAP_S,
    most_bins: int | None = None,
) -> list[np.ndarray]:
    """Return what `read` gives for the bins of each showing, in the given order.

    Args:
        read: takes increasing edges, gives (bin, column).
        edges_s: of each showing.
        gap_s: between two showings that are read together, at most.
        most_bins: read at once, unless one showing alone has more; None = any number.
    """
    values: list[np.ndarray] = [np.empty(0)] * len(edges_s)
    for batch in _make_batches(edges_s, gap_s, most_bins):
        joined = read(np.concatenate(batch.edges_s))
        for number, first in zip(batch.numbers, batch.first, strict=True):
            values[number] = joined[first : first + len(edges_s[number]) - 1]
    return values


@attrs.define
class _Batch:
    """Showings that follow one another and are read together, with a bin for each gap between them."""

    numbers: list[int] = attrs.Factory(list)
    first: list[int] = attrs.Factory(list)
    edges_s: list[Float64[np.ndarray, " _"]] = attrs.Factory(list)
    count: int = 0

    def takes(self, edges_s: Edges, longest_s: float, most_bins: int | None) -> bool:
        if not self.edges_s:
            return True
        gap_s = float(edges_s[0] - self.edges_s[-1][-1])
        return 0 <= gap_s <= longest_s and (most_bins is None or self.count + len(edges_s) <= most_bins)

    def add(self, number: int, edges_s: Edges) -> None:
        joined = bool(self.edges_s) and self.edges_s[-1][-1] == edges_s[0]
        self.numbers.append(number)
        # without a gap, the last edge is also the first of the new showing
        self.first.append(self.count - 1 if joined else self.count)
        self.edges_s.append(edges_s[1:] if joined else edges_s)
        self.count += len(self.edges_s[-1])


def _make_batches(edges_s: EdgesOfEach, gap_s: float, most_bins: int | None) -> list[_Batch]:
    batches = [_Batch()]
    for number in sorted(range(len(edges_s)), key=lambda each: float(edges_s[each][0])):
        if not batches[-1].takes(edges_s[number], gap_s, most_bins):
            batches.append(_Batch())
        batches[-1].add(number, edges_s[number])
    return batches
