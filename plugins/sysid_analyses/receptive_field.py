"""Fit two-dimensional Gaussians to spatial maps, or say that there is none in them."""

import math

import numpy as np
from jaxtyping import Bool, Float64, Real
from scipy.special import fdtrc

from sysid_analyses.argument_check import check_array
from sysid_analyses.batched_least_squares import Normal, least_squares
from sysid_analyses.correlation_area import correlation_areas
from sysid_analyses.gaussian import GaussianFit, Uncertainty, gaussian_distance
from sysid_analyses.gaussian_moments import PARAMETERS, gaussian_moments
from sysid_analyses.gaussian_start import gaussian_starts

__all__ = ["GaussianFit", "fit_gaussian", "fit_gaussians", "gaussian_distance"]

FALSE_ALARM = 0.05  # share of maps of nothing but noise in which a field may be found
NARROWEST_PX = 0.3  # standard deviation; less is one pixel, and says nothing of its width
VALUES_AT_ONCE = 1 << 22  # of the maps that are fitted together: 4660 of 30 × 30 px, 32 MB


def fit_gaussian(spatial: Real[np.ndarray, "height width"]) -> GaussianFit:
    """Fit an elliptical Gaussian of either sign on a constant offset to one map, as `fit_gaussians` does.

    Raises:
        SysidError: another number of axes, or no value. A map with NaN has no field, and says so.
    """
    check_array("fit_gaussian", "spatial", spatial, "height width")
    return fit_gaussians(spatial[np.newaxis])[0]


def fit_gaussians(maps: Real[np.ndarray, "neuron height width"]) -> list[GaussianFit]:
    """Fit an elliptical Gaussian of either sign on a constant offset to each map by least squares.

    The start is the isotropic Gaussian, of a few widths and at any pixel, that explains most of the map
    around its median. A field is found where the fit beats a flat map: an F test of the six parameters more,
    at .05 divided by the number of independent pixels, as the best of that many places is taken; and where
    the centre is in the frame, and the larger width at most half the longer side. Pixels count as
    independent as far as the residual is (`correlation_areas`), so smooth noise does not pass for a field.

    All maps are improved side by side, which is many times faster than one after the other; no map has a
    part in another's fit.

    Raises:
        SysidError: another number of axes, or no value. A map with NaN has no field, and says so.
    """
    check_array("fit_gaussians", "maps", maps, "neuron height width")
    count, height, width = maps.shape
    if height * width <= 2 * PARAMETERS:
        return [GaussianFit(reason=f"a map of {width} × {height} pixels is too small for a fit")] * count
    size = max(1, VALUES_AT_ONCE // (height * width))
    groups = (maps[start : start + size] for start in range(0, count, size))
    return [fit for group in groups for fit in _fit_group(group.astype(np.float64))]


def _fit_group(values: Float64[np.ndarray, "neuron height width"]) -> list[GaussianFit]:
    known = np.isfinite(values).all(axis=(1, 2))
    values = np.where(known[:, None, None], values, 0)
    spread = values.std(axis=(1, 2))
    flat = spread <= 1e-12 * np.abs(values).max(axis=(1, 2))
    fits = [
        GaussianFit(reason="the map is flat" if each else "the map is not known everywhere") for each in known
    ]
    fitted = np.flatnonzero(known & ~flat)
    if not fitted.size:
        return fits
    for neuron, fit in zip(fitted, _fit_known(values[fitted], spread[fitted]), strict=True):
        fits[neuron] = fit
    return fits


def _fit_known(
    values: Float64[np.ndarray, "neuron height width"], spread: Float64[np.ndarray, " neuron"]
) -> list[GaussianFit]:
    """Return the fits to maps that are finite and not flat."""
    count, height, width = values.shape
    offset = np.median(values, axis=(1, 2))
    scaled = (values - offset[:, None, None]) / spread[:, None, None]
    moments = gaussian_moments(scaled)
    low = np.array([-1.0, -1.0, *[math.log(NARROWEST_PX)] * 2, *[-np.inf] * 3])
    high = np.array([width, height, *[math.log(2 * max(height, width))] * 2, *[np.inf] * 3])
    found, normal = least_squares(moments, np.clip(gaussian_starts(scaled), low, high), low, high)
    residuals = moments.residuals(found, np.arange(count)).reshape(values.shape)
    areas = correlation_areas(residuals)
    explained = 1 - 2 * normal.cost / (height * width)  # scaled to unit variance
    errors = _standard_errors(normal, areas * 2 * normal.cost / (height * width - PARAMETERS))
    reasons = _refuse(found, explained, areas, (height, width))
    fits = _describe(found, errors, spread, offset, explained)
    return [
        GaussianFit(explained_variance=fit.explained_variance, reason=reason) if reason else fit
        for fit, reason in zip(fits, reasons, strict=True)
    ]


def _refuse(
    found: Float64[np.ndarray, "neuron 7"],
    explained: Float64[np.ndarray, " neuron"],
    areas: Float64[np.ndarray, " neuron"],
    shape: tuple[int, int],
) -> list[str]:
    """Return why each fit is not one, or nothing."""
    height, width = shape
    independent = height * width / areas
    more, left = PARAMETERS - 1, np.maximum(independent - PARAMETERS, 1.0)
    ratio = (explained / more) / np.maximum((1 - explained) / left, 1e-300)
    chance: Bool[np.ndarray, " neuron"] = (
        fdtrc(more, left, np.maximum(ratio, 0.0)) * independent > FALSE_ALARM
    )
    x, y = found[:, 0], found[:, 1]
    outside = (x < -0.5) | (x > width - 0.5) | (y < -0.5) | (y > height - 0.5)
    wide = np.exp(found[:, 2:4].max(axis=1)) > max(height, width) / 2
    reasons = [
        "nothing stands out of the noise",
        "the centre would be outside the frame",
        "it would be wider than the frame",
    ]
    return np.select([chance, outside, wide], reasons, "").tolist()


def _standard_errors(
    normal: Normal, variance: Float64[np.ndarray, " neuron"]
) -> Float64[np.ndarray, "neuron parameter"]:
    """Return √ of the diagonal of variance · (J'J)⁻¹; infinite where a parameter is not determined."""
    values, vectors = np.linalg.eigh(normal.matrix)
    undetermined = values <= 1e-12 * values[:, -1:]
    inverse = np.where(undetermined, 0, 1 / np.where(undetermined, 1, values))
    spread = np.square(vectors)
    spread[spread < 1e-20] = 0  # else an undetermined one spoils all others by rounding
    errors = np.sqrt(variance[:, None] * np.einsum("npv,nv->np", spread, inverse))
    errors[np.einsum("npv,nv->np", spread, undetermined) > 1e-6] = np.inf
    return errors


def _describe(
    found: Float64[np.ndarray, "neuron 7"],
    errors: Float64[np.ndarray, "neuron 7"],
    spread: Float64[np.ndarray, " neuron"],
    offset: Float64[np.ndarray, " neuron"],
    explained: Float64[np.ndarray, " neuron"],
) -> list[GaussianFit]:
    """Return the fits in the units of the maps, the larger width first."""
    found, errors = found.copy(), errors.copy()
    found[:, 2:4] = np.exp(found[:, 2:4])
    errors[:, 2:4] *= found[:, 2:4]
    turned = found[:, 2] < found[:, 3]
    for each in (found, errors):
        each[turned, 2:4] = each[turned, 3:1:-1]
        each[:, 5:] *= spread[:, None]
    found[:, 4] = (found[:, 4] + np.where(turned, math.pi / 2, 0) + math.pi / 2) % math.pi - math.pi / 2
    found[:, 6] += offset
    return [
        GaussianFit(
            **_by_name(parameters), explained_variance=share, uncertainty=Uncertainty(**_by_name(error))
        )
        for parameters, error, share in zip(found.tolist(), errors.tolist(), explained.tolist(), strict=True)
    ]


def _by_name(parameters: list[float]) -> dict[str, tuple[float, float] | float]:
    """Return parameters, or their errors, as the fields of a fit."""
    x, y, larger, smaller, angle, amplitude, offset = parameters
    return {
        "centre": (x, y),
        "widths": (larger, smaller),
        "angle": angle,
        "amplitude": amplitude,
        "offset": offset,
    }
