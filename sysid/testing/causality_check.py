"""Check that no output sees a later frame, and that the last output belongs to the last frame."""

import torch
from torch import Tensor

from sysid.testing.closeness import TOLERANCE
from sysid.testing.part import Inputs, Part

LONGER = 3  # frames more than the part was built for, which many parts slide over
HINT = (
    "Usual mistake: time is flipped, padding is not causal (pad the beginning alone), or a mean, norm or "
    "attention without a mask runs over all of time."
)
ALIGNMENT_HINT = (
    "Time is right-aligned: where fewer steps come out than went in, those at the beginning are left out. "
    "Usual mistake: steps are cut off at the end, or padding is put there."
)


def check_causality(part: Part) -> None:
    """Change one frame at a time and expect outputs before it to stay as they are.

    A clip longer than the part was built for is tried as well, where the part takes one.

    Raises:
        AssertionError: an earlier output changes, or the last does not change with the last frame.
    """
    module = part.build(nudged=True)
    time = part.input_shape[0]
    _check_clip(part, module, part.draw(0))
    longer = part.draw(0, frames=time + LONGER)
    if _takes(part, module, longer):
        _check_clip(part, module, longer)


def _takes(part: Part, module: torch.nn.Module, inputs: Inputs) -> bool:
    """Say whether a module runs on a longer clip, which no interface asks it to."""
    try:
        with torch.no_grad():
            part.call(module, inputs)
    # The plugin boundary: a part for one length of clip may refuse another in whatever way.
    except Exception:
        return False
    return True


def _check_clip(part: Part, module: torch.nn.Module, inputs: Inputs) -> None:
    frames = inputs.features.shape[1]
    before = part.evaluate(module, inputs, "causality")
    other = part.draw(1, frames=frames)
    moved = before.new_zeros(0)
    for frame in dict.fromkeys([frames // 2, frames - 1]):
        changed = Inputs(_replace(inputs.features, other.features, frame), inputs.behaviour)
        after = part.evaluate(module, changed, "causality")
        moved = _changes(before, after)
        own = frame - (frames - len(moved))  # the step that belongs to the frame
        early = torch.nonzero(moved[: max(own, 0)]).flatten().tolist()
        part.subject.expect(
            not early,
            "causality",
            f"outputs before step {own} to stay as they are when frame {frame} changes "
            f"({frames} frames in, {len(moved)} steps out, both counted from 0)",
            f"a change in step {', '.join(map(str, early))}: a later frame changed an earlier output",
            HINT,
        )
    part.subject.expect(
        bool(moved[-1]),
        "alignment",
        "the last output to change with the last frame",
        f"no change ({frames} frames in, {len(moved)} steps out)",
        ALIGNMENT_HINT,
    )


def _replace(values: Tensor, others: Tensor, frame: int) -> Tensor:
    replaced = values.clone()
    replaced[:, frame] = 3 * others[:, frame] + 1
    return replaced


def _changes(before: Tensor, after: Tensor) -> Tensor:
    """Return by step whether an output moved by more than rounding, (step,)."""
    change = (after - before).abs().movedim(1, 0).flatten(1).amax(dim=1)
    return change > TOLERANCE * 0.1 * before.abs().max().clamp(min=1e-6)
