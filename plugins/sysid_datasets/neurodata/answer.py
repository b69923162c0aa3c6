"""Read what was recorded to each thing that was shown."""

from collections.abc import Callable, Sequence

import attrs
import numpy as np
from jaxtyping import Bool, Float32, Float64

from sysid_datasets.neurodata.gathering import Edges, find_recorded, mask_bins, read_bins
from sysid_datasets.neurodata.grouping import Repeats
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
        return Stretch(repeats.identity, repeats.is_image, repeats.count, since_onset_s, self.recorded)

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

    Bins outside the recording or in an invalid interval are NaN, as are those in which a neuron was not
    recorded; behaviour is known wherever it was measured.

    Args:
        shown: at least one thing.
        responses: of the population.
        behaviour: gives (bin, channel) between edges; None = none is asked for.
        invalid_s: intervals in which nothing counts.
    """
    edges_s = [row for repeats in shown for row in repeats.edges_s]
    recorded = [find_recorded(row, responses.span_s, invalid_s) for row in edges_s]
    read = read_bins(responses.in_bins, edges_s)
    rows = [mask_bins(values, inside) for values, inside in zip(read, recorded, strict=True)]
    channels = [] if behaviour is None else read_bins(behaviour, edges_s)
    answers, first = [], 0
    for repeats in shown:
        own = slice(first, first + repeats.count)
        measured = np.stack(channels[own]) if behaviour is not None else None  # repeat bin channel
        answers.append(Answered(repeats, np.stack(rows[own]), measured))  # repeat bin neuron
        first += repeats.count
    return answers
