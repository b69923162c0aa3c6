"""Read what was recorded to each thing that was shown."""

from collections.abc import Callable, Sequence

import attrs
import numpy as np
from jaxtyping import Bool, Float32, Float64

from sysid_datasets.neurodata.gathering import MOST_BINS, Edges, read_bins
from sysid_datasets.neurodata.grouping import Repeats
from sysid_datasets.neurodata.interval import overlaps
from sysid_datasets.neurodata.responses import Responses
from sysid_datasets.neurodata.split import Stretch


@attrs.frozen(eq=False)
class Answered:
    """Hold the repeats of one sequence of frames with what was recorded to them.

    Attributes:
        repeats: what was shown, and when.
        responses: NaN = not recorded.
        behaviour: of every repeat, NaN = not measured; None where none was asked for.
    """

    repeats: Repeats
    responses: Float32[np.ndarray, "repeat bin neuron"]
    behaviour: Float32[np.ndarray, "repeat bin channel"] | None = None

    @property
    def recorded(self) -> Bool[np.ndarray, " bin"]:
        """Mark the bins in which any neuron was recorded in any repeat."""
        return ~np.isnan(self.responses).all(axis=(0, 2))

    @property
    def stretch(self) -> Stretch:
        """What the split asks for."""
        repeats = self.repeats
        since_onset_s = repeats.edges_s[0, :-1] - repeats.edges_s[0, 0]
        count = int((~np.isnan(self.responses)).any(axis=(1, 2)).sum())  # of those that anything answers
        return Stretch(repeats.identity, repeats.is_image, count, since_onset_s, self.recorded)

    def one_repeat(self, number: int) -> "Answered":
        """Return one repeat by itself, with a name of its own where there are several."""
        row = slice(number, number + 1)
        repeats = self.repeats
        name = repeats.name if repeats.count == 1 else f"{repeats.name}/repeat{number + 1}"
        return Answered(
            attrs.evolve(repeats, name=name, edges_s=repeats.edges_s[row]),
            self.responses[row],
            None if self.behaviour is None else self.behaviour[row],
        )


def read_answers(
    shown: Sequence[Repeats],
    responses: Responses,
    behaviour: Callable[[Edges], np.ndarray] | None,
    invalid_s: Float64[np.ndarray, "interval 2"],
) -> list[Answered]:
    """Read responses and behaviour in the bins of everything that was shown.

    Bins in which a neuron was not recorded are NaN, and those that touch an invalid interval are for all;
    behaviour is known wherever it was measured. The responses to everything are in memory then.

    Args:
        shown: at least one thing.
        responses: of the population.
        behaviour: gives (bin, channel) between edges; None = none is asked for.
        invalid_s: intervals in which nothing counts.
    """
    edges_s = [row for repeats in shown for row in repeats.edges_s]
    rows = read_bins(responses.in_bins, edges_s, gap_s=responses.gap_s)
    for values, edges in zip(rows, edges_s, strict=True):
        values[overlaps(edges, invalid_s)] = np.nan
    channels = [] if behaviour is None else read_bins(behaviour, edges_s, most_bins=MOST_BINS)
    answers, first = [], 0
    for repeats in shown:
        own = slice(first, first + repeats.count)
        measured = None if behaviour is None else _stack(channels[own])  # repeat bin channel
        answers.append(Answered(repeats, _stack(rows[own]), measured))  # repeat bin neuron
        first += repeats.count
    return answers


def _stack(rows: Sequence[np.ndarray]) -> np.ndarray:
    """Return rows with an axis for the repeat before theirs; one alone, which may be large, is not copied."""
    return rows[0][None] if len(rows) == 1 else np.stack(rows)
