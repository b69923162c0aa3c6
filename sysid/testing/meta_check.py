"""Check that a module built without memory has the shapes of the real one."""

import torch
from torch import Tensor

from sysid.testing.part import Part

HINT = (
    "A model is first built under `torch.device('meta')` to know its shapes. Usual mistake: a tensor that is "
    "made from numpy or with a device of its own, or a size that is read from values."
)


def check_meta(part: Part) -> None:
    """Expect a module on the meta device to be there as a whole and to return what the real one does.

    Raises:
        AssertionError: it cannot be built or run there, or has other shapes.
    """
    subject = part.subject
    inputs = part.draw()
    real = part.build()
    output = part.evaluate(real, inputs, "meta")
    with subject.running("meta", "building and running on torch's meta device", HINT):
        with torch.device("meta"), torch.no_grad():
            module = part.make().eval()
        elsewhere = [name for name, value in _tensors(module.state_dict()).items() if not value.is_meta]
        with torch.device("meta"), torch.no_grad():
            outline, _ = part.call(module, inputs.through(lambda values: values.to("meta")))
    subject.expect(
        not elsewhere,
        "meta",
        "every parameter and buffer on the device it is built under, here meta",
        f"{', '.join(elsewhere)} elsewhere",
        HINT,
    )
    subject.expect(
        outline.shape == output.shape,
        "meta",
        f"the shape of the real output, {tuple(output.shape)}",
        str(tuple(outline.shape)),
        HINT,
    )
    shapes, promised = _shapes(real.state_dict()), _shapes(module.state_dict())
    different = [name for name in {**shapes, **promised} if shapes.get(name) != promised.get(name)]
    subject.expect(
        not different,
        "meta",
        "the same parameters and buffers, with the same shapes, as on the CPU",
        f"others in {', '.join(different)}",
        HINT,
    )


def _tensors(state: dict[str, object]) -> dict[str, Tensor]:
    return {name: value for name, value in state.items() if isinstance(value, Tensor)}


def _shapes(state: dict[str, object]) -> dict[str, tuple[object, ...]]:
    return {name: (tuple(value.shape), value.dtype) for name, value in _tensors(state).items()}
