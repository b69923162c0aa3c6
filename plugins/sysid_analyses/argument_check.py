"""Refuse arrays from which nothing could be computed, in one line that says what was expected."""

import numpy as np
from jaxtyping import Shaped

from sysid import SysidError

CHECKED_AT_ONCE = 1 << 18  # values: a check of a long recording needs no memory


def check_array(
    where: str, name: str, array: Shaped[np.ndarray, "..."], axes: str, *, finite: bool = False
) -> None:
    """Refuse an array with other axes than those named, without any value, or with others than finite ones.

    Args:
        where: the function that was called.
        name: of its argument.
        array: what was passed.
        axes: their names, such as `frame height width`.
        finite: whether NaN and infinity are refused.

    Raises:
        SysidError: it is such an array.
    """
    expected = f"{where}: {name}: expected ({', '.join(axes.split())})"
    if np.ndim(array) != len(axes.split()) or 0 in np.shape(array):
        raise SysidError(f"{expected}, each at least 1, got shape {np.shape(array)}")
    if finite and not np.isfinite(array).all():
        unknown = np.count_nonzero(~np.isfinite(array))
        raise SysidError(f"{expected} of finite values, got {unknown} that are NaN or infinite")


def check_windows(
    where: str, stimulus: Shaped[np.ndarray, "..."], responses: Shaped[np.ndarray, "..."], lags: int
) -> None:
    """Refuse a stimulus and responses that do not belong together, or have no window of so many lags.

    Raises:
        SysidError: they are such.
    """
    check_array(where, "stimulus", stimulus, "frame height width")
    check_array(where, "responses", responses, "frame neuron")
    frames = len(stimulus)
    if len(responses) != frames:
        raise SysidError(f"{where}: responses: expected {frames} frames as in stimulus, got {len(responses)}")
    step = max(1, CHECKED_AT_ONCE // responses.shape[1])
    if any(np.isinf(responses[start : start + step]).any() for start in range(0, frames, step)):
        raise SysidError(f"{where}: responses: expected finite values, or NaN where not recorded, got inf")
    if not 1 <= lags <= frames:
        raise SysidError(f"{where}: lags: expected 1 … {frames}, the number of frames, got {lags}")
