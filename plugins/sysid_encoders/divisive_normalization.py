"""Divisive normalisation: every feature map divided by the activity of maps around it."""

import math

import attrs
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, softplus

from sysid import key

LEAST = 1e-3  # of a semi-saturation, so that nothing is divided by zero


@attrs.frozen
class DivisiveNormalization:
    """Divide x^n by σ^n plus a weighted pool of x^n over maps and neighbouring pixels.

    Heeger (1992), "Normalization of cell responses in cat striate cortex", Visual Neuroscience 9(2) 181–197,
    doi:10.1017/S0952523800009640; with weights that are learned between maps, Burg et al. (2021), "Learning
    divisive normalization in primary visual cortex", PLoS Computational Biology 17(6) e1009028,
    doi:10.1371/journal.pcbi.1009028. Choose it where responses saturate with contrast or are suppressed by
    what lies beside and around the receptive field.
    """

    pool_px: int = key(
        "height and width of the neighbourhood that is averaged, an odd number; 1 pools over maps alone",
        default=5,
        unit="px",
        at_least=1,
    )
    exponent: float = key(
        "n: maps are raised to it before they are pooled and divided; 2 are the energies of Heeger 1992, 1 "
        "trains more surely on little data",
        default=2.0,
        at_least=1,
    )
    semi_saturation: float = key(
        "σ of every map at the start, the activity at which the divisor has doubled; after batch norm maps "
        "have unit variance",
        default=1.0,
        above=LEAST,
    )

    @pool_px.validator
    def _check_pool_px(self, _attribute: attrs.Attribute, value: int) -> None:
        if value % 2 == 0:
            raise ValueError(f"expected an odd number, which has a middle, got {value}")


class DivisiveNormalizationModule(nn.Module):
    """Compute y_c = x_c^n / (σ_c^n + Σ_k w_ck ⟨x_k^n⟩), ⟨·⟩ the mean over a pixel's neighbourhood.

    w and σ are the softplus of what is trained, so that weights stay above zero and the divisor away from it.
    At the start the pool is the mean over maps. x^n keeps the sign of x, so that maps that go below zero are
    normalised too; the pool takes |x|^n.

    Differs: Burg et al. train n as well.

    Attributes:
        raw_weight: (map, pooled map), of w.
        raw_semi_saturation: (map,), of σ.
    """

    def __init__(self, config: DivisiveNormalization, channels: int):
        super().__init__()
        self.pool_px = config.pool_px
        self.exponent = config.exponent
        self.raw_weight = nn.Parameter(torch.full((channels, channels), invert_softplus(1 / channels)))
        start = invert_softplus(config.semi_saturation - LEAST)
        self.raw_semi_saturation = nn.Parameter(torch.full((channels,), start))

    @property
    def weight(self) -> Float[Tensor, "map pooled"]:
        """How much each map divides each other, above zero."""
        return softplus(self.raw_weight)

    @property
    def semi_saturation(self) -> Float[Tensor, " map"]:
        """The activity at which the divisor has doubled, above zero."""
        return softplus(self.raw_semi_saturation) + LEAST

    def forward(self, maps: Float[Tensor, "image map row column"]) -> Float[Tensor, "image map row column"]:
        """Return the normalised maps."""
        energy = maps.abs() ** self.exponent
        pooled = self._pool(energy.movedim(1, -1) @ self.weight.to(energy.dtype).T)  # image row column map
        divisor = self.semi_saturation.to(energy.dtype) ** self.exponent + pooled
        return maps.sign() * energy / divisor.movedim(-1, 1)

    def _pool(self, maps: Float[Tensor, "image row column map"]) -> Float[Tensor, "image row column map"]:
        """Return the mean of each pixel's neighbourhood, at the border of the pixels that there are."""
        if self.pool_px == 1:
            return maps
        images = maps.movedim(-1, 1)  # image map row column
        mean = avg_pool2d(images, self.pool_px, 1, self.pool_px // 2, count_include_pad=False)
        return mean.movedim(1, -1)  # image row column map


def invert_softplus(value: float) -> float:
    """Return x where log(1 + exp(x)) is a value above zero."""
    return value + math.log(-math.expm1(-value))
