"""Predict with many sets of first kernels, computing once what they have in common."""

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.func import functional_call

BatchNorm = nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d
SECOND = "layers.1.convolution.weight"  # where an encoder has a second convolution
Statistics = dict[str, Tensor]
"""Running statistics of batch norms, by their name in the model's state."""


class Playback(nn.Module):
    """Stand where a module stood: run it and remember what it put out, or put out what is given instead."""

    def __init__(self, inner: nn.Module):
        super().__init__()
        self.inner = inner
        self.heard: Any = None
        self.given: Any = None

    @property
    def weight(self) -> Tensor:
        """Have no weights: nobody asks for a penalty on them here."""
        return torch.zeros(0)

    def forward(self, inputs: Tensor) -> Any:
        """Return what is given, or else what the module makes of its inputs."""
        if self.given is not None:
            return self.given
        self.heard = self.inner(inputs)
        return self.heard


class PrunedModel:
    """Predict as if some of a model's first kernels were gone and their maps constant.

    The first layer is computed once per batch of windows, whatever the sets of kernels. The second layer's
    convolution is linear in the maps, so along one order of the kernels it costs as much for all counts
    together as for one. `remove_kernels` in `pruning.py` gives the same rates by changed weights.
    """

    def __init__(self, model: nn.Module, activity: Float[Tensor, " kernel"]):
        """Take a copy of a run's model, and what each kernel's map holds once it is removed."""
        self.model: Any = copy.deepcopy(model).eval().requires_grad_(False)
        self.activity = activity[:, None, None]  # kernel height width
        encoder = self.model.encoder
        has_second = SECOND in encoder.state_dict()
        encoder.layers[0] = self.first = Playback(encoder.layers[0])
        self.second: Playback | None = None
        if has_second:
            encoder.layers[1].convolution = self.second = Playback(encoder.layers[1].convolution)
        self.norms = {
            name: module
            for name, module in self.model.named_modules()
            if isinstance(module, BatchNorm) and not name.startswith("encoder.layers.0.")
        }
        self.trained = self.statistics()

    def listen(self, batch: Any, session: str) -> Float[Tensor, "bin neuron"]:
        """Return the rates with all kernels, and keep the first layer's maps of this batch."""
        self.model.load_state_dict(self.trained, strict=False)
        self.first.given = None
        if self.second is not None:
            self.second.given = None
        return self._predict(batch, session)

    def rates(
        self,
        batch: Any,
        session: str,
        order: Int[Tensor, " kernel"],
        counts: Sequence[int],
        statistics: Sequence[Statistics] = (),
    ) -> Iterator[Float[Tensor, "bin neuron"]]:
        """Yield the rates with the first so many kernels of an order, for a batch that was listened to.

        Args:
            batch, session: as given to `listen`.
            order: all kernels, the ones to keep longest first.
            counts: how many are kept, increasing.
            statistics: for every count, what batch norms use; nothing for those of the training.
        """
        maps, penalty = self.first.heard
        gone = self.activity.to(maps.dtype)
        kept, drive = 0, None
        if self.second is not None:
            empty = self.second.inner(gone.expand(1, *maps.shape[1:]))
            drive = empty.expand(len(maps), *empty.shape[1:])
        for place, count in enumerate(counts):
            if drive is None:
                keep = torch.isin(torch.arange(len(order)), order[:count])[:, None, None]
                self.first.given = torch.where(keep, maps, gone), penalty
            else:
                drive = drive + self._second_of(maps, order[kept:count])
                self.first.given, self.second.given = (maps, penalty), drive
            kept = count
            if statistics:
                self.model.load_state_dict(statistics[place], strict=False)
            yield self._predict(batch, session)

    def _second_of(self, maps: Tensor, chosen: Int[Tensor, " chosen"]) -> Tensor | float:
        """Return what some maps add to the second layer's convolution, where they were constant before."""
        if self.second is None or not len(chosen):
            return 0.0
        convolution = self.second.inner
        weights = {name: torch.zeros_like(values) for name, values in convolution.named_parameters()}
        weights["weight"] = convolution.get_parameter("weight")[:, chosen]  # without a bias, if it has one
        difference = maps[:, chosen] - self.activity.to(maps.dtype)[chosen]
        return functional_call(convolution, weights, (difference,))

    def _predict(self, batch: Any, session: str) -> Float[Tensor, "bin neuron"]:
        return self.model(batch.stimulus, batch.behaviour, session)[0][:, -1]

    def fresh_statistics(self) -> Statistics:
        """Return running statistics that have seen nothing."""
        for norm in self.norms.values():
            norm.reset_running_stats()
        return self.statistics()

    def statistics(self) -> Statistics:
        """Return a copy of the running statistics as they are, but for the first layer's."""
        return {
            f"{name}.{buffer}": values.clone()
            for name, norm in self.norms.items()
            for buffer, values in norm.named_buffers()
        }

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Let batch norms behind the first layer average the statistics of every batch they see."""
        for norm in self.norms.values():
            norm.train()
            norm.momentum = None  # torch's word for a cumulative average
        try:
            yield
        finally:
            self.model.eval()
