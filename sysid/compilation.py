"""A model's forward pass, compiled by `torch.compile` where that can be done."""

import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn

PLACE = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<function>\S+)')


class CompiledForward:
    """Call a model compiled; where no compiler is there, or torch refuses the model, call it as it is.

    What failed once is not tried again, and `warn` hears of it in one line. A compiled model draws other
    noise and dropout than the plain one, of the same kind.
    """

    def __init__(self, model: nn.Module, warn: Callable[[str], None]):
        self.model = model
        self.warn = warn
        self.refused = False
        self._compiled: Callable[..., Any] | None = None

    def __call__(self, *inputs: Any) -> Any:
        """Return what the model returns for these inputs."""
        if self.refused:
            return self.model(*inputs)
        before = torch.get_rng_state()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # hints of the compiler for whoever writes models
                return self._compile()(*inputs)
        except Exception as error:  # compilers fail in all ways; what is the model's own fails again below
            self.refused = True
            torch.set_rng_state(before)  # so that the plain model draws what it would have drawn alone
            self.warn(f"training.compile: goes on without, as torch refuses this model{_reason(error)}")
        return self.model(*inputs)

    def _compile(self) -> Callable[..., Any]:
        if self._compiled is None:
            self._compiled = torch.compile(self.model)
        return self._compiled


def _reason(error: Exception) -> str:
    """Return where in the model's code torch stops, if it says so, and the first line of what it says."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = lines[0] if lines else type(error).__name__
    if isinstance(error, AssertionError):
        said = f"its compiler fails ({said})"
    places = [found for line in lines if (found := PLACE.match(line))]
    if not places:
        return f": {said}"
    last = places[-1]  # the innermost
    return f" at {Path(last['file']).name}, line {last['line']} ({last['function']}): {said}"
