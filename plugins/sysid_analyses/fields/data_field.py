"""The receptive fields of the data that a run was trained on, for comparison with the model's."""

import functools
from typing import Literal

import attrs
import numpy as np
from jaxtyping import Float

from sysid import Dataset, Run
from sysid_analyses.fields.stimulus_correlation import stimulus_correlation
from sysid_analyses.fields.training_data import read_training_data
from sysid_analyses.regression_filter import regression_filter
from sysid_analyses.sta import spike_triggered_average

Method = Literal["average", "regression"]


@attrs.frozen(eq=False)
class DataFilters:
    """Hold the linear filters of one session's neurons.

    Attributes:
        filters: (lag, height, width, neuron), lag 0 the newest frame that the model sees.
        method: "average" (spike-triggered) or "regression" (see `regression_filter`).
        explained: (neuron,), share of variance that a regression predicts of bins left out; NaN for averages.
    """

    filters: Float[np.ndarray, "lag height width neuron"]
    method: Method
    explained: Float[np.ndarray, " neuron"]


@attrs.frozen
class _Request:
    """What the filters depend on, so that models trained on the same bins ask for the same."""

    dataset: Dataset
    history: int
    include_current: bool
    run: Run = attrs.field(eq=False)


def data_filters(run: Run) -> dict[str, DataFilters]:
    """Return the filters of the run's training bins by session, with as many lags as the model sees.

    Where the training frames are white these are spike-triggered averages, else regression filters. The last
    two answers are kept: a recipe has many models of the same data.

    Raises:
        DataNotFoundError: the recording is not on this machine.
    """
    return _compute(_Request(run.dataset, run.samples.history, run.samples.include_current, run))


@functools.lru_cache(maxsize=2)
def _compute(request: _Request) -> dict[str, DataFilters]:
    found = {}
    for session, data in read_training_data(request.run).items():
        if stimulus_correlation(data.stimulus).white:
            filters = spike_triggered_average(data.stimulus, data.responses, data.lags)
            method, explained = "average", np.full(filters.shape[-1], np.nan)
        else:
            regression = regression_filter(data.stimulus, data.responses, data.lags)
            method, filters, explained = "regression", regression.filters, regression.explained
        found[session] = DataFilters(filters[request.run.window.lead :], method, explained)
    return found
