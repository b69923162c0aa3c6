"""A training step that is not taken, as its loss or gradients are not finite."""

from collections.abc import Callable
from typing import Any

from sysid.checkpoint import TrainingState
from sysid.configuration import Training
from sysid.divergence import (
    LEAVE_OUT,
    MOST_IN_A_ROW,
    SMALLER_STEPS,
    BrokenStepError,
    broken,
    find_broken_weights,
)
from sysid.saver import Saver


def leave_out(
    error: BrokenStepError,
    samples: int,
    state: TrainingState,
    training: Training,
    saver: Saver,
    warn: Callable[[str], None],
) -> None:
    """Count a step that was not taken; stop if that is asked for, or if it is one of too many.

    Weights that are broken themselves are stopped at whatever is asked for: no later step can mend them.

    Raises:
        SysidError: the training ends here; what was before the step is saved.
    """
    progress = state.progress
    skip = training.on_nan == "skip"
    mendable = not find_broken_weights(state.model)
    if mendable and skip and progress.skipped_in_row + 1 < MOST_IN_A_ROW:
        if not progress.skipped:
            warn(f"{error}; left out, as are others like it, which run.json counts")
        progress.skipped += 1
        progress.skipped_in_row += 1
        progress.skipped_samples += samples
        return
    if mendable:
        saver.save()
    in_a_row = f"{MOST_IN_A_ROW} such steps in a row" if mendable and skip else ""
    raise broken(str(error), in_a_row, saver.name_kept(), "" if skip else LEAVE_OUT, SMALLER_STEPS)


def describe_left_out(information: dict[str, Any]) -> str:
    """Say how many steps a finished run left out, or nothing.

    Args:
        information: of its `run.json`; runs from before steps were left out do not count them.
    """
    outcome = information.get("outcome", {})
    skipped = outcome.get("skipped_steps", 0)
    if not skipped:
        return ""
    return f"{skipped} of {outcome['steps'] + skipped} steps left out, as their loss was NaN or infinite"
