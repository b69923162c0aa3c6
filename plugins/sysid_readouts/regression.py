"""Ridge regression of several responses on one set of features, for many penalties at once."""

import attrs
import torch
from jaxtyping import Float
from torch import Tensor

from sysid_readouts.smoothness import Whitening


@attrs.frozen(eq=False)
class Spectrum:
    """Centred, whitened regression taken apart once, so that every penalty costs one division.

    With Z the centred features and y the centred responses, Z'Z = B·diag(values)·B' with orthonormal B.

    Attributes:
        basis: (row, component), B if `span` is None, else B = span'·basis: never multiplied out where there
            are fewer bins than features.
        span: (row, feature) or None.
        values: (component,), above zero.
        projections: (component, neuron), B'Z'y.
        power: (neuron,), y'y.
        variance: mean variance of a feature before whitening.
        feature_mean: (feature,), before whitening.
        response_mean: (neuron,).
        bins: how many rows there were.
    """

    basis: Tensor
    span: Tensor | None
    values: Tensor
    projections: Tensor
    power: Tensor
    variance: float
    feature_mean: Tensor
    response_mean: Tensor
    bins: int


@attrs.frozen(eq=False)
class Path:
    """Solutions for each penalty.

    Attributes:
        weights: (penalty, neuron, feature).
        bias: (penalty, neuron).
        cross_validation: (penalty, neuron), generalised cross-validation, an estimate of the mean squared
            error on new bins.
    """

    weights: Tensor
    bias: Tensor
    cross_validation: Tensor


class RowMoments:
    """Keep every row: for fewer bins than features, where bins × bins is the smaller matrix."""

    def __init__(self) -> None:
        self.rows: list[Tensor] = []
        self.targets: list[Tensor] = []

    def add(self, features: Float[Tensor, "bin feature"], responses: Float[Tensor, "bin neuron"]) -> None:
        """Take in some bins."""
        self.rows.append(features)
        self.targets.append(responses)

    def spectrum(self, whitening: Whitening) -> Spectrum:
        """Take the regression apart through ZZ' (bin, bin)."""
        features = torch.cat(self.rows).double()
        responses = torch.cat(self.targets).double()
        feature_mean, response_mean = features.mean(0), responses.mean(0)
        centred, targets = features - feature_mean, responses - response_mean
        whitened = whitening.features(centred)
        values, vectors = torch.linalg.eigh(whitened @ whitened.T)
        kept = _not_null(values)
        roots = values[kept].sqrt()
        return Spectrum(
            basis=vectors[:, kept] / roots,
            span=whitened,
            values=values[kept],
            projections=roots[:, None] * (vectors[:, kept].T @ targets),
            power=targets.square().sum(0),
            variance=float(centred.square().mean()),
            feature_mean=feature_mean,
            response_mean=response_mean,
            bins=len(features),
        )


class GramMoments:
    """Keep sums of products: for many bins, however many there are.

    Products of a batch are taken in single precision around the first batch's mean and summed in double.
    """

    def __init__(self) -> None:
        self.bins = 0
        self.shift: tuple[Tensor, Tensor] | None = None
        self.sums: list[Tensor] = []

    def add(self, features: Float[Tensor, "bin feature"], responses: Float[Tensor, "bin neuron"]) -> None:
        """Take in some bins."""
        if len(features) == 0:
            return
        if self.shift is None:
            self.shift = (features.mean(0), responses.mean(0))
        x, y = features - self.shift[0], responses - self.shift[1]
        sums = [x.T @ x, x.T @ y, y.square().sum(0), x.sum(0), y.sum(0)]
        if self.bins == 0:
            self.sums = [each.double() for each in sums]
        else:
            for total, each in zip(self.sums, sums, strict=True):
                total += each
        self.bins += len(features)

    def spectrum(self, whitening: Whitening) -> Spectrum:
        """Take the regression apart through Z'Z (feature, feature)."""
        assert self.shift is not None
        gram, cross, power, x_sum, y_sum = self.sums
        gram = gram - torch.outer(x_sum, x_sum) / self.bins
        cross = cross - torch.outer(x_sum, y_sum) / self.bins
        whitened = whitening.features(whitening.features(gram).T)
        values, vectors = torch.linalg.eigh(whitened)
        kept = _not_null(values)
        return Spectrum(
            basis=vectors[:, kept],
            span=None,
            values=values[kept],
            projections=vectors[:, kept].T @ whitening.features(cross.T).T,
            power=power - y_sum.square() / self.bins,
            variance=float(gram.diagonal().mean()) / self.bins,
            feature_mean=self.shift[0] + x_sum / self.bins,
            response_mean=self.shift[1] + y_sum / self.bins,
            bins=self.bins,
        )


def _not_null(values: Tensor) -> Tensor:
    """Return which eigenvalues are more than rounding error."""
    return values > 1e-10 * values.max().clamp(min=1e-300)


def ridge_path(spectrum: Spectrum, whitening: Whitening, penalties: tuple[float, ...]) -> Path:
    """Minimise mean (y − x·w − b)² + penalty·v·w'Pw for each penalty; v is the mean variance of a feature.

    v makes penalties pure numbers: they mean the same for pixels from 0 to 255 and for standardised ones.
    The bias b is not penalised. Generalised cross-validation: Golub, Heath and Wahba (1979), Technometrics
    21(2) 215–223.
    """
    strengths = torch.tensor(penalties, dtype=torch.float64) * spectrum.bins * spectrum.variance
    damped = spectrum.values + strengths[:, None]  # penalty component
    shrunk = spectrum.projections.T / damped[:, None]  # penalty neuron component
    combined = (
        shrunk @ spectrum.basis.T if spectrum.span is None else shrunk @ spectrum.basis.T @ spectrum.span
    )
    weights = whitening.weights(combined.flatten(0, 1)).unflatten(0, shrunk.shape[:2])
    explained = torch.einsum("pc,cn->pn", 2 / damped - spectrum.values / damped**2, spectrum.projections**2)
    freedom = 1 + (spectrum.values / damped).sum(1, keepdim=True)  # one for the bias
    left = (1 - freedom / spectrum.bins).clamp(min=1e-6)
    residual = (spectrum.power - explained).clamp(min=0) / spectrum.bins
    bias = spectrum.response_mean - weights @ spectrum.feature_mean
    return Path(weights, bias, residual / left**2)
