"""Two-dimensional discrete Fourier transforms as real matrix products, a few columns at a time.

Axes of arrays in pixels are row, column, left, right: what lies at one pixel is a small matrix (images ×
channels, say), so that products over channels need no transposition. Spectra are Σ x · exp(+iθ), the conjugate
of the usual, which spares changes of sign. docs/explanation/fourier.md explains.
"""

import functools
import math

import attrs
import torch
from jaxtyping import Float
from torch import Tensor

BLOCK_BYTES = 6 << 20  # of spectra at work at once: what a processor's caches hold
GPU_BLOCK_BYTES = 256 << 20  # large, as every launch of a kernel costs microseconds


@attrs.frozen(eq=False)
class Waves:
    """Hold cosines and sines of one axis of a transform, for rows or columns of which only some are not zero.

    θ = 2π · frequency · position / size; there are `half` = size // 2 + 1 frequencies from 0 on, and `paired`
    of them, from 1 on, have a negative partner of their own.

    Attributes:
        half: frequencies from zero on.
        paired: frequencies with a partner.
        analysis: (2·half, positions), cos θ of all frequencies above sin θ of all.
        synthesis: (positions, half + paired), cos θ beside sin θ of the paired frequencies, over `size`: the
            inverse transform of a complex axis, given sums and differences of partners.
        interleaved_analysis: (2·half, positions), cos θ and sin θ frequency by frequency.
        interleaved_synthesis: (positions, 2·half), cos θ and sin θ frequency by frequency, twice where paired,
            over `size`: the inverse transform of a real axis.
    """

    half: int
    paired: int
    analysis: Tensor
    synthesis: Tensor
    interleaved_analysis: Tensor
    interleaved_synthesis: Tensor


@functools.lru_cache(maxsize=64)
def make_waves(size: int, positions: int, dtype: torch.dtype, device: torch.device) -> Waves:
    """Return the waves of an axis of `size`, computed in double precision, for its first `positions`."""
    half, paired = size // 2 + 1, (size - 1) // 2
    with torch.inference_mode(False):  # they outlive whatever asked first
        frequency = torch.arange(half)
        turns = frequency[:, None] * torch.arange(positions) % size  # whole numbers: no digit is lost
        angle = turns.double() * (2 * math.pi / size)  # frequency position
        cosine, sine = torch.cos(angle), torch.sin(angle)
        has_partner = (frequency > 0) & (frequency <= paired)
        weight = (1.0 + has_partner.double())[:, None, None] / size
        tables = (
            torch.cat([cosine, sine]),
            torch.cat([cosine, sine[1 : 1 + paired]]).T / size,
            torch.stack([cosine, sine], 1).flatten(0, 1),
            (torch.stack([cosine, sine], 1) * weight).flatten(0, 1).T,
        )
        return Waves(half, paired, *(table.contiguous().to(device, dtype) for table in tables))


def analyse_rows(
    pixels: Float[Tensor, "row column left right"], width: int
) -> Float[Tensor, "row frequency 2 left right"]:
    """Return Σ x cos θ and Σ x sin θ along each row, as of a row of `width` that ends in zeros."""
    rows, columns, left, right = pixels.shape
    waves = make_waves(width, columns, pixels.dtype, pixels.device)
    sums = pixels.new_empty(rows, 2 * waves.half, left * right)
    torch.matmul(waves.interleaved_analysis, pixels.view(rows, columns, left * right), out=sums)
    return sums.view(rows, waves.half, 2, left, right)


def synthesise_rows(
    coefficients: Float[Tensor, "row frequency 2 left right"], width: int, columns: int
) -> Float[Tensor, "row column left right"]:
    """Return the first `columns` of real rows from the real and imaginary parts of their spectra."""
    rows, half, _, left, right = coefficients.shape
    waves = make_waves(width, columns, coefficients.dtype, coefficients.device)
    pixels = coefficients.new_empty(rows, columns, left * right)
    torch.matmul(waves.interleaved_synthesis, coefficients.view(rows, 2 * half, left * right), out=pixels)
    return pixels.view(rows, columns, left, right)


class ColumnTransform:
    """Transform blocks of columns, one for each horizontal frequency, and back.

    A column has `rows` values and zeros up to `height`; its spectrum has all `height` vertical frequencies,
    those from 0 on first, then −1, −2, …. Real and imaginary part of a value lie side by side as the last
    but one axis, so that a product of complex matrices is one of real matrices twice as large.

    Both directions use that a cosine is even and a sine odd: sums and differences of the frequencies f and
    −f halve the arithmetic. Scratch space is kept from block to block.
    """

    def __init__(self, height: int, rows: int, block: int, left: int, right: int, like: Tensor):
        self.waves = make_waves(height, rows, like.dtype, like.device)
        self.sums = like.new_empty(2 * self.waves.half * block * 2 * left * right)
        self.folded = self.sums[: height * block * 2 * left * right]
        self.height = height
        self.matrix_shape = (left, right)

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
        block = columns.shape[1]
        half, paired = self.waves.half, self.waves.paired
        sums = self.sums[: 2 * half * columns[0].numel()].view(2, half, block, 2, *self.matrix_shape)
        torch.mm(self.waves.analysis, as_rows(columns), out=sums.view(2 * half, -1))
        # two: of cos or sin down the columns; then two: of cos or sin along the rows
        (cos_cos, cos_sin), (sin_cos, sin_sin) = sums.movedim(1, 2).movedim(3, 1).unbind()
        there, partner = slice(0, half), slice(1, 1 + paired)
        torch.sub(cos_cos, sin_sin, out=real[:, there])
        torch.add(sin_cos, cos_sin, out=imaginary[:, there])
        torch.add(cos_cos[:, partner], sin_sin[:, partner], out=real[:, half:])
        torch.sub(cos_sin[:, partner], sin_cos[:, partner], out=imaginary[:, half:])

    def synthesise(
        self,
        spectrum: Float[Tensor, "block height left 2 right"],
        columns: Float[Tensor, "row block 2 left right"],
    ) -> None:
        """Fill the real and imaginary parts of columns from their spectra."""
        block = len(spectrum)
        half, paired = self.waves.half, self.waves.paired
        folded = self.folded[: self.height * columns[0].numel()].view(
            self.height, block, 2, *self.matrix_shape
        )
        values = spectrum.movedim(0, 1).movedim(3, 2)  # frequency block part left right
        alone = slice(0, half, half - 1 if half > 1 + paired else half)  # zero, and the highest where even
        folded[alone].copy_(values[alone])
        positive, negative = values[1 : 1 + paired], values[half:]
        torch.add(positive, negative, out=folded[1 : 1 + paired])
        torch.sub(positive[:, :, 1], negative[:, :, 1], out=folded[half:, :, 0])
        torch.sub(negative[:, :, 0], positive[:, :, 0], out=folded[half:, :, 1])
        torch.mm(self.waves.synthesis, folded.view(self.height, -1), out=as_rows(columns))


def as_rows(columns: Float[Tensor, "row block 2 left right"]) -> Float[Tensor, "row rest"]:
    """Return a view with all but the first axis in one; some of the block may be a slice."""
    return columns.as_strided(
        (len(columns), columns[0].numel()), (columns.stride(0), 1), columns.storage_offset()
    )


def block_size(bytes_per_column: int, device: torch.device) -> int:
    """Return how many columns of frequencies are worked on at once on a device."""
    at_work = GPU_BLOCK_BYTES if device.type in ("cuda", "mps") else BLOCK_BYTES
    return max(1, at_work // max(1, bytes_per_column))
