"""Two-dimensional Gaussians: what a fitted receptive field is, its ellipse, and how far two are apart."""

import math

import attrs
import numpy as np
from jaxtyping import Float

NAN = float("nan")


@attrs.frozen
class Uncertainty:
    """Hold the standard errors of a fit, each in the unit of what it belongs to; angle in radians."""

    centre: tuple[float, float] = (NAN, NAN)
    widths: tuple[float, float] = (NAN, NAN)
    angle: float = NAN
    amplitude: float = NAN
    offset: float = NAN


@attrs.frozen
class GaussianFit:
    """Describe offset + amplitude · exp(−½ d'C⁻¹d), d the way from the centre; NaN where nothing was found.

    Attributes:
        centre: (x, y) in pixels, x to the right, y down, the middle of the first pixel at (0, 0).
        widths: the two standard deviations in pixels, the larger first.
        angle: of the larger one, from the x axis towards y (clockwise as drawn), −π/2 to π/2.
        amplitude: height above the offset, negative for a trough.
        offset: what is left far away.
        explained_variance: 1 − residual / total sum of squares around the mean; also of a fit that was
            refused.
        uncertainty: standard errors from the curvature of the fit and the size and smoothness of its
            residual.
        reason: why there is no fit; empty where there is one.
    """

    centre: tuple[float, float] = (NAN, NAN)
    widths: tuple[float, float] = (NAN, NAN)
    angle: float = NAN
    amplitude: float = NAN
    offset: float = NAN
    explained_variance: float = NAN
    uncertainty: Uncertainty = Uncertainty()
    reason: str = ""

    @property
    def found(self) -> bool:
        """Whether there is a receptive field."""
        return not self.reason

    @property
    def covariance(self) -> Float[np.ndarray, "2 2"]:
        """Return C over (x, y) in square pixels."""
        cosine, sine = math.cos(self.angle), math.sin(self.angle)
        turn = np.array([[cosine, -sine], [sine, cosine]])
        return turn @ np.diag(np.square(self.widths)) @ turn.T

    def ellipse(self, sigmas: float = 1.0, points: int = 100) -> Float[np.ndarray, "2 point"]:
        """Return x and y of a closed line so many standard deviations around the centre."""
        round_trip = np.linspace(0, 2 * math.pi, points)
        cosine, sine = math.cos(self.angle), math.sin(self.angle)
        along, across = (
            sigmas
            * np.array([[self.widths[0]], [self.widths[1]]])
            * [
                np.cos(round_trip),
                np.sin(round_trip),
            ]
        )
        return np.stack(
            [
                self.centre[0] + cosine * along - sine * across,
                self.centre[1] + sine * along + cosine * across,
            ]
        )


def gaussian_distance(one: GaussianFit, other: GaussianFit) -> float:
    """Return 1 − cosine of two Gaussians without their offsets, over the whole plane: 0 alike, 1 far apart.

    The cosine has a closed form, 2 (|C1| |C2|)^¼ / |C1 + C2|^½ · exp(−½ d'(C1 + C2)⁻¹d), d the way between
    the centres; it is the receptive field distance of Fig. 4C, Zheng et al. 2021. Amplitudes do not enter,
    and so neither does polarity: report whether their signs agree beside it.

    Returns:
        NaN where one of them is not found.
    """
    if not (one.found and other.found):
        return NAN
    first, second = one.covariance, other.covariance
    total = first + second
    apart = np.subtract(one.centre, other.centre)
    sizes = 2 * (np.linalg.det(first) * np.linalg.det(second)) ** 0.25 / math.sqrt(np.linalg.det(total))
    return float(1 - sizes * math.exp(-0.5 * apart @ np.linalg.solve(total, apart)))
