"""One cell: its most exciting input, beside the frames of the test part that drive it best."""

import attrs
import numpy as np
from jaxtyping import Float

from sysid_mei.ascent import Peaks, Rate
from sysid_mei.limit import Limits, window_norm

FLAT = "nothing that was tried changes its predicted rate"
SILENT = "its predicted rate never changes in the test part"

Window = Float[np.ndarray, "time channel height width"]


@attrs.frozen(eq=False)
class Cell:
    """What was found of a cell; windows are None and numbers NaN where there is a reason.

    Attributes:
        session, neuron: its name.
        correlation: CC of the test part.
        reason: why it has no most exciting input, or nothing.
        mei, natural: the windows that drive it best: of all within the limits, and of the test part.
        mei_rate, natural_rate: predicted response per bin to each.
        natural_rate_at_norm: to the window of the test part brought to the limits of the other.
        mei_norm, natural_norm: of the deviations from grey.
        agreement: mean correlation between what the starts came to; NaN with one start.
    """

    session: str
    neuron: str
    correlation: float
    reason: str = ""
    mei: Window | None = None
    natural: Window | None = None
    mei_rate: float = float("nan")
    natural_rate: float = float("nan")
    natural_rate_at_norm: float = float("nan")
    mei_norm: float = float("nan")
    natural_norm: float = float("nan")
    agreement: float = float("nan")

    @property
    def ratio(self) -> float:
        """How many times the best natural response the most exciting input brings; NaN where that is none."""
        return self.mei_rate / self.natural_rate if self.natural_rate > 0 else float("nan")


def describe_cell(
    cell: Cell, rate: Rate, peaks: Peaks, natural: Window, limits: Limits, natural_rate: float
) -> Cell:
    """Return a cell with the best of its peaks beside the best window of the test part."""
    import torch  # known to whoever made the rate

    if peaks.flat:
        return attrs.evolve(cell, reason=FLAT)
    mei = peaks.windows[int(peaks.rates.argmax())]
    scaled = limits.apply(natural[None])
    with torch.no_grad():
        at_norm = float(rate(torch.from_numpy(scaled))[0])
    mei_norm, natural_norm = window_norm(np.stack([mei, natural]) - limits.grey).ravel().tolist()
    return attrs.evolve(
        cell,
        mei=mei,
        natural=natural,
        mei_rate=float(peaks.rates.max()),
        natural_rate=natural_rate,
        natural_rate_at_norm=at_norm,
        mei_norm=mei_norm,
        natural_norm=natural_norm,
        agreement=measure_agreement(peaks.windows - limits.grey),
    )


def measure_agreement(deviations: Float[np.ndarray, "start time channel height width"]) -> float:
    """Return the mean correlation over all pairs of starts; NaN where there is one."""
    count = len(deviations)
    if count < 2:
        return float("nan")
    flat = deviations.reshape(count, -1)
    if (flat.std(axis=1) == 0).any():
        return float("nan")
    return float(np.corrcoef(flat)[np.triu_indices(count, 1)].mean())
