"""One convolution layer: its keys, and the module made of them."""

from typing import Literal

import attrs
from jaxtyping import Float
from torch import Tensor, nn

from sysid import key
from sysid_encoders.convolution import Method, make_convolution
from sysid_encoders.divisive_normalization import DivisiveNormalization, DivisiveNormalizationModule
from sysid_encoders.initialization import initialize_kernel
from sysid_encoders.memory_order import normalize_maps
from sysid_encoders.noise import GaussianNoise

ACTIVATIONS = {"linear": nn.Identity, "relu": nn.ReLU, "elu": nn.ELU, "tanh": nn.Tanh}


@attrs.frozen
class Layer:
    """Describe one layer: convolution → batch norm → noise → activation → normalisation → dropout.

    The order of Zheng et al. 2021, with room for divisive normalisation (Heeger 1992) where rates are. A part
    whose key is off, zero or left out is left out.
    """

    channels: int = key("how many kernels, so how many feature maps come out", at_least=1.0)
    kernel_px: int = key("height and width of a kernel", unit="px", at_least=1.0)
    batch_norm: bool = key("whether to normalise each map over the batch", default=True)
    noise_sd: float = key(
        "standard deviation of the Gaussian noise in training; after batch norm maps have unit variance",
        default=0.0,
        at_least=0.0,
    )
    dropout: float = key("share of values set to zero in training", default=0.0, at_least=0.0, below=1.0)
    activation: Literal["linear", "relu", "elu", "tanh"] = key("output nonlinearity", default="relu")
    divisive_normalization: DivisiveNormalization | None = key(
        "divide each map by what maps around it do, after the activation; off where the table is absent: "
        "`divisive_normalization = {}` has its defaults",
        default=None,
    )
    initialization: Literal["glorot_uniform", "he_normal", "normal"] = key(
        "distribution of the first kernels", default="glorot_uniform"
    )
    initialization_sd: float = key(
        'standard deviation of the first kernels where initialization = "normal"', default=0.05, above=0.0
    )
    l1: float = key("penalty on the kernel, times Σ|w|", default=0.0, at_least=0.0)
    l2: float = key("penalty on the kernel, times Σw²", default=0.0, at_least=0.0)


class ConvolutionLayer(nn.Module):
    """Run one layer. Only the kernel is penalised, as in Keras: neither bias nor batch norm."""

    def __init__(
        self,
        layer: Layer,
        channels_in: int,
        batch_norm_momentum: float,
        batch_norm_epsilon: float,
        method: Method = "auto",
    ):
        super().__init__()
        self.l1, self.l2 = layer.l1, layer.l2
        self.convolution = make_convolution(method, channels_in, layer.channels, layer.kernel_px)
        initialize_kernel(self.convolution.weight, layer.initialization, layer.initialization_sd)
        nn.init.zeros_(self.convolution.bias)
        if layer.batch_norm:
            self.batch_norm = nn.BatchNorm2d(
                layer.channels, eps=batch_norm_epsilon, momentum=batch_norm_momentum
            )
        if layer.noise_sd > 0:
            self.noise = GaussianNoise(layer.noise_sd)
        self.activation = ACTIVATIONS[layer.activation]()
        if layer.divisive_normalization is not None:
            self.divisive_normalization = DivisiveNormalizationModule(
                layer.divisive_normalization, layer.channels
            )
        if layer.dropout > 0:
            self.dropout = nn.Dropout(layer.dropout)

    def forward(
        self, images: Float[Tensor, "image channel height width"]
    ) -> tuple[Float[Tensor, "image map row column"], Float[Tensor, ""]]:
        """Return the feature maps, in whatever order in memory, and l1·Σ|w| + l2·Σw² of the kernel."""
        maps = images
        for name, part in self.named_children():  # in the order they were made
            maps = normalize_maps(maps, part) if name == "batch_norm" else part(maps)
        return maps, self.penalty()

    def penalty(self) -> Float[Tensor, ""]:
        """Return l1·Σ|w| + l2·Σw² of the kernel."""
        kernel = self.convolution.weight
        total = kernel.new_zeros(())
        if self.l1 > 0:
            total = total + self.l1 * kernel.abs().sum()
        if self.l2 > 0:
            total = total + self.l2 * kernel.square().sum()
        return total
