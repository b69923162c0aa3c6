"""What a model predicts of a session's test part and what was recorded, as series in an NWB file."""

import attrs
import numpy as np
from jaxtyping import Float
from pynwb import TimeSeries
from pynwb.core import VectorData
from pynwb.epoch import TimeIntervals

from sysid.recording import COUNTS

END_TO_END = (
    "The bins of the test part are put end to end from 0 s; these are not times of the recording: the table "
    "{bins} says which frame of which presentation each bin is."
)


@attrs.frozen(eq=False)
class SessionNames:
    """What the objects of one session are called; NWB has no `/` and no `:` in names."""

    session: str

    @property
    def stem(self) -> str:
        """The session, as a name in NWB."""
        return self.session.replace("/", "_").replace(":", "_")

    @property
    def rates(self) -> str:
        """Predicted responses."""
        return f"{self.stem}_predicted"

    @property
    def recorded(self) -> str:
        """Recorded responses, averaged over repeats."""
        return f"{self.stem}_recorded_mean"

    @property
    def bins(self) -> str:
        """The table of bins."""
        return f"{self.stem}_test_bins"

    @property
    def neurons(self) -> str:
        """The table of neurons."""
        return f"{self.stem}_neurons"

    def fields(self, analysis: str, source: str) -> str:
        """The receptive fields that an analysis found in the data or the model."""
        return f"{self.stem}_{analysis}_{source}_fields".replace("/", "_").replace(":", "_")


def name_unit(kind: str) -> str:
    """Return the unit of responses of a kind: counts are per bin, anything else is as its source names it."""
    if not kind:
        return "not stated, per bin"
    return "spikes/bin" if kind == COUNTS else kind


def make_series(
    names: SessionNames, stored: dict[str, np.ndarray], about: str, kind: str
) -> tuple[TimeSeries, TimeSeries, TimeIntervals]:
    """Return predictions, recorded means and the table of their bins.

    Args:
        names: of the session's objects.
        stored: as in `predictions.npz`, see `sysid.evaluation.TestPart`.
        about: the model and the run in words.
        kind: of the responses.
    """
    edges_s = np.concatenate([[0.0], np.cumsum(stored["bin_duration_s"], dtype=np.float64)])
    where = END_TO_END.format(bins=names.bins)
    columns = f"Column j is row j of {names.neurons}."
    predicted = TimeSeries(
        name=names.rates,
        description=f"Expected response in each bin, (bin, neuron), by {about}. {columns} {where}",
        data=stored["prediction"],
        unit=name_unit(kind),
        timestamps=edges_s[:-1],
        continuity="step",
    )
    recorded = TimeSeries(
        name=names.recorded,
        description=f"Mean over the recorded repeats, (bin, neuron); NaN = not recorded. {columns} {where}",
        data=average_repeats(stored["responses"]),
        unit=name_unit(kind),
        timestamps=predicted,
        continuity="step",
    )
    return predicted, recorded, _make_bins(names, stored, edges_s)


def average_repeats(responses: Float[np.ndarray, "repeat bin neuron"]) -> Float[np.ndarray, "bin neuron"]:
    """Return the mean over the repeats that were recorded, NaN where none was."""
    recorded = ~np.isnan(responses)
    total = np.where(recorded, responses, 0).sum(axis=0, dtype=np.float64)
    count = recorded.sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def _make_bins(names: SessionNames, stored: dict[str, np.ndarray], edges_s: np.ndarray) -> TimeIntervals:
    columns = (
        ("start_time", "start in seconds, bins put end to end", edges_s[:-1]),
        ("stop_time", "end in seconds, bins put end to end", edges_s[1:]),
        ("presentation", "number of the presentation, from 0, in the order of the recording", None),
        ("frame", "number of the stimulus frame within the presentation, from 0", None),
        ("block", "bins with one number are resampled together in confidence intervals", None),
    )
    return TimeIntervals(
        name=names.bins,
        description=f"Bins of the test part of session {names.session}, row by row those of {names.rates}",
        columns=[
            VectorData(name=name, description=description, data=stored[name] if data is None else data)
            for name, description, data in columns
        ],
    )
