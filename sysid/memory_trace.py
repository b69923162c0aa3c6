"""What one step keeps in memory at its peak, found on the meta device: no memory, no arithmetic."""

import weakref
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any

import attrs
import torch
from torch import Tensor
from torch._ops import OpOverload
from torch.utils._python_dispatch import TorchDispatchMode  # torch's documented way to see every operation
from torch.utils._pytree import tree_leaves

from sysid.trial import Trial, resize


@attrs.frozen
class Peaks:
    """Bytes of tensors alive at once.

    Attributes:
        training: of a training step at its worst moment: weights, gradients, the moments of Adam, the
            batch, and whatever the backward pass keeps, also in a part's own autograd functions.
        evaluation: of an evaluation between two training steps.
    """

    training: int
    evaluation: int


def trace(trial: Trial, evaluation_batch_size: int) -> Peaks:
    """Trace a training step that is not the first, so that Adam has its moments, and an evaluation after it.

    What an operation needs for itself while it runs is no tensor and not seen, nor are the gaps that are left
    between tensors.

    Args:
        trial: on the meta device. Mixed precision does not exist there: the trial is of single precision,
            which is more than bfloat16 needs.
        evaluation_batch_size: samples of an evaluation.

    Raises:
        Exception: whatever a part says that cannot run on the meta device in training.
    """
    with StorageCount() as count:
        batch = [each for each in (trial.stimulus, trial.responses, trial.behaviour) if each is not None]
        count.add([*trial.model.parameters(), *trial.model.buffers(), *batch])
        fill_moments(trial)
        training = count.peak_during(trial.differentiate)  # the step itself makes nothing: it is fused
        evaluation = resize(trial, evaluation_batch_size)
        evaluated = count.peak_during(evaluation.evaluate)
    gone = trial.stimulus.untyped_storage().nbytes()  # of the training, not there in an evaluation
    return Peaks(training, evaluated - gone)


def fill_moments(trial: Trial) -> None:
    """Leave gradients and Adam's moments as any step does, without a forward pass."""
    for weights in trial.model.parameters():
        if weights.requires_grad:
            weights.grad = torch.zeros_like(weights)
    trial.optimizer.step()


class StorageCount(TorchDispatchMode):
    """Count the bytes of all tensors that operations make, for as long as anything holds them.

    Attributes:
        alive: bytes at this moment.
        peak: the most there were since the start, or since `peak_during` began.
    """

    def __init__(self) -> None:
        super().__init__()
        self.alive = self.peak = 0
        self._known: dict[int, weakref.finalize[Any, Any]] = {}

    def __torch_dispatch__(
        self,
        operation: OpOverload,
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Run an operation and count what it made; one that fills what is there makes nothing."""
        filled = kwargs.get("out") if kwargs else None
        if filled is None and operation._schema.name.endswith("_"):
            filled = args[0]
        if isinstance(filled, Tensor) and filled.device.type == "meta":
            return filled  # without checking its shape, which takes torch most of the time
        result = operation(*args, **(kwargs or {}))
        leaves = (result,) if isinstance(result, Tensor) else tree_leaves(result)
        self.add(each for each in leaves if isinstance(each, Tensor))
        return result

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop counting, also what is still held."""
        for known in self._known.values():
            known.detach()
        super().__exit__(kind, error, trace)

    def add(self, tensors: Iterable[Tensor]) -> None:
        """Count tensors on the meta device whose memory is not counted yet."""
        for tensor in tensors:
            storage = tensor.untyped_storage()
            if tensor.device.type != "meta" or storage._cdata in self._known:
                continue
            size = storage.nbytes()
            self._known[storage._cdata] = weakref.finalize(storage, self._forget, storage._cdata, size)
            self.alive += size
        self.peak = max(self.peak, self.alive)

    def peak_during(self, call: Callable[[], object]) -> int:
        """Return the most bytes alive at once while a call runs."""
        self.peak = self.alive
        call()
        return self.peak

    def _forget(self, storage: int, size: int) -> None:
        del self._known[storage]
        self.alive -= size
