"""The core that hands the features on as they are."""

import attrs
from jaxtyping import Float
from torch import Tensor, nn

from sysid import Core, InputShape


@attrs.frozen
class Identity(Core):
    """Give the readout the encoder's features themselves.

    Choose it for models without recurrence: the linear-nonlinear model and the CNN of McIntosh et al. 2016
    (doi:10.48550/arXiv.1702.01825).
    """

    def build(self, input_shape: InputShape) -> nn.Module:
        """Make the module; nothing in it depends on `input_shape`."""
        return IdentityModule()


class IdentityModule(nn.Module):
    """Return the features and no penalty."""

    def forward(
        self, features: Float[Tensor, "batch time channel height width"]
    ) -> tuple[Float[Tensor, "batch time channel height width"], Float[Tensor, ""]]:
        """Return the features unchanged and a penalty of zero."""
        return features, features.new_zeros(())
