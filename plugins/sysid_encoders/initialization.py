"""What convolution kernels are before training."""

from typing import Literal

from jaxtyping import Float
from torch import Tensor, nn

Initialization = Literal["glorot_uniform", "he_normal", "normal"]


def initialize_kernel(
    kernel: Float[Tensor, "map channel height width"], initialization: Initialization, sd: float
) -> None:
    """Fill a kernel in place from torch's global generator.

    With fan_in = channel·height·width and fan_out = map·height·width:
    "glorot_uniform" is U(−a, a), a = √(6/(fan_in + fan_out)) (Glorot and Bengio 2010);
    "he_normal" is N(0, 2/fan_in) (He et al. 2015, doi:10.1109/ICCV.2015.123);
    "normal" is N(0, sd²), which alone looks at `sd`.
    Differs: Keras cuts "he_normal" off at two standard deviations; the variance is the same.
    """
    if initialization == "glorot_uniform":
        nn.init.xavier_uniform_(kernel)
    elif initialization == "he_normal":
        nn.init.kaiming_normal_(kernel, nonlinearity="relu")
    else:
        nn.init.normal_(kernel, std=sd)
