"""The decay of an indicator is taken out of a trace."""

import numpy as np
import pytest

from sysid_datasets.neurodata.deconvolution import deconvolve


def test_what_was_added_to_a_decaying_trace_is_found_on_any_clock():
    generator = np.random.default_rng(0)
    interval_s = generator.uniform(0.02, 0.2, 59)
    added = generator.poisson(0.3, (60, 3)).astype(float)
    calcium = added.copy()
    for sample in range(1, 60):
        calcium[sample] += np.exp(-interval_s[sample - 1] / 0.6) * calcium[sample - 1]
    found = deconvolve(calcium, interval_s, 0.6)
    assert np.isnan(found[0]).all()
    assert found[1:] == pytest.approx(added[1:], abs=1e-12)


def test_a_missing_sample_costs_itself_and_the_next():
    trace = np.ones((6, 2))
    trace[2, 0] = np.nan
    found = deconvolve(trace, np.full(5, 0.1), 1.0)
    assert np.isnan(found).T.tolist() == [[1, 0, 1, 1, 0, 0], [1, 0, 0, 0, 0, 0]]
