"""Score predictions against repeated responses: numpy in, numpy out, NaN = not recorded.

Every function takes `responses` (repeat, frame) with `prediction` (frame,) and returns a float, or
`responses` (repeat, frame, neuron) with `prediction` (frame, neuron) and returns an array (neuron,).
A bin counts where at least one repeat was recorded and the prediction is not NaN. Variances are over time.
Nothing is clipped: a score that is not defined is NaN.
"""

from sysid.metrics.autocorrelation import autocorrelation_time
from sysid.metrics.averaging import MeanScore, mean_score, scorable
from sysid.metrics.block import block_ids
from sysid.metrics.correlation import correlation, population_correlation, single_trial_correlation
from sysid.metrics.explained_variance import explainable_variance_fraction, feve
from sysid.metrics.information import bits_per_spike
from sysid.metrics.oracle import leave_one_out_oracle, split_half_ceiling
from sysid.metrics.signal_power import max_correlation, normalized_correlation, signal_power

__all__ = [
    "MeanScore",
    "autocorrelation_time",
    "bits_per_spike",
    "block_ids",
    "correlation",
    "explainable_variance_fraction",
    "feve",
    "leave_one_out_oracle",
    "max_correlation",
    "mean_score",
    "normalized_correlation",
    "population_correlation",
    "scorable",
    "signal_power",
    "single_trial_correlation",
    "split_half_ceiling",
]
