"""A correlation and its gradients as functions that torch differentiates, forward and backward, and maps.

The derivatives of both are again one or the other, so there are derivatives of any order.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import FunctionCtx

from sysid import SysidError
from sysid_encoders.memory_order import kernels_to_pixels, to_pixels
from sysid_encoders.spectral_product import correlate, propagate, transform

Maybe = Tensor | None


def correlation(
    images: Float[Tensor, "image channel height width"],
    kernels: Float[Tensor, "map channel kernel_height kernel_width"],
    bias: Float[Tensor, " map"] | None = None,
) -> Float[Tensor, "image map row column"]:
    """Return y[n, o, r, c] = bias[o] + Σ w[o, i, k, l] · x[n, i, r + k, c + l]."""
    keep = torch.is_grad_enabled() and kernels.requires_grad
    maps, _ = Correlation.apply(images, kernels, bias, keep)
    return maps


class Correlation(Function):
    """Return what `correlation` does, and the spectrum of the images where it is to be kept."""

    @staticmethod
    def forward(images: Tensor, kernels: Tensor, bias: Maybe, keep: bool) -> tuple[Tensor, Maybe]:
        """Return the maps, and the spectrum for the gradient by the kernels."""
        with batches_refused():
            return correlate(to_pixels(images), kernels_to_pixels(kernels), bias, keep=keep)

    @staticmethod
    def setup_context(ctx: FunctionCtx, inputs: tuple[Any, ...], output: tuple[Tensor, Maybe]) -> None:
        """Keep what derivatives are made of."""
        images, kernels, _, _ = inputs
        _, spectrum = output
        ctx.set_materialize_grads(False)
        if spectrum is not None:
            ctx.mark_non_differentiable(spectrum)
        ctx.save_for_backward(images, kernels, spectrum)
        ctx.save_for_forward(images, kernels)

    @staticmethod
    def backward(ctx: FunctionCtx, grown: Maybe, _: Maybe) -> tuple[Maybe, ...]:
        """Return all gradients from one transform of what comes back."""
        images, kernels, spectrum = ctx.saved_tensors
        for_images, for_kernels, for_bias, _ = ctx.needs_input_grad
        if grown is None:
            return None, None, None, None
        of_images, of_kernels, sums = CorrelationGradient.apply(
            grown,
            images if for_kernels else None,
            kernels if for_images else None,
            spectrum if for_kernels else None,
        )
        return of_images, of_kernels, sums if for_bias else None, None

    @staticmethod
    def jvp(
        ctx: FunctionCtx, images_there: Maybe, kernels_there: Maybe, bias_there: Maybe, _: None
    ) -> tuple[Maybe, None]:
        """Return the change of the maps in a direction."""
        images, kernels = ctx.saved_tensors
        of_maps = added(
            None if images_there is None else correlation(images_there, kernels),
            None if kernels_there is None else correlation(images, kernels_there),
        )
        if bias_there is None:
            return of_maps, None
        along = bias_there[:, None, None]
        if of_maps is not None:
            return of_maps + along, None
        rows, columns = (
            have - size + 1 for have, size in zip(images.shape[2:], kernels.shape[2:], strict=True)
        )
        return along.expand(len(images), len(kernels), rows, columns).clone(), None

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], *inputs: Any) -> tuple[Any, Any]:
        """Take what is mapped over one by one."""
        return one_by_one(Correlation.apply, info.batch_size, in_dims, inputs)


class CorrelationGradient(Function):
    """Return the derivatives of a correlation by images, kernels and bias, given what came back to its maps.

    By images, Σ w[o, i, k, l] · g[n, o, h − k, v − l], where kernels are given; by kernels,
    Σ g[n, o, r, c] · x[n, i, r + k, c + l], where images are given; by bias, Σ g[n, o, r, c].
    """

    @staticmethod
    def forward(grown: Tensor, images: Maybe, kernels: Maybe, spectrum: Maybe) -> tuple[Maybe, Maybe, Tensor]:
        """Return all from one transform; the spectrum of the images is made where it was not kept."""
        if images is None and kernels is None:
            return None, None, grown.sum((0, 2, 3))
        rows, columns = grown.shape[2:]
        with batches_refused():
            if kernels is None:
                height, width = images.shape[2:]
            else:
                height, width = rows + kernels.shape[2] - 1, columns + kernels.shape[3] - 1
            if images is not None and spectrum is None:
                spectrum = transform(to_pixels(images))
            return propagate(
                to_pixels(grown),
                (height, width),
                None if kernels is None else kernels_to_pixels(kernels),
                spectrum,
                (height - rows + 1, width - columns + 1),
            )

    @staticmethod
    def setup_context(ctx: FunctionCtx, inputs: tuple[Any, ...], output: tuple[Maybe, ...]) -> None:
        """Keep what derivatives are made of."""
        grown, images, kernels, _ = inputs
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(grown, images, kernels)
        ctx.save_for_forward(grown, images, kernels)

    @staticmethod
    def backward(
        ctx: FunctionCtx, by_images: Maybe, by_kernels: Maybe, by_sums: Maybe
    ) -> tuple[Maybe, Maybe, Maybe, None]:
        """Return gradients by what came back, by the images and by the kernels."""
        grown, images, kernels = ctx.saved_tensors
        for_grown, for_images, for_kernels, _ = ctx.needs_input_grad
        of_grown = of_images = of_kernels = None
        if for_grown:
            of_grown = added(
                None if by_images is None else correlation(by_images, kernels),
                None if by_kernels is None else correlation(images, by_kernels),
                None if by_sums is None else by_sums[:, None, None].expand(grown.shape),
            )
        if for_images and by_kernels is not None:
            of_images, _, _ = CorrelationGradient.apply(grown, None, by_kernels, None)
        if for_kernels and by_images is not None:
            _, of_kernels, _ = CorrelationGradient.apply(grown, by_images, None, None)
        return of_grown, of_images, of_kernels, None

    @staticmethod
    def jvp(
        ctx: FunctionCtx, grown_there: Maybe, images_there: Maybe, kernels_there: Maybe, _: Maybe
    ) -> tuple[Maybe, Maybe, Tensor]:
        """Return the change of all three in a direction."""
        grown, images, kernels = ctx.saved_tensors
        if grown_there is None:
            grown_there = torch.zeros_like(grown)  # torch wants a change of each result
        of_images, of_kernels, sums = CorrelationGradient.apply(grown_there, images, kernels, None)
        if images_there is not None or kernels_there is not None:
            more_images, more_kernels, _ = CorrelationGradient.apply(grown, images_there, kernels_there, None)
            of_images, of_kernels = added(of_images, more_images), added(of_kernels, more_kernels)
        return of_images, of_kernels, sums

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], *inputs: Any) -> tuple[Any, Any]:
        """Take what is mapped over one by one."""
        return one_by_one(CorrelationGradient.apply, info.batch_size, in_dims, inputs)


@contextmanager
def batches_refused() -> Iterator[None]:
    """Say in a line that torch's older way to map, which knows no functions of our own, is not offered.

    Raises:
        SysidError: a tensor stands for a batch, in that way.
    """
    try:
        yield
    except RuntimeError as error:
        if "Batching rule" not in str(error):
            raise
        raise SysidError(
            "fourier_conv2d: is_grads_batched=True (or vectorize=True) is not offered; "
            "torch.func.vmap over torch.func.vjp is, and one gradient after another"
        ) from error


def added(*parts: Maybe) -> Maybe:
    """Return the sum of what is there, None where nothing is."""
    there = [part for part in parts if part is not None]
    return sum(there[1:], there[0]) if there else None


def one_by_one(
    call: Callable[..., tuple[Any, ...]], count: int, axes: tuple[int | None, ...], inputs: tuple[Any, ...]
) -> tuple[tuple[Any, ...], tuple[int | None, ...]]:
    """Call with each entry along an axis of the inputs, None where an input has none; stack the results.

    Returns:
        results, and their axes, as `torch.func.vmap` asks of a function of our own.
    """
    results = [
        call(
            *(
                each if axis is None else each.select(axis, number)
                for each, axis in zip(inputs, axes, strict=True)
            )
        )
        for number in range(count)
    ]
    stacked = tuple(None if parts[0] is None else torch.stack(parts) for parts in zip(*results, strict=True))
    return stacked, tuple(None if each is None else 0 for each in stacked)
