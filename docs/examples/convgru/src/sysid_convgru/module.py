"""The convolutional gated recurrent unit, stepping through time."""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class ConvGruModule(nn.Module):
    """Step a state of feature maps through time from zeros: the GRU-RCN of Ballas et al. 2016.

    z = σ(W_z ∗ x + U_z ∗ h), r = σ(W_r ∗ x + U_r ∗ h), h̃ = tanh(W ∗ x + U ∗ (r∘h)), h ← (1−z)∘h + z∘h̃, with
    a bias for each map. Beyond the border maps count as zero, so that they keep their size.

    Attributes:
        drive: of the three products with x: z, r, h̃, in this order.
        gates: of the products with h: z, r.
        candidate: of the product with r∘h.
    """

    def __init__(self, inputs: int, channels: int, kernel_px: int, warmup: int, l2: float):
        super().__init__()
        self.channels, self.warmup, self.l2 = channels, warmup, l2
        border = kernel_px // 2
        self.drive = nn.Conv2d(inputs, 3 * channels, kernel_px, padding=border)
        self.gates = nn.Conv2d(channels, 2 * channels, kernel_px, padding=border, bias=False)
        self.candidate = nn.Conv2d(channels, channels, kernel_px, padding=border, bias=False)
        nn.init.xavier_uniform_(self.drive.weight)  # Glorot and Bengio 2010
        nn.init.zeros_(self.drive.bias)
        nn.init.orthogonal_(self.gates.weight)  # Saxe et al. 2014: what is remembered neither grows nor fades
        nn.init.orthogonal_(self.candidate.weight)

    def forward(
        self, features: Float[Tensor, "batch time channel height width"]
    ) -> tuple[Float[Tensor, "batch step map height width"], Float[Tensor, ""]]:
        """Return the states after the warm-up and the penalty.

        Time is right-aligned: what the warm-up takes away is the beginning, so the last step out belongs to
        the last frame in.
        """
        # One product for all frames: only the products with the state have to wait for the frame before.
        drive = self.drive(features.flatten(0, 1)).unflatten(
            0, features.shape[:2]
        )  # batch time row height width
        state = torch.zeros_like(drive[:, 0, : self.channels])
        states = []
        for frame in drive.unbind(1):
            state = self._step(frame, state)
            states.append(state)
        return torch.stack(states[self.warmup :], dim=1), self._penalty()

    def _step(
        self, drive: Float[Tensor, "batch row height width"], state: Float[Tensor, "batch map height width"]
    ) -> Float[Tensor, "batch map height width"]:
        """Return the next state."""
        gates, candidate = drive.split([2 * self.channels, self.channels], dim=1)
        update, reset = torch.sigmoid(gates + self.gates(state)).chunk(2, dim=1)
        proposed = torch.tanh(candidate + self.candidate(reset * state))
        return state + update * (proposed - state)

    def _penalty(self) -> Float[Tensor, ""]:
        kernels = (self.drive.weight, self.gates.weight, self.candidate.weight)
        return self.l2 * sum(kernel.square().sum() for kernel in kernels)
