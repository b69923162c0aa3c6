"""Two-dimensional discrete Fourier transforms as real matrix products, a few columns at a time.

Axes of arrays in pixels are row, column, left, right: what lies at one pixel is a small matrix (images ×
channels, say), so that products over channels need no transposition. Spectra are Σ x · exp(+iθ), the
conjugate of the usual, which spares changes of sign. docs/explanation/fourier.md explains.
"""

import functools
import math

import attrs
import torch
from jaxtyping import Float
from torch import Tensor

BLOCK_BYTES = 6 << 20  # of spectra at work at once in a thread: what a processor's caches hold
GPU_BLOCK_BYTES = 256 << 20  # large, as every launch of a kernel costs microseconds


@attrs.frozen(eq=False)
class RowWaves:
    """Hold cosines and sines for rows of `size` pixels, real, of which the first few are not zero.

    Attributes:
        half: frequencies from zero on, size // 2 + 1; the others are their conjugates.
        analysis: (2·half, position), cos θ and sin θ by frequency, θ = 2π · frequency · position / size.
        synthesis: (position, 2·half), the same, twice where a frequency has a conjugate, over `size`.
    """

    half: int
    analysis: Tensor
    synthesis: Tensor


@attrs.frozen(eq=False)
class ColumnWaves:
    """Hold cosines and sines for columns of `size` pixels, complex, of which some in the middle are not zero.

    Positions are counted from the middle of those, so that each has a mirror image: cos θ is the same there,
    sin θ changes its sign. In the same way each of the `paired` frequencies from 1 on has a negative partner.

    Attributes:
        half: frequencies from zero on, size // 2 + 1.
        paired: how many have a partner: all but zero and, where `size` is even, the highest.
        cosine: (half, position ≥ 0).
        sine: (half, position > 0).
        cosine_back: (position ≥ 0, half), over `size`.
        sine_back: (position > 0, half − 1), of all frequencies but zero, over `size`.
    """

    half: int
    paired: int
    cosine: Tensor
    sine: Tensor
    cosine_back: Tensor
    sine_back: Tensor


@functools.lru_cache(maxsize=64)
def row_waves(size: int, positions: int, dtype: torch.dtype, device: torch.device) -> RowWaves:
    """Return the waves of rows, computed in double precision."""
    with torch.inference_mode(False):  # they outlive whatever asked first
        frequency = torch.arange(size // 2 + 1)
        angle = angles(frequency, 2 * torch.arange(positions), size)  # frequency position
        waves = torch.stack([torch.cos(angle), torch.sin(angle)], 1)  # frequency 2 position
        conjugate = (frequency > 0) & (2 * frequency < size)
        weighted = waves * (1.0 + conjugate.double())[:, None, None] / size
        tables = (waves.flatten(0, 1), weighted.flatten(0, 1).T)
        return RowWaves(len(frequency), *(table.contiguous().to(device, dtype) for table in tables))


@functools.lru_cache(maxsize=64)
def column_waves(size: int, positions: int, dtype: torch.dtype, device: torch.device) -> ColumnWaves:
    """Return the waves of columns, computed in double precision."""
    with torch.inference_mode(False):
        frequency = torch.arange(size // 2 + 1)
        middle_out = torch.arange(1 - positions % 2, positions, 2)  # twice the distance from the middle
        angle = angles(frequency, middle_out, size)  # frequency position
        cosine, sine = torch.cos(angle), torch.sin(angle)[:, positions % 2 :]
        tables = (cosine, sine, cosine.T / size, sine[1:].T / size)
        half, paired = len(frequency), (size - 1) // 2
        return ColumnWaves(half, paired, *(table.contiguous().to(device, dtype) for table in tables))


def angles(frequency: Tensor, twice_position: Tensor, size: int) -> Float[Tensor, "frequency position"]:
    """Return 2π · frequency · position / size, less whole turns, without losing a digit on the way."""
    half_turns = frequency[:, None] * twice_position % (2 * size)
    return half_turns.double() * (math.pi / size)


def analyse_rows(
    pixels: Float[Tensor, "row column left right"], width: int
) -> Float[Tensor, "row frequency 2 left right"]:
    """Return Σ x cos θ and Σ x sin θ along each row, as of a row of `width` that ends in zeros.

    Rows come out from the middle: the lower half downwards, then the upper half upwards.
    """
    rows, columns, left, right = pixels.shape
    waves = row_waves(width, columns, pixels.dtype, pixels.device)
    flat = pixels.view(rows, columns, left * right)
    sums = pixels.new_empty(rows, 2 * waves.half, left * right)
    above = rows // 2
    torch.matmul(waves.analysis, flat[above:], out=sums[: rows - above])
    for row in range(above):
        torch.mm(waves.analysis, flat[row], out=sums[-1 - row])
    return sums.view(rows, waves.half, 2, left, right)


def synthesise_rows(
    coefficients: Float[Tensor, "row frequency 2 left right"],
    width: int,
    pixels: Float[Tensor, "row column left right"],
) -> None:
    """Fill the first columns of real rows, in order, from what `analyse_rows` would make of them."""
    rows, half, _, left, right = coefficients.shape
    columns = pixels.shape[1]
    waves = row_waves(width, columns, coefficients.dtype, coefficients.device)
    flat = coefficients.view(rows, 2 * half, left * right)
    filled = pixels.view(rows, columns, left * right)
    above = rows // 2
    torch.matmul(waves.synthesis, flat[: rows - above], out=filled[above:])
    for row in range(above):
        torch.mm(waves.synthesis, flat[-1 - row], out=filled[row])


class ColumnTransform:
    """Transform blocks of columns, one for each frequency along the rows, and back.

    A column has `rows` values, from the middle as `analyse_rows` leaves them, and zeros up to `height`; its
    spectrum has all `height` frequencies, those from 0 on first, then −1, −2, …. Real and imaginary part of a
    value lie side by side as the last but one axis, so that a product of complex matrices is one of real
    matrices twice as large.

    As cosines are even and sines odd, sums and differences of mirrored positions, and of frequencies and
    their partners, leave a quarter of the arithmetic. Scratch space is kept from block to block.
    """

    def __init__(self, height: int, rows: int, block: int, left: int, right: int, like: Tensor):
        self.waves = column_waves(height, rows, like.dtype, like.device)
        self.rows = rows
        self.middle = rows % 2  # whether one position is its own mirror image
        column = block * 2 * left * right
        self.by_frequency = like.new_empty(2 * self.waves.half * column)
        self.by_position = like.new_empty(rows * column)

    def analyse(
        self,
        columns: Float[Tensor, "row block 2 left right"],
        spectrum: Float[Tensor, "block height left 2 right"],
    ) -> Float[Tensor, "block height left 2 right"]:
        """Fill the spectrum of columns, given as Σ x cos θ and Σ x sin θ along the rows of an image."""
        self._fill(columns, spectrum[:, :, :, 0], spectrum[:, :, :, 1])
        return spectrum

    def analyse_conjugated(
        self,
        columns: Float[Tensor, "row block 2 left right"],
        spectrum: Float[Tensor, "block height 2 left 2 right"],
    ) -> Float[Tensor, "block height 2 left 2 right"]:
        """Fill the matrices that multiply a spectrum, [real imaginary], by the conjugate of this one.

        [[real, −imaginary], [imaginary, real]]; its transpose multiplies by this spectrum itself.
        """
        real, imaginary = spectrum[:, :, 0, :, 0], spectrum[:, :, 1, :, 0]
        self._fill(columns, real, imaginary)
        spectrum[:, :, 1, :, 1].copy_(real)
        torch.neg(imaginary, out=spectrum[:, :, 0, :, 1])
        return spectrum

    def _fill(self, columns: Tensor, real: Tensor, imaginary: Tensor) -> None:
        """Fill the real and imaginary part, each (block, height, left, right), of the spectrum."""
        waves, middle = self.waves, self.middle
        even, odd = self._positions(columns)
        there, mirror = columns[middle : self.rows - self.rows // 2], columns[self.rows - self.rows // 2 :]
        even[:middle].copy_(columns[:middle])
        torch.add(there, mirror, out=even[middle:])
        torch.sub(there, mirror, out=odd)
        cosines, sines = self._frequencies(columns, waves.half, waves.half)
        multiply(waves.cosine, even, cosines)
        multiply(waves.sine, odd, sines)
        # of cos or sin down the columns, and then of cos or sin along the rows
        (cos_cos, cos_sin), (sin_cos, sin_sin) = cosines.unbind(2), sines.unbind(2)
        real, imaginary = real.movedim(1, 0), imaginary.movedim(1, 0)  # height block left right
        torch.sub(cos_cos, sin_sin, out=real[: waves.half])
        torch.add(sin_cos, cos_sin, out=imaginary[: waves.half])
        partner = slice(1, 1 + waves.paired)
        torch.add(cos_cos[partner], sin_sin[partner], out=real[waves.half :])
        torch.sub(cos_sin[partner], sin_cos[partner], out=imaginary[waves.half :])

    def synthesise(
        self,
        spectrum: Float[Tensor, "block height left 2 right"],
        columns: Float[Tensor, "row block 2 left right"],
    ) -> None:
        """Fill the real and imaginary parts of columns from their spectra: Σ y · exp(−iθ) / height."""
        waves, middle = self.waves, self.middle
        cosines, sines = self._frequencies(columns, waves.half, waves.half - 1)
        self._fold(spectrum, cosines, sines)
        even, odd = self._positions(columns)
        multiply(waves.cosine_back, cosines, even)
        multiply(waves.sine_back, sines, odd)
        columns[:middle].copy_(even[:middle])
        torch.add(even[middle:], odd, out=columns[middle : self.rows - self.rows // 2])
        torch.sub(even[middle:], odd, out=columns[self.rows - self.rows // 2 :])

    def _fold(self, spectrum: Tensor, cosines: Tensor, sines: Tensor) -> None:
        """Fill what multiplies cosines and sines, for real and imaginary part.

        With p + iq at a frequency (p₊, q₊) and its partner (p₋, q₋), Σ (p + iq) · exp(−iθ) has the real part
        Σ (p₊ + p₋) cos θ + (q₊ − q₋) sin θ and the imaginary part Σ (q₊ + q₋) cos θ − (p₊ − p₋) sin θ.
        """
        half, paired = self.waves.half, self.waves.paired
        values = spectrum.movedim(1, 0).movedim(3, 2)  # frequency block 2 left right
        there, partner = values[1 : 1 + paired], values[half:]
        cosines[0].copy_(values[0])
        torch.add(there, partner, out=cosines[1 : 1 + paired])
        torch.sub(there[:, :, 1], partner[:, :, 1], out=sines[:paired, :, 0])
        torch.sub(partner[:, :, 0], there[:, :, 0], out=sines[:paired, :, 1])
        if half - 1 > paired:  # the highest frequency, without a partner
            cosines[-1].copy_(values[half - 1])
            sines[-1, :, 0].copy_(values[half - 1, :, 1])
            torch.neg(values[half - 1, :, 0], out=sines[-1, :, 1])

    def _positions(self, columns: Tensor) -> tuple[Tensor, Tensor]:
        """Return scratch space for positions ≥ 0 and > 0, of the shape of (row, …) otherwise."""
        mirrored = self.rows // 2
        return split_scratch(self.by_position, columns, self.rows - mirrored, mirrored)

    def _frequencies(self, columns: Tensor, cosines: int, sines: int) -> tuple[Tensor, Tensor]:
        """Return scratch space for so many frequencies of each, of the shape of (row, …) otherwise."""
        return split_scratch(self.by_frequency, columns, cosines, sines)


def split_scratch(scratch: Tensor, like: Tensor, one: int, other: int) -> tuple[Tensor, Tensor]:
    """Return two contiguous parts of scratch space, with axes like `like`, but so many along the first."""
    both = scratch[: (one + other) * like[0].numel()].view(one + other, *like.shape[1:])
    return both[:one], both[one:]


def multiply(
    waves: Float[Tensor, "out within"],
    values: Float[Tensor, "within block 2 left right"],
    out: Float[Tensor, "out block 2 left right"],
) -> None:
    """Multiply from the left."""
    torch.mm(waves, values.flatten(1), out=out.flatten(1))


def block_size(bytes_per_column: int, device: torch.device) -> int:
    """Return how many columns of frequencies are worked on at once on a device."""
    at_work = GPU_BLOCK_BYTES if device.type in ("cuda", "mps") else BLOCK_BYTES
    return max(1, at_work // max(1, bytes_per_column))
