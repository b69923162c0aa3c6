"""Correlation by products of spectra, and its gradients, block of columns by block of columns.

Capital letters of the formulas are spectra: Y = X · conj(W) is the correlation of images x with kernels w,
and what comes back, g, gives dX = G · W to the images and dW = X · conj(G) to the kernels.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from sysid_encoders.block_share import Work, share_blocks
from sysid_encoders.memory_order import empty_images, empty_kernels, kernels_to_pixels, to_pixels
from sysid_encoders.spectrum import ColumnTransform, analyse_rows, block_size, synthesise_rows


class Gradients(NamedTuple):
    """Hold what a correlation's gradient comes to; None where it was not asked for.

    Attributes:
        images: (image, channel, row, column), in memory as row, column, image, channel.
        kernels: (map, channel, row, column), in memory as row, column, channel, map.
        sums: (map,), of all that came back, which is the gradient of the bias.
    """

    images: Tensor | None
    kernels: Tensor | None
    sums: Tensor


def correlate(
    images: Float[Tensor, "height width image channel"],
    kernels: Float[Tensor, "kernel_height kernel_width channel map"],
    bias: Float[Tensor, " map"] | None,
    *,
    keep: bool,
) -> tuple[
    Float[Tensor, "image map row column"], Float[Tensor, "column_frequency height image 2 channel"] | None
]:
    """Return the maps, in memory as row, column, image, map, and the images' spectrum if it is to be kept."""
    height, width, count, channels = images.shape
    kernel_height, kernel_width, _, maps = kernels.shape
    rows, half = height - kernel_height + 1, width // 2 + 1
    image_rows, kernel_rows = analyse_rows(images, width), analyse_rows(kernels, width)
    map_rows = images.new_empty(rows, half, 2, count, maps)
    spectrum = images.new_empty(half, height, count, 2, channels) if keep else None
    block = column_block(images, height, half, channels, maps)

    def prepare() -> Work:
        of_images = ColumnTransform(height, height, block, count, channels, images)
        of_kernels = ColumnTransform(height, kernel_height, block, channels, maps, images)
        of_maps = ColumnTransform(height, rows, block, count, maps, images)
        scratch = None if keep else images.new_empty(block, height, count, 2, channels)
        factor = images.new_empty(block, height, 2, channels, 2, maps)
        product = images.new_empty(block, height, count, 2, maps)

        def fill(here: slice) -> None:
            size = here.stop - here.start
            left = of_images.analyse(image_rows[:, here], spectrum[here] if keep else scratch[:size])
            right = of_kernels.analyse_conjugated(kernel_rows[:, here], factor[:size])
            torch.bmm(matrices(left), matrices(right), out=matrices(product[:size]))
            if bias is not None and here.start == 0:
                product[0, 0, :, 0] += bias * (height * width)  # frequency zero is the sum over all pixels
            of_maps.synthesise(product[:size], map_rows[:, here])

        return fill

    share_blocks(half, block, images.device, prepare)
    of_pixels = empty_images(images, count, maps, rows, width - kernel_width + 1)
    synthesise_rows(map_rows, width, to_pixels(of_pixels))
    return of_pixels, spectrum


def transform(
    images: Float[Tensor, "height width image channel"],
) -> Float[Tensor, "column_frequency height image 2 channel"]:
    """Return the spectrum of images as `correlate` keeps it."""
    height, width, count, channels = images.shape
    half = width // 2 + 1
    image_rows = analyse_rows(images, width)
    block = column_block(images, height, half, channels, 0)
    spectrum = images.new_empty(half, height, count, 2, channels)

    def prepare() -> Work:
        of_images = ColumnTransform(height, height, block, count, channels, images)
        return lambda here: of_images.analyse(image_rows[:, here], spectrum[here])

    share_blocks(half, block, images.device, prepare)
    return spectrum


def propagate(
    grown: Float[Tensor, "row column image map"],
    size: tuple[int, int],
    kernels: Float[Tensor, "kernel_height kernel_width channel map"] | None,
    spectrum: Float[Tensor, "column_frequency height image 2 channel"] | None,
    kernel_size: tuple[int, int] = (0, 0),
) -> Gradients:
    """Return the gradients of a correlation of images of `size`, given what came back to its maps.

    Args:
        grown: the gradient with respect to the maps.
        size: height and width of the images.
        kernels: for the gradient with respect to the images; None where that is not wanted.
        spectrum: of the images, for the gradient with respect to the kernels, of `kernel_size`; or None.
    """
    height, width = size
    rows, _, count, maps = grown.shape
    half = width // 2 + 1
    channels = kernels.shape[2] if kernels is not None else spectrum.shape[-1] if spectrum is not None else 0
    grown_rows = analyse_rows(grown, width)
    sums = grown_rows[:, 0, 0].sum((0, 1))  # frequency zero along the rows
    block = column_block(grown, height, half, channels, maps)
    kernel_rows = None if kernels is None else analyse_rows(kernels, width)
    to_images = None if kernels is None else grown.new_empty(height, half, 2, count, channels)
    to_kernels = None if spectrum is None else grown.new_empty(kernel_size[0], half, 2, channels, maps)

    def prepare() -> Work:
        of_grown = ColumnTransform(height, rows, block, count, maps, grown)
        factor = grown.new_empty(block, height, count, 2, maps)
        steps = []
        if kernel_rows is not None and to_images is not None:
            steps.append(ToImages(kernel_rows, to_images, height, block).fill)
        if spectrum is not None and to_kernels is not None:
            steps.append(ToKernels(spectrum, to_kernels, block).fill)

        def fill(here: slice) -> None:
            right = of_grown.analyse(grown_rows[:, here], factor[: here.stop - here.start])
            for step in steps:
                step(here, right)

        return fill

    share_blocks(half, block, grown.device, prepare)
    of_images = of_kernels = None
    if to_images is not None:
        of_images = empty_images(grown, count, channels, height, width)
        synthesise_rows(to_images, width, to_pixels(of_images))
    if to_kernels is not None:
        of_kernels = empty_kernels(grown, maps, channels, *kernel_size)
        synthesise_rows(to_kernels, width, kernels_to_pixels(of_kernels))
    return Gradients(of_images, of_kernels, sums)


class ToImages:
    """Fill dX = G · W, block by block, with scratch space of its own.

    Attributes:
        kernel_rows: (kernel_row, column_frequency, 2, channel, map).
        rows: (row, column_frequency, 2, image, channel), what is filled.
    """

    def __init__(self, kernel_rows: Tensor, rows: Tensor, height: int, block: int):
        kernel_height, _, _, channels, maps = kernel_rows.shape
        count = rows.shape[3]
        self.kernel_rows, self.rows = kernel_rows, rows
        self.of_kernels = ColumnTransform(height, kernel_height, block, channels, maps, rows)
        self.of_images = ColumnTransform(height, height, block, count, channels, rows)
        self.factor = rows.new_empty(block, height, 2, channels, 2, maps)
        self.product = rows.new_empty(block, height, count, 2, channels)

    def fill(self, here: slice, grown: Float[Tensor, "block height image 2 map"]) -> None:
        """Fill one block of columns."""
        size = len(grown)
        factor = self.of_kernels.analyse_conjugated(self.kernel_rows[:, here], self.factor[:size])
        product = self.product[:size]
        torch.bmm(matrices(grown), matrices(factor).transpose(1, 2), out=matrices(product))
        self.of_images.synthesise(product, self.rows[:, here])


class ToKernels:
    """Fill dW = X · conj(G), summed over images, block by block, with scratch space of its own.

    Attributes:
        spectrum: of the images, (column_frequency, height, image, 2, channel).
        rows: (kernel_row, column_frequency, 2, channel, map), what is filled.
    """

    def __init__(self, spectrum: Tensor, rows: Tensor, block: int):
        height = spectrum.shape[1]
        kernel_height, _, _, channels, maps = rows.shape
        self.spectrum, self.rows = spectrum, rows
        self.of_kernels = ColumnTransform(height, kernel_height, block, channels, maps, rows)
        self.parts = rows.new_empty(block, height, 2, channels, 2, maps)
        self.product = rows.new_empty(block, height, channels, 2, maps)

    def fill(self, here: slice, grown: Float[Tensor, "block height image 2 map"]) -> None:
        """Fill one block of columns."""
        parts, product = self.parts[: len(grown)], self.product[: len(grown)]
        torch.bmm(matrices(self.spectrum[here]).transpose(1, 2), matrices(grown), out=matrices(parts))
        (real_real, real_imaginary), (imaginary_real, imaginary_imaginary) = (
            row.unbind(2) for row in parts.movedim(4, 3).unbind(2)
        )  # each block height channel map
        torch.add(real_real, imaginary_imaginary, out=product[:, :, :, 0])
        torch.sub(imaginary_real, real_imaginary, out=product[:, :, :, 1])
        self.of_kernels.synthesise(product, self.rows[:, here])


def matrices(spectrum: Float[Tensor, "block height ..."]) -> Float[Tensor, "frequency row column"]:
    """Return a view with one matrix for each pair of frequencies: (2·)left rows, 2·right columns."""
    return spectrum.flatten(-2).flatten(2, -2).flatten(0, 1)


def column_block(like: Tensor, height: int, half: int, channels: int, maps: int) -> int:
    """Return how many of `half` columns of frequencies to work on at once, for images × channels × maps."""
    count = like.shape[2]
    values = 2 * height * max(count * channels, count * maps, 2 * channels * maps)
    return min(half, block_size(values * like.element_size(), like.device))
