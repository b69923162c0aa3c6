"""Average a score over cells so that no model gains by failing on some."""

import attrs
import numpy as np

from sysid.errors import SysidError
from sysid.metrics.axes import per_neuron
from sysid.metrics.moment import RESPONSE_RESOLUTION, mean_over_repeats, varies


@attrs.frozen(eq=False)
class MeanScore:
    """Hold a mean over cells and say which cells it is over.

    Attributes:
        mean: over the counted cells; NaN where there is none.
        counted: how many cells.
        excluded: numbers of the cells that no model can be scored on.
        failed: numbers of the counted cells without a score, as with a constant prediction; 0 each.
    """

    mean: float
    counted: int
    excluded: tuple[int, ...]
    failed: tuple[int, ...]


def scorable(responses: np.ndarray) -> bool | np.ndarray:
    """Tell which cells can be scored at all: those whose mean response over repeats is not constant.

    It asks the responses only, so that the answer is the same for every model. CCmax and CCnorm need more:
    there, `np.isfinite(max_correlation(responses))` are the cells.

    Raises:
        SysidError: axes that are not (repeat, frame) or (repeat, frame, neuron), or infinite responses.
    """

    def compute(recorded: np.ndarray) -> np.ndarray:
        mean = mean_over_repeats(recorded)
        return varies(mean, ~np.isnan(mean), 0, RESPONSE_RESOLUTION)

    result = per_neuron(compute, responses)
    return result if isinstance(result, bool) else result.astype(bool)


def mean_score(scores: np.ndarray, scorable: np.ndarray) -> MeanScore:
    """Average scores over the cells that can be scored, the same for every model compared.

    A scorable cell without a score (NaN) has a prediction that failed; it counts as 0, since leaving it out
    would reward the model that failed, and is named in `failed`.

    Args:
        scores: (neuron,), NaN = none.
        scorable: (neuron,), true for the cells to average over; see the function of that name.

    Raises:
        SysidError: axes that do not fit together.
    """
    scores, scorable = np.asarray(scores, dtype=np.float64), np.asarray(scorable)
    if scores.ndim != 1 or scorable.shape != scores.shape or scorable.dtype != bool:
        raise SysidError(
            "scores, scorable: expected one number and one truth value per neuron, "
            f"got {scores.dtype} {scores.shape} and {scorable.dtype} {scorable.shape}"
        )
    failed = scorable & np.isnan(scores)
    counted = int(scorable.sum())
    total = np.where(failed, 0, scores)[scorable].sum()
    return MeanScore(
        mean=float(total / counted) if counted else float("nan"),
        counted=counted,
        excluded=tuple(np.flatnonzero(~scorable).tolist()),
        failed=tuple(np.flatnonzero(failed).tolist()),
    )
