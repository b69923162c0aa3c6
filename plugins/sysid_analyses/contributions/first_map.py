"""Open a model at its first convolution: what comes out of it, and what the rest makes of that."""

import copy
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from sysid_analyses.contributions.integrated_gradient import Attribution, attribute
from sysid_analyses.prunings.pruned_model import Playback


class OpenedModel:
    """Attribute a model's rates to the maps of its first convolution, before batch norm and activation."""

    def __init__(self, model: nn.Module, grey: Float[Tensor, " channel"]):
        """Take a copy of a run's model whose encoder `has_kernels`, and the pixel values of a grey screen."""
        self.model: Any = copy.deepcopy(model).eval().requires_grad_(False)
        self.grey = grey[:, None, None]
        layer = self.model.encoder.get_submodule("layers.0")
        layer.convolution = self.first = Playback(layer.convolution)

    def attribute(
        self,
        stimulus: Tensor,
        behaviour: Tensor | None,
        session: str,
        neurons: Int[Tensor, " chosen"],
        steps: int,
    ) -> Attribution:
        """Attribute the rates of some neurons for windows (window, time, channel, height, width) as stored.

        The baseline is a screen that was grey for the whole window.
        """
        blank = self.grey.expand_as(stimulus).to(torch.float32)
        maps, baseline = self._maps(stimulus, session), self._maps(blank, session)

        def head(given: Tensor) -> Tensor:
            self.first.given = given
            return self.model(stimulus, behaviour, session)[0][:, -1, neurons]

        return attribute(head, maps, baseline, steps)

    @torch.no_grad()
    def _maps(self, stimulus: Tensor, session: str) -> Float[Tensor, "image kernel row column"]:
        self.first.given = None
        self.model(stimulus, None, session)
        return self.first.heard
