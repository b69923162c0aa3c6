"""How well Gaussians fit maps, and how that changes with their parameters, for many at once.

Every derivative of a Gaussian is the Gaussian times a polynomial of second degree in x and y, so J'J and J'r
are moments of it, of no more than fourth degree. Moments of all maps are one matrix product, and J, seven
times as large as the maps, is never made.
"""

import attrs
import numpy as np
from jaxtyping import Float64, Int

from sysid_analyses.batched_least_squares import Normal

PARAMETERS = 7  # centre x, y, log of both widths, angle, amplitude, offset
BLOCK_VALUES = (
    1 << 15
)  # pixels of all maps at once, a quarter of a megabyte: what the processor keeps at hand
POWERS = [(0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2)]  # of x and y
HIGHER = [(total - down, down) for total in range(5) for down in range(total + 1)]
PRODUCT = np.array([[HIGHER.index((a + c, b + d)) for c, d in POWERS] for a, b in POWERS])
GATHER = np.eye(len(POWERS))[PRODUCT[:3, :3].ravel()]  # (1, x, y) times (1, x, y), by `POWERS`


@attrs.frozen(eq=False)
class GaussianMoments:
    """Evaluate Gaussians against maps; call it as `least_squares` does.

    Attributes:
        maps: one row of pixels each.
        powers: (power, pixel), x^a y^b for `HIGHER`, from the middle of the frame: the first 6 are `POWERS`.
        middle: (x, y) of the frame.
    """

    maps: Float64[np.ndarray, "map pixel"]
    powers: Float64[np.ndarray, "power pixel"]
    middle: Float64[np.ndarray, " 2"]

    def __call__(self, found: Float64[np.ndarray, "some 7"], which: Int[np.ndarray, " some"]) -> Normal:
        """Return cost, gradient and J'J of Gaussians against the maps of these numbers."""
        local = _local_powers(found, self.middle)
        size = max(1, BLOCK_VALUES // self.maps.shape[1])
        blocks = [slice(start, start + size) for start in range(0, len(which), size)]
        sums = [self._add_up(local[each], found[each], which[each]) for each in blocks]
        cost, total, slopes, alone, squares = map(np.concatenate, zip(*sums, strict=True))
        derivatives = (
            _derivatives(found) @ local
        )  # map parameter power: all but the offset, by powers of x, y
        matrix = np.empty((len(found), PARAMETERS, PARAMETERS))
        matrix[:, :6, :6] = derivatives @ squares[:, PRODUCT] @ derivatives.swapaxes(1, 2)
        matrix[:, :6, 6] = matrix[:, 6, :6] = np.einsum("mpk,mk->mp", derivatives, alone)
        matrix[:, 6, 6] = self.maps.shape[1]
        gradient = np.column_stack([np.einsum("mpk,mk->mp", derivatives, slopes), total])
        return Normal(cost, gradient, matrix)

    def residuals(
        self, found: Float64[np.ndarray, "some 7"], which: Int[np.ndarray, " some"]
    ) -> Float64[np.ndarray, "some pixel"]:
        """Return the Gaussians less the maps."""
        return self._subtract(self._shape(_local_powers(found, self.middle)), found, which)

    def _shape(self, local: Float64[np.ndarray, "some power power"]) -> Float64[np.ndarray, "some pixel"]:
        """Return exp(−½(u² + v²)), which is 1 at the centre."""
        exponent = (-0.5 * (local[:, 3] + local[:, 5])) @ self.powers[: len(POWERS)]
        return np.exp(exponent, out=exponent)

    def _subtract(
        self,
        shape: Float64[np.ndarray, "some pixel"],
        found: Float64[np.ndarray, "some 7"],
        which: Int[np.ndarray, " some"],
    ) -> Float64[np.ndarray, "some pixel"]:
        residual = shape * found[:, 5:6]
        residual += found[:, 6:]
        residual -= self.maps[which]
        return residual

    def _add_up(
        self,
        local: Float64[np.ndarray, "some power power"],
        found: Float64[np.ndarray, "some 7"],
        which: Int[np.ndarray, " some"],
    ) -> tuple[np.ndarray, ...]:
        """Return sums over pixels of r² / 2, r, and, by powers of x and y, r · shape, shape and shape²."""
        shape, low = self._shape(local), self.powers[: len(POWERS)].T
        residual = self._subtract(shape, found, which)
        cost = np.einsum("mp,mp->m", residual, residual) / 2
        total = residual.sum(axis=1)
        alone = shape @ low
        residual *= shape
        shape *= shape
        return cost, total, residual @ low, alone, shape @ self.powers.T


def gaussian_moments(maps: Float64[np.ndarray, "map height width"]) -> GaussianMoments:
    """Lay out maps for `least_squares` over Gaussians."""
    count, height, width = maps.shape
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    x, y = (
        np.vander(np.arange(side) - at, 5, increasing=True).T
        for side, at in ((width, middle[0]), (height, middle[1]))
    )
    powers = np.stack([np.outer(y[b], x[a]).ravel() for a, b in HIGHER])
    return GaussianMoments(maps.reshape(count, height * width), powers, middle)


def _local_powers(
    found: Float64[np.ndarray, "some 7"], middle: Float64[np.ndarray, " 2"]
) -> Float64[np.ndarray, "some power power"]:
    """Return 1, u, v, u², uv, v² by powers of x and y; u and v are widths from the centre along the axes."""
    angle, (one, two) = found[:, 4], np.exp(-found[:, 2:4].T)
    u = np.stack([np.zeros_like(angle), np.cos(angle) * one, np.sin(angle) * one])
    v = np.stack([np.zeros_like(angle), -np.sin(angle) * two, np.cos(angle) * two])
    for each in (u, v):
        each[0] = -(each[1] * (found[:, 0] - middle[0]) + each[2] * (found[:, 1] - middle[1]))
    local = np.zeros((len(found), len(POWERS), len(POWERS)))
    local[:, 0, 0] = 1
    local[:, 1, :3], local[:, 2, :3] = u.T, v.T
    products = np.stack([u[:, None] * u, u[:, None] * v, v[:, None] * v])  # which 3 3 map
    local[:, 3:] = np.moveaxis(products, 3, 0).reshape(-1, 3, 9) @ GATHER
    return local


def _derivatives(found: Float64[np.ndarray, "some 7"]) -> Float64[np.ndarray, "some 6 power"]:
    """Return what the shape is multiplied by in each derivative, by 1, u, v, u², uv, v²."""
    angle, amplitude = found[:, 4], found[:, 5]
    one, two = np.exp(-found[:, 2:4].T)
    weights = np.zeros((len(found), 6, len(POWERS)))
    weights[:, 0, 1], weights[:, 0, 2] = np.cos(angle) * one, -np.sin(angle) * two
    weights[:, 1, 1], weights[:, 1, 2] = np.sin(angle) * one, np.cos(angle) * two
    weights[:, 2, 3] = weights[:, 3, 5] = 1
    weights[:, 4, 4] = two / one - one / two
    weights[:, :5] *= amplitude[:, None, None]
    weights[:, 5, 0] = 1
    return weights
