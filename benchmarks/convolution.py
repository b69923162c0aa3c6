"""Valid convolutions with large kernels: in the Fourier domain, and as torch does them."""

from collections.abc import Callable, Iterator

import attrs
import torch
from torch import Tensor, nn

from benchmarks.comparison import Call, Comparison, Growth, Peer
from sysid_encoders.convolution import Geometry
from sysid_encoders.fourier import FourierConv2d


@attrs.frozen
class Problem:
    """One layer, and how many images it is given."""

    name: str
    images: int
    layer: Geometry

    @property
    def operations(self) -> float:
        """Additions and multiplications of ours, forward and all gradients."""
        return self.images * self.layer.fourier_operations(self.images)

    def __str__(self) -> str:
        layer = self.layer
        return (
            f"{self.images} images, {layer.channels} channels of {layer.height} × {layer.width} px → "
            f"{layer.maps} maps, kernels {layer.kernel_height} × {layer.kernel_width}; direct: "
            f"{self.images * layer.direct_operations() / 1e9:.3g} GFLOP with all gradients, a third forward"
        )


@attrs.frozen
class Sizes:
    """The layers, and the batches that the first of them is timed at."""

    layers: tuple[Problem, ...]
    batches: tuple[int, ...]


FULL = Sizes(
    (
        Problem("first layer of Zheng et al. 2021", 64, Geometry(20, 128, 90, 90, 25, 25)),
        Problem("second layer of Zheng et al. 2021", 64, Geometry(128, 64, 66, 66, 11, 11)),
    ),
    (4, 16, 64),
)
QUICK = Sizes(
    (
        Problem("a small layer", 3, Geometry(2, 4, 12, 11, 5, 4)),
        Problem("another", 2, Geometry(4, 3, 8, 8, 3, 3)),
    ),
    (2, 4, 8),
)


def comparisons(sizes: Sizes) -> Iterator[Comparison]:
    """Yield each layer with its gradients, and without any."""
    for problem in sizes.layers:
        fourier, direct, images = make_layers(problem)
        fft = FftConv2d(direct)
        yield Comparison(
            f"Forward and all gradients, {problem.name}",
            str(problem),
            train_call(fourier, images),
            peers(train_call, direct, fft, images),
            operations=problem.operations,
            agreement=lambda fourier=fourier, direct=direct, images=images: agreement(
                fourier, direct, images
            ),
        )
        yield Comparison(
            f"Forward alone, {problem.name}",
            str(problem),
            predict_call(fourier, images),
            peers(predict_call, direct, fft, images),
        )


def peers(
    make_call: Callable[..., Call], direct: nn.Module, fft: nn.Module, images: Tensor
) -> dict[str, Peer]:
    """Return what a user would pick instead, for calls of one kind."""
    return {
        "torch conv2d float32": Peer(make_call(direct, images)),
        "torch conv2d bfloat16 autocast": Peer(make_call(direct, images, reduced=True)),
        "torch.fft": Peer(make_call(fft, images)),
    }


def growths(sizes: Sizes) -> Iterator[Growth]:
    """Yield forward and gradients of the first layer by batch."""
    problem = sizes.layers[0]

    def prepare(images: int) -> Call:
        fourier, _, batch = make_layers(attrs.evolve(problem, images=images))
        return train_call(fourier, batch)

    yield Growth(f"Forward and gradients, {problem.name}", "images", sizes.batches, prepare)


def make_layers(problem: Problem) -> tuple[nn.Module, nn.Module, Tensor]:
    """Return our layer, torch's with equal weights, and images."""
    layer = problem.layer
    generator = torch.Generator().manual_seed(0)
    shape = (problem.images, layer.channels, layer.height, layer.width)
    images = torch.randn(shape, generator=generator).requires_grad_()
    kernel = (layer.kernel_height, layer.kernel_width)
    direct = nn.Conv2d(layer.channels, layer.maps, kernel)
    fourier = FourierConv2d(layer.channels, layer.maps, kernel)
    fourier.load_state_dict(direct.state_dict())
    return fourier, direct, images


class FftConv2d(nn.Module):
    """The same by `torch.fft`, as one writes it in four lines; weights and bias are shared."""

    def __init__(self, direct: nn.Module):
        super().__init__()
        self.weight, self.bias = direct.weight, direct.bias

    def forward(self, images: Tensor) -> Tensor:
        """Return the maps: spectra of whole images, products over channels at each frequency, and back."""
        size = images.shape[2:]
        spectrum = torch.fft.rfft2(images).permute(2, 3, 0, 1)  # row column image channel
        kernels = torch.fft.rfft2(self.weight, s=size).permute(2, 3, 1, 0).conj()  # row column channel map
        maps = torch.fft.irfft2((spectrum @ kernels).permute(2, 3, 0, 1), s=size)
        rows, columns = (
            whole - kernel + 1 for whole, kernel in zip(size, self.weight.shape[2:], strict=True)
        )
        return maps[:, :, :rows, :columns] + self.bias[:, None, None]


def train_call(module: nn.Module, images: Tensor, *, reduced: bool = False) -> Call:
    """Return a call that makes maps and all gradients of their mean square."""

    def call() -> None:
        for wanted in (images, *module.parameters()):
            wanted.grad = None
        with torch.autocast("cpu", torch.bfloat16, enabled=reduced):
            maps = module(images)
        maps.backward(maps.detach())

    return call


def predict_call(module: nn.Module, images: Tensor, *, reduced: bool = False) -> Call:
    """Return a call that makes maps and keeps nothing for gradients."""

    def call() -> Tensor:
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=reduced):
            return module(images)

    return call


def agreement(fourier: nn.Module, direct: nn.Module, images: Tensor) -> str:
    """Hold maps of two images against double precision, ours and torch's alike."""
    few = images.detach()[:2]
    weight, bias = (each.detach().double() for each in direct.parameters())
    exact = torch.nn.functional.conv2d(few.double(), weight, bias)
    errors = []
    with torch.no_grad():
        for module in (fourier, direct):
            errors.append(float((module(few).double() - exact).norm() / exact.norm()))
    return (
        f"- maps of two images, relative error against double precision: sysid {errors[0]:.1e}, "
        f"torch {errors[1]:.1e}"
    )
