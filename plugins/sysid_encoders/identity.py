"""The encoder that hands the stimulus on as it is."""

import attrs
from jaxtyping import Float
from torch import Tensor, nn

from sysid import Encoder, InputShape


@attrs.frozen
class Identity(Encoder):
    """Give the readout the stimulus window itself.

    Choose it for the linear-nonlinear model (Chichilnisky 2001, doi:10.1080/713663221), whose readout holds
    the filter, and for a core that reads pixels.
    """

    def build(self, input_shape: InputShape) -> nn.Module:
        """Make the module; nothing in it depends on `input_shape`."""
        return IdentityModule()


class IdentityModule(nn.Module):
    """Return the stimulus and no penalty."""

    def forward(
        self, stimulus: Float[Tensor, "batch time channel height width"]
    ) -> tuple[Float[Tensor, "batch time channel height width"], Float[Tensor, ""]]:
        """Return the stimulus unchanged and a penalty of zero."""
        return stimulus, stimulus.new_zeros(())
