"""One neuron's receptive field: a filter taken apart into a map with its ellipse and a time course."""

from collections.abc import Sequence

import attrs
import numpy as np
from jaxtyping import Float

from sysid_analyses.kernel import spatial_autocorrelation, temporal_regularity
from sysid_analyses.receptive_field import GaussianFit, fit_gaussians
from sysid_analyses.separation import Separation, separate
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


def describe_fields(
    filters: Float[np.ndarray, "lag height width neuron"],
    dt_s: float,
    lead: int = 0,
    *,
    reasons: Sequence[str] | None = None,
    subtract_mean: bool = False,
) -> tuple[Field, ...]:
    """Take filters apart, fit all their maps together and measure both.

    Args:
        filters: lag 0 the newest frame that the model sees.
        dt_s: from frame to frame.
        lead: frames from the newest that the model sees to the bin's own, so that latencies count from the
            bin whatever the model sees.
        reasons: for each neuron why this is no receptive field, if that is known beforehand (else empty): it
            is described all the same.
        subtract_mean: before separating, see `separate`.
    """
    each_filter = np.moveaxis(filters, 3, 0)
    parts = [
        separate(filter, subtract_mean) if np.isfinite(filter).all() and filter.any() else None
        for filter in each_filter
    ]
    maps = [found.spatial for found in parts if found]
    fits = iter(fit_gaussians(np.stack(maps)) if maps else [])
    return tuple(
        _describe(filter, found, next(fits), dt_s, lead, reason) if found else _no_field(filter, reason)
        for filter, found, reason in zip(each_filter, parts, reasons or [""] * len(parts), strict=True)
    )


def describe_field(
    filter: Float[np.ndarray, "lag height width"],
    dt_s: float,
    lead: int = 0,
    *,
    reason: str = "",
    subtract_mean: bool = False,
) -> Field:
    """Take one filter apart, fit its map and measure both, as `describe_fields` does."""
    found = describe_fields(
        filter[..., np.newaxis], dt_s, lead, reasons=(reason,), subtract_mean=subtract_mean
    )
    return found[0]


def _no_field(filter: Float[np.ndarray, "lag height width"], reason: str) -> Field:
    lags, height, width = filter.shape
    reason = reason or "there is no filter"
    return Field(
        filter=filter,
        spatial=np.full((height, width), NAN),
        temporal=np.full(lags, NAN),
        separability=NAN,
        fit=GaussianFit(reason=reason),
        times=TemporalSummary(NAN, NAN, NAN, NAN),
        autocorrelation=NAN,
        regularity=NAN,
        reason=reason,
    )


def _describe(
    filter: Float[np.ndarray, "lag height width"],
    found: Separation,
    fit: GaussianFit,
    dt_s: float,
    lead: int,
    reason: str,
) -> Field:
    times = temporal_summary(found.temporal, dt_s)
    if lead:
        delayed = ("first_peak_latency", "peak_time", "zero_crossing")
        times = attrs.evolve(times, **{name: getattr(times, name) + lead * dt_s for name in delayed})
    singular_values = found.singular_values
    return Field(
        filter=filter,
        spatial=found.spatial,
        temporal=found.temporal,
        separability=float(singular_values[0] ** 2 / np.square(singular_values).sum()),
        fit=fit,
        times=times,
        autocorrelation=spatial_autocorrelation(found.spatial),
        regularity=temporal_regularity(found.temporal),
        reason=reason or fit.reason,
    )
