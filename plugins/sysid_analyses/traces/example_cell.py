"""Choose cells to show, from the best to the worst, with what they did and were predicted to do."""

import attrs
import numpy as np
from jaxtyping import Float

import sysid
from sysid_analyses.bin_layout import BinLayout, lay_out
from sysid_analyses.repeat_mean import average_repeats
from sysid_analyses.traces.spike_raster import draw_counts

PER_BIN = ("spikes", "rate")  # kinds of response that count per bin, and are shown per second

Part = dict[str, np.ndarray]
"""A stored test part, by name as in `sysid.RunFolder.predictions`."""


@attrs.frozen(eq=False)
class Example:
    """Hold what is shown of one cell.

    Attributes:
        rank: 1 = the highest CC.
        session, number: of the cell.
        layout: which bins are shown, and where.
        data, model: (bin,), mean response and prediction, in `unit`.
        unit: of the two.
        trials: (repeat, bin), recorded spikes; None where responses are no counts.
        drawn: (repeat, bin), Poisson spikes of the prediction; None where responses are no counts.
    """

    rank: int
    session: str
    number: int
    layout: BinLayout
    data: Float[np.ndarray, " bin"]
    model: Float[np.ndarray, " bin"]
    unit: str
    trials: Float[np.ndarray, "repeat bin"] | None
    drawn: Float[np.ndarray, "repeat bin"] | None


def score_cells(parts: dict[str, Part]) -> dict[tuple[str, int], dict[str, float]]:
    """Return, by session and number of the cell, CC and its ceilings over the whole test part.

    Cells with a constant response, which no model can be scored on, are left out.
    """
    cells = {}
    for session, part in parts.items():
        responses, prediction = part["responses"], part["prediction"]
        scores = {
            "correlation": sysid.metrics.correlation(responses, prediction),
            "max_correlation": sysid.metrics.max_correlation(responses),
            "normalized_correlation": sysid.metrics.normalized_correlation(responses, prediction),
            "oracle": sysid.metrics.leave_one_out_oracle(responses),
        }
        for number in np.flatnonzero(sysid.metrics.scorable(responses)).tolist():
            cells[session, number] = {name: float(each[number]) for name, each in scores.items()}
    return cells


def choose_cells(
    scores: dict[tuple[str, int], dict[str, float]], wanted: int
) -> list[tuple[int, tuple[str, int]]]:
    """Return rank and name of the best cell, the worst, and those evenly between; failed ones are last."""
    ranking = sorted(scores, key=lambda cell: -np.nan_to_num(scores[cell]["correlation"], nan=-2))
    places = np.unique(np.linspace(0, len(ranking) - 1, min(wanted, len(ranking))).round().astype(int))
    return [(place + 1, ranking[place]) for place in places.tolist()]


def show_cell(
    rank: int,
    cell: tuple[str, int],
    part: Part,
    kind: str,
    seconds: float,
    generator: np.random.Generator,
) -> Example:
    """Return the first seconds of a cell's test part, with trials drawn from the prediction.

    Args:
        rank: among the cells.
        cell: session and number.
        part: of its session.
        kind: of its responses, as in `sysid.Presentation.response_kind`.
        seconds: how much is shown.
        generator: what the trials are drawn with.
    """
    session, number = cell
    layout = lay_out(part["presentation"], part["frame"], part["bin_duration_s"], seconds)
    trials = part["responses"][:, layout.bins, number].astype(np.float64)  # repeat bin
    trials = trials[~np.isnan(trials).all(axis=1)]  # others have fewer repeats than other presentations
    prediction = part["prediction"][layout.bins, number].astype(np.float64)
    scale = 1 / layout.width if kind in PER_BIN else np.ones(len(layout.width))
    counts = kind == "spikes"
    return Example(
        rank=rank,
        session=session,
        number=number,
        layout=layout,
        data=average_repeats(trials[..., None])[:, 0] * scale,
        model=prediction * scale,
        unit="Hz" if kind in (*PER_BIN, "rate_hz") else kind,
        trials=trials if counts else None,
        drawn=draw_counts(prediction, len(trials), generator) if counts else None,
    )
