"""Fit a two-dimensional Gaussian to a spatial map, or say that there is none in it."""

import math

import numpy as np
from jaxtyping import Float, Real
from scipy import fft
from scipy.ndimage import gaussian_filter
from scipy.optimize import least_squares
from scipy.special import fdtrc

from sysid_analyses.argument_check import check_array
from sysid_analyses.gaussian import GaussianFit, Uncertainty, gaussian_distance

__all__ = ["GaussianFit", "fit_gaussian", "gaussian_distance"]

FALSE_ALARM = 0.05  # share of maps of nothing but noise in which a field may be found
PARAMETERS = 7  # centre, widths, angle, amplitude, offset
NARROWEST_PX = 0.3  # standard deviation; less is one pixel, and says nothing of its width


def fit_gaussian(spatial: Real[np.ndarray, "height width"]) -> GaussianFit:
    """Fit an elliptical Gaussian of either sign on a constant offset by least squares.

    The start is the isotropic Gaussian, of a few widths and at any pixel, that explains most of the map
    around its median. A field is found where the fit beats a flat map: an F test of the six parameters more,
    at .05 divided by the number of independent pixels, as the best of that many places is taken; and where
    the centre is in the frame, and the larger width at most half the longer side. Pixels count as
    independent as far as the residual is (`correlation_area`), so smooth noise does not pass for a field.

    Raises:
        SysidError: another number of axes, or no value. A map with NaN has no field, and says so.
    """
    check_array("fit_gaussian", "spatial", spatial, "height width")
    height, width = spatial.shape
    values = spatial.astype(np.float64)
    if values.size <= 2 * PARAMETERS:
        return GaussianFit(reason=f"a map of {width} × {height} pixels is too small for a fit")
    if not np.isfinite(values).all():
        return GaussianFit(reason="the map is not known everywhere")
    spread = float(values.std())
    if spread <= 1e-12 * float(np.abs(values).max()):
        return GaussianFit(reason="the map is flat")
    offset = float(np.median(values))
    scaled = (values - offset) / spread
    y, x = (each.ravel().astype(np.float64) for each in np.indices(spatial.shape))
    start = _start(scaled)
    low = [-1.0, -1.0, math.log(NARROWEST_PX), math.log(NARROWEST_PX), -np.inf, -np.inf, -np.inf]
    high = [width, height, *[math.log(2 * max(height, width))] * 2, np.inf, np.inf, np.inf]
    solution = least_squares(
        lambda found: _model(found, x, y)[0] - scaled.ravel(),
        np.clip(start, low, high),
        jac=lambda found: _model(found, x, y)[1],
        bounds=(low, high),
        x_scale="jac",
        ftol=1e-6,
        xtol=1e-6,
        max_nfev=60,
    )
    residual, total = 2 * solution.cost, float(np.square(scaled - scaled.mean()).sum())
    explained = 1 - residual / total
    area = correlation_area(solution.fun.reshape(values.shape))
    reason = _refuse(solution.x, explained, area, values.shape)
    if reason:
        return GaussianFit(explained_variance=explained, reason=reason)
    errors = _standard_errors(solution.jac, area * residual / (values.size - PARAMETERS))
    return _describe(solution.x, errors, spread, offset, explained)


def _start(scaled: Float[np.ndarray, "height width"]) -> Float[np.ndarray, " parameter"]:
    """Return parameters of the isotropic Gaussian that explains most, of a few widths, at any pixel."""
    best, start = -1.0, np.zeros(PARAMETERS)
    sigma = 0.7
    while sigma <= max(1.0, max(scaled.shape) / 4):
        matched = gaussian_filter(scaled, sigma, mode="constant", truncate=3)
        # a filter of unit sum has the norm 1 / (2 σ √π), but for narrow ones, which are near a single pixel
        norm = gaussian_filter(_one_pixel(sigma), sigma, mode="constant", truncate=3)
        gain = np.abs(matched) / np.linalg.norm(norm)
        row, column = np.unravel_index(gain.argmax(), gain.shape)
        if gain[row, column] > best:
            best = float(gain[row, column])
            amplitude = float(matched[row, column] * norm.max() / np.square(norm).sum())
            start = np.array([column, row, math.log(1.1 * sigma), math.log(0.9 * sigma), 0.0, amplitude, 0.0])
        sigma *= 1.6
    return start


def _one_pixel(sigma: float) -> Float[np.ndarray, "side side"]:
    """Return an image with one bright pixel in the middle, large enough for a filter."""
    reach = int(3 * sigma + 0.5)
    image = np.zeros((2 * reach + 1, 2 * reach + 1))
    image[reach, reach] = 1
    return image


def _model(
    found: Float[np.ndarray, " parameter"],
    x: Float[np.ndarray, " pixel"],
    y: Float[np.ndarray, " pixel"],
) -> tuple[Float[np.ndarray, " pixel"], Float[np.ndarray, "pixel parameter"]]:
    """Return the Gaussian and its derivatives by centre x, y, log widths, angle, amplitude and offset."""
    centre_x, centre_y, log_one, log_two, angle, amplitude, offset = found
    cosine, sine = math.cos(angle), math.sin(angle)
    one, two = math.exp(-log_one), math.exp(-log_two)
    along = ((x - centre_x) * cosine + (y - centre_y) * sine) * one
    across = ((y - centre_y) * cosine - (x - centre_x) * sine) * two
    shape = np.exp(-0.5 * (along**2 + across**2))
    height = amplitude * shape
    slope_along, slope_across = height * along, height * across
    derivatives = np.stack(
        [
            slope_along * (cosine * one) - slope_across * (sine * two),
            slope_along * (sine * one) + slope_across * (cosine * two),
            slope_along * along,
            slope_across * across,
            along * slope_across * (one / two) ** -1 - across * slope_along * (one / two),
            shape,
            np.ones_like(shape),
        ],
        axis=1,
    )
    return height + offset, derivatives


def correlation_area(residual: Float[np.ndarray, "height width"]) -> float:
    """Return over how many pixels noise is alike: the sum of its autocorrelations that are more than chance.

    1 for noise that is independent from pixel to pixel. A map has about pixels / area independent values;
    for smooth noise the area is rather too large than too small, as chance there is more than is assumed.
    """
    centred = residual - residual.mean()
    wide = [2 * side for side in centred.shape]  # room, so that borders do not meet
    spectrum = np.square(np.abs(fft.rfft2(centred, wide)))
    products = fft.irfft2(spectrum, wide)
    if products[0, 0] <= 0:
        return 1.0
    correlation = products / products[0, 0]
    reach = [max(1, side // 4) for side in centred.shape]
    rows, columns = ([*range(-far, far + 1)] for far in reach)
    near = correlation[np.ix_(rows, columns)]
    return float(near[near > 3 / math.sqrt(residual.size)].sum())


def _refuse(
    found: Float[np.ndarray, " parameter"], explained: float, area: float, shape: tuple[int, int]
) -> str:
    """Return why a fit is not one, or nothing."""
    height, width = shape
    independent = height * width / area
    more, left = PARAMETERS - 1, max(independent - PARAMETERS, 1.0)
    ratio = (explained / more) / max((1 - explained) / left, 1e-300)
    if fdtrc(more, left, max(ratio, 0.0)) * independent > FALSE_ALARM:
        return "nothing stands out of the noise"
    if not (-0.5 <= found[0] <= width - 0.5 and -0.5 <= found[1] <= height - 0.5):
        return "the centre would be outside the frame"
    if math.exp(max(found[2:4])) > max(height, width) / 2:
        return "it would be wider than the frame"
    return ""


def _standard_errors(
    jacobian: Float[np.ndarray, "pixel parameter"], variance: float
) -> Float[np.ndarray, " parameter"]:
    """Return √ of the diagonal of variance · (J'J)⁻¹; infinite where a parameter is not determined."""
    values, vectors = np.linalg.eigh(jacobian.T @ jacobian)
    with np.errstate(divide="ignore"):
        inverse = np.where(values > 1e-12 * values[-1], 1 / values, np.inf)
    spread = np.square(vectors)
    spread[spread < 1e-20] = 0  # else an undetermined one spoils all others by rounding
    finite = np.where(np.isinf(inverse), 0, inverse)
    errors = np.sqrt(variance * (spread @ finite))
    errors[(spread @ np.isinf(inverse)) > 1e-6] = np.inf
    return errors


def _describe(
    found: Float[np.ndarray, " parameter"],
    errors: Float[np.ndarray, " parameter"],
    spread: float,
    offset: float,
    explained: float,
) -> GaussianFit:
    """Return the fit in the units of the map, the larger width first."""
    widths, width_errors = np.exp(found[2:4]), np.exp(found[2:4]) * errors[2:4]
    angle = float(found[4])
    if widths[0] < widths[1]:
        widths, width_errors, angle = widths[::-1], width_errors[::-1], angle + math.pi / 2
    angle = (angle + math.pi / 2) % math.pi - math.pi / 2
    return GaussianFit(
        centre=(float(found[0]), float(found[1])),
        widths=(float(widths[0]), float(widths[1])),
        angle=angle,
        amplitude=float(found[5]) * spread,
        offset=float(found[6]) * spread + offset,
        explained_variance=explained,
        uncertainty=Uncertainty(
            centre=(float(errors[0]), float(errors[1])),
            widths=(float(width_errors[0]), float(width_errors[1])),
            angle=float(errors[4]),
            amplitude=float(errors[5]) * spread,
            offset=float(errors[6]) * spread,
        ),
    )
