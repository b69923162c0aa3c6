"""Correlate at many lags in single precision, in the Fourier domain over time."""

import numpy as np
from jaxtyping import Float32, Float64

from sysid_analyses.lagged.correlation import Correlation

WINDOW = 64
PHASES = np.pi / 3 * np.arange(3)
COMBINED_AT_ONCE = 8192  # pixels · columns whose products stay in a processor core's cache


class CosineCorrelation(Correlation):
    """Multiply spectra of short stretches: 96 products for 65 − lags bins, where each lag costs one a bin.

    With R and X the spectra of a stretch and its window at the 32 frequencies ω = 2π (f + ½) / 64, the
    correlation at shift k is (2/64) Σ_f Re(R* X e^{iωk}). Half frequencies, because then each is complex.
    A complex product costs three real ones: with u_j = Re(R* e^{−iθ_j}), v_j = Re(X e^{−iθ_j}) and phases
    θ_j of 0°, 60° and 120°, Re(R* X e^{iωk}) = (4/3) Σ_j u_j v_j cos(2θ_j + ωk). So the way there and the
    way back are products with matrices of cosines. Even phases lose fewer digits than those of the usual
    three products (Karatsuba's: 0°, 90° and 45°), and few stretches in a sum fewer than many:
    with 96 it is as accurate as single precision products lag by lag.
    """

    window, points, stretches, dtype = WINDOW, WINDOW // 2 * len(PHASES), 96, np.float32

    def __init__(self, lags: int) -> None:
        self.bins = WINDOW - lags + 1
        frequencies = 2 * np.pi / WINDOW * (np.arange(WINDOW // 2) + 0.5)
        angles, phases = frequencies[:, None, None] * np.arange(WINDOW), PHASES[:, None]
        self.of_windows = _flatten(np.cos(angles + phases))
        self.of_columns = _flatten(np.cos(angles - phases)[..., : self.bins])
        shifts = np.cos(angles + 2 * phases)[..., lags - 1 :: -1]  # lag 0 is the largest shift, lags − 1
        self.back = np.ascontiguousarray(_flatten(2 / WINDOW * 4 / 3 * shifts).T)
        self.buffer = np.empty(0, dtype=np.float32)

    def transform(
        self, columns: Float32[np.ndarray, "bin stretch column"]
    ) -> Float32[np.ndarray, "point stretch column"]:
        """Return u for all frequencies and phases."""
        return _project(self.of_columns, columns)

    def add(
        self,
        transformed: Float32[np.ndarray, "point stretch column"],
        windows: Float32[np.ndarray, "frame stretch pixel"],
        sums: Float64[np.ndarray, "lag pixel column"],
    ) -> None:
        """Multiply by v, sum over stretches, and go back to lags."""
        projected = _project(self.of_windows, windows).transpose(0, 2, 1)  # point pixel stretch
        shape = (self.points, windows.shape[2], transformed.shape[2])
        if self.buffer.size < np.prod(shape):  # kept, because fresh memory costs as much as the products
            self.buffer = np.empty(np.prod(shape), dtype=np.float32)
        products = self.buffer[: np.prod(shape)].reshape(shape)
        np.matmul(projected, transformed, out=products)
        step = max(1, COMBINED_AT_ONCE // shape[2])
        for start in range(0, shape[1], step):
            some = products[:, start : start + step]
            lagged = self.back @ some.reshape(self.points, -1)
            sums[:, start : start + step] += lagged.reshape(len(self.back), *some.shape[1:])


def _flatten(matrix: Float64[np.ndarray, "frequency phase frame"]) -> Float32[np.ndarray, "point frame"]:
    """Return the matrix in single precision, with a row for each frequency and phase."""
    return matrix.reshape(-1, matrix.shape[2]).astype(np.float32)


def _project(
    matrix: Float32[np.ndarray, "point bin"], stack: Float32[np.ndarray, "bin stretch column"]
) -> Float32[np.ndarray, "point stretch column"]:
    """Multiply every stretch by the matrix."""
    return (matrix @ stack.reshape(len(stack), -1)).reshape(len(matrix), *stack.shape[1:])
