"""What the public functions of the analyses refuse, each in one line."""

import subprocess
import sys

import numpy as np
import pytest

from sysid import SysidError
from sysid_analyses.argument_check import check_array, check_windows
from sysid_analyses.kernel import spatial_autocorrelation, temporal_regularity
from sysid_analyses.regression_filter import regression_filter
from sysid_analyses.separation import separate
from sysid_analyses.sta import spike_triggered_average, spike_triggered_covariance

NOISE = np.random.default_rng(0).random((20, 4, 5))
OUTSIDE = """
import numpy as np
from sysid import SysidError
from sysid_analyses.complexity import spatial_complexity
from sysid_analyses.kernel import spatial_autocorrelation, temporal_regularity
from sysid_analyses.receptive_field import fit_gaussian
from sysid_analyses.regression_filter import regression_filter
from sysid_analyses.separation import separate
from sysid_analyses.sta import spike_triggered_average, spike_triggered_covariance

movie, flat, counts = np.ones((20, 4, 5)), np.ones((20, 4)), np.ones((20, 2))
windows = (spike_triggered_average, spike_triggered_covariance, regression_filter)
calls = [(each, arguments) for each in windows for arguments in ((flat, counts, 3), (movie, counts[:, 0], 3))]
calls += [(separate, (flat,)), (fit_gaussian, (movie,)), (spatial_autocorrelation, (movie,))]
calls += [(temporal_regularity, (flat,)), (spatial_complexity, (movie, 8)), (spatial_complexity, (flat, 8))]
for function, arguments in calls:
    try:
        function(*arguments)
    except SysidError as error:
        print(error)
"""


def test_other_axes_are_refused_where_no_type_checker_does():
    command = [sys.executable, "-c", OUTSIDE]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(lines) == 12
    assert lines[:2] == [
        "spike_triggered_average: stimulus: expected (frame, height, width), each at least 1, got shape "
        "(20, 4)",
        "spike_triggered_average: responses: expected (frame, neuron), each at least 1, got shape (20,)",
    ]
    assert lines[6:10] == [
        "separate: filter: expected (lag, height, width), each at least 1, got shape (20, 4)",
        "fit_gaussian: spatial: expected (height, width), each at least 1, got shape (20, 4, 5)",
        "spatial_autocorrelation: map: expected (height, width), each at least 1, got shape (20, 4, 5)",
        "temporal_regularity: vector: expected (lag), each at least 1, got shape (20, 4)",
    ]
    assert lines[10:] == [
        "data_range: expected a finite number above 0, which float64 frames need, got None",
        "movie: expected grey levels of 0 … 255 as uint8, or floats, (frame, height, width), got float64 of "
        "shape (20, 4)",
    ]


@pytest.mark.parametrize("function", [spike_triggered_average, spike_triggered_covariance, regression_filter])
def test_windows_that_cannot_be_are_refused(function):
    name = function.__name__
    with pytest.raises(SysidError, match=f"{name}: lags: expected 1 … 20, the number of frames, got 21"):
        function(NOISE, np.ones((20, 2)), 21)
    with pytest.raises(SysidError, match=f"{name}: lags: expected 1 … 20, the number of frames, got 0"):
        function(NOISE, np.ones((20, 2)), 0)
    unknown = np.full((20, 2), np.inf)
    with pytest.raises(SysidError, match=f"{name}: responses: expected finite values, or NaN where not"):
        function(NOISE, unknown, 3)


def test_responses_of_another_length_are_refused():
    with pytest.raises(SysidError, match="here: responses: expected 20 frames as in stimulus, got 19"):
        check_windows("here", NOISE, np.ones((19, 2)), 3)


@pytest.mark.parametrize(
    ("function", "shape"),
    [(separate, (3, 4, 5)), (spatial_autocorrelation, (4, 5)), (temporal_regularity, (6,))],
)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_refused(function, shape, value):
    array = np.ones(shape)
    array.flat[1] = value
    with pytest.raises(SysidError, match=f"{function.__name__}: .* of finite values, got 1 that are NaN or"):
        function(array)


def test_nothing_is_refused():
    with pytest.raises(
        SysidError, match=r"here: map: expected \(height, width\), each at least 1, got shape"
    ):
        check_array("here", "map", np.zeros((0, 3)), "height width")


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"blocks": 1}, "blocks: expected at least 2, got 1"),
        ({"components": 0}, "components: expected at least 1, got 0"),
        ({"ridge": 0.0}, "space, time, ridge: expected ≥ 0, ≥ 0 and > 0, got 0.1, 0.1 and 0.0"),
        ({"strengths": ()}, r"strengths: expected some, all above 0, got \(\)"),
    ],
)
def test_settings_of_a_regression_out_of_range_are_refused(settings, line):
    with pytest.raises(SysidError, match=f"regression_filter: {line}"):
        regression_filter(NOISE, np.ones((20, 2)), 3, **settings)
