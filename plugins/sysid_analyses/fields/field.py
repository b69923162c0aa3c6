"""One neuron's receptive field: a filter taken apart into a map with its ellipse and a time course."""

import attrs
import numpy as np
from jaxtyping import Float

from sysid_analyses.kernel import spatial_autocorrelation, temporal_regularity
from sysid_analyses.receptive_field import GaussianFit, fit_gaussian
from sysid_analyses.separation import separate
from sysid_analyses.temporal_summary import TemporalSummary, temporal_summary

NAN = float("nan")


@attrs.frozen(eq=False)
class Field:
    """Describe a receptive field, of a cell or of what a model makes of it.

    Attributes:
        filter: (lag, height, width), lag 0 the newest frame that the model sees.
        spatial: (height, width) and
        temporal: (lag,), the best product, unit norm, the largest |spatial| positive (see `separate`); NaN
            where the filter is not known or zero.
        separability: share of the filter's power that the product has.
        fit: the Gaussian in the map.
        times: in seconds before the bin, see `temporal_summary`.
        autocorrelation: Moran's I of the map, see `spatial_autocorrelation`.
        regularity: of the time course, see `temporal_regularity`.
        reason: why this is no receptive field; empty where it is one.
    """

    filter: Float[np.ndarray, "lag height width"]
    spatial: Float[np.ndarray, "height width"]
    temporal: Float[np.ndarray, " lag"]
    separability: float
    fit: GaussianFit
    times: TemporalSummary
    autocorrelation: float
    regularity: float
    reason: str

    @property
    def found(self) -> bool:
        """Whether there is a receptive field."""
        return not self.reason

    @property
    def polarity(self) -> float:
        """1 (ON) or −1 (OFF): the sign of the time course's first peak, turned over where the ellipse is that
        of a trough in the map; NaN where the time course is not known."""
        lag = temporal_summary(self.temporal, 1.0).first_peak_latency
        if np.isnan(lag):
            return NAN
        trough = self.fit.found and self.fit.amplitude < 0
        return float(np.sign(self.temporal[round(lag)]) * (-1 if trough else 1))


def describe_field(
    filter: Float[np.ndarray, "lag height width"],
    dt_s: float,
    lead: int = 0,
    *,
    reason: str = "",
    subtract_mean: bool = False,
) -> Field:
    """Take a filter apart, fit its map and measure both.

    Args:
        filter: lag 0 the newest frame that the model sees.
        dt_s: from frame to frame.
        lead: frames from the newest that the model sees to the bin's own, so that latencies count from the
            bin whatever the model sees.
        reason: why this is no receptive field, if that is known beforehand: it is described all the same.
        subtract_mean: before separating, see `separate`.
    """
    if not np.isfinite(filter).all() or not filter.any():
        lags, height, width = filter.shape
        nothing = np.full((height, width), NAN)
        return Field(
            filter=filter,
            spatial=nothing,
            temporal=np.full(lags, NAN),
            separability=NAN,
            fit=GaussianFit(reason=reason or "there is no filter"),
            times=TemporalSummary(NAN, NAN, NAN, NAN),
            autocorrelation=NAN,
            regularity=NAN,
            reason=reason or "there is no filter",
        )
    spatial, temporal, singular_values = separate(filter, subtract_mean)
    fit = fit_gaussian(spatial)
    times = temporal_summary(temporal, dt_s)
    if lead:
        delayed = ("first_peak_latency", "peak_time", "zero_crossing")
        times = attrs.evolve(times, **{name: getattr(times, name) + lead * dt_s for name in delayed})
    return Field(
        filter=filter,
        spatial=spatial,
        temporal=temporal,
        separability=float(singular_values[0] ** 2 / np.square(singular_values).sum()),
        fit=fit,
        times=times,
        autocorrelation=spatial_autocorrelation(spatial),
        regularity=temporal_regularity(temporal),
        reason=reason or fit.reason,
    )
