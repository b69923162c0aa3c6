"""Check that a module's state lies in its state dict."""

from safetensors.torch import load, save
from torch import Tensor, nn

from sysid.testing.closeness import is_close, largest_change
from sysid.testing.part import Part, keep_generator

HINT = (
    "A run is opened from its weights alone. Usual mistake: something learned, or taken from the population, "
    "is a plain attribute and no buffer (`register_buffer`), or a layer is made in forward."
)


def check_state_dict(part: Part) -> None:
    """Save a module that has seen a training batch, load it into a new one, and expect the same output.

    The new one has another seed; a readout's is built as `sysid.load_run` does it, with ids and centres of
    the population and no more.

    Raises:
        AssertionError: it cannot be saved or loaded, or predicts something else.
    """
    trained = _train_once(part)
    inputs = part.draw(2)
    before = part.evaluate(trained, inputs, "state_dict")
    with part.subject.running("state_dict", "saving and loading the state dict", HINT):
        stored = load(save({name: _copy(value) for name, value in trained.state_dict().items()}))
        with keep_generator(1):
            opened = part.remake()
        opened.load_state_dict(stored)
    after = part.evaluate(opened.eval(), inputs, "state_dict")
    part.subject.expect(
        is_close(before, after, 1e-6),
        "state_dict",
        "the same output from a new module with the same state dict",
        f"a difference of {largest_change(before, after):.2g}"
        if before.shape == after.shape
        else f"{tuple(after.shape)} in place of {tuple(before.shape)}",
        HINT,
    )


def _train_once(part: Part) -> nn.Module:
    """Return a module in evaluation mode whose parameters and running statistics have moved."""
    module = part.build(nudged=True)
    module.train()
    with part.subject.running("state_dict", "forward in training"), keep_generator(0):
        part.call(module, part.draw())
    return module.eval()


def _copy(value: Tensor) -> Tensor:
    return value.detach().contiguous().clone()
