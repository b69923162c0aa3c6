"""An input with unequal axes that a part takes."""

from collections.abc import Callable

import torch

from sysid.errors import SysidError
from sysid.interface import InputShape
from sysid.testing.subject import Subject

SHAPES: tuple[InputShape, ...] = ((6, 3, 7, 5), (8, 3, 23, 19), (10, 2, 67, 59), (6, 9, 1, 1))
"""(time, channel, height, width) in the order they are tried: small images, larger ones, then vectors."""


def choose_input(
    subject: Subject, build: Callable[[InputShape], object], asked: InputShape | None
) -> InputShape:
    """Return the first shape of which the part does not say by a SysidError that it does not fit.

    It is built on the meta device, which costs nothing.

    Args:
        subject: for the sentence.
        build: of the part; what it returns is not looked at.
        asked: the author's own choice; nothing else is tried then.

    Raises:
        AssertionError: it refuses all of them, or raises something else than a SysidError.
    """
    refusals = []
    for shape in (asked,) if asked else SHAPES:
        try:
            with torch.device("meta"):
                build(shape)
        except SysidError as error:
            refusals.append(f"{shape}: {error}")
        # The plugin boundary: only a SysidError says that an input does not fit.
        except Exception as error:
            subject.fail(
                "build",
                f"build({shape}) to make a module on torch's meta device, or to raise sysid.SysidError "
                "where such an input does not fit",
                f"{type(error).__name__}: {' '.join(str(error).split())}",
                "Usual mistake: numpy or `.item()` on a tensor, or a buffer made from data, in build.",
            )
        else:
            return shape
    subject.fail(
        "build",
        "at least one input (time, channel, height, width) that it takes",
        f"a refusal of each ({'; '.join(refusals)})",
        "Say which it takes: input_shape=(time, channel, height, width), all different.",
    )
