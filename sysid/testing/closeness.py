"""Whether two arrays are the same, and how far apart they are if not."""

import numpy as np
import torch
from torch import Tensor

TOLERANCE = 1e-4  # of the largest value: sums are taken in another order where a batch has another size


def largest_change(before: Tensor, after: Tensor) -> float:
    """Return the largest difference between two tensors of one shape; infinite where one alone is NaN."""
    if before.numel() == 0:
        return 0.0
    change = (before.detach().double() - after.detach().double()).abs()
    same = (before == after) | (torch.isnan(before) & torch.isnan(after))
    return float(torch.where(same.detach(), 0.0, torch.nan_to_num(change, nan=torch.inf)).max())


def is_close(before: Tensor, after: Tensor, tolerance: float = TOLERANCE) -> bool:
    """Say whether two tensors have one shape and differ by rounding only, measured by the largest value."""
    if before.shape != after.shape:
        return False
    scale = float(torch.nan_to_num(before.detach().double()).abs().max()) if before.numel() else 0.0
    return largest_change(before, after) <= tolerance * max(scale, 1e-6)


def is_equal(one: np.ndarray, two: np.ndarray) -> bool:
    """Say whether two arrays have one shape and the same values; NaN is NaN."""
    return np.array_equal(one, two, equal_nan=np.issubdtype(one.dtype, np.floating))


def different_names(before: dict[str, Tensor], after: dict[str, Tensor]) -> list[str]:
    """Return the names under which two state dicts differ, in whatever way."""
    names = dict.fromkeys([*before, *after])
    return [name for name in names if not _is_same(before.get(name), after.get(name))]


def _is_same(before: Tensor | None, after: Tensor | None) -> bool:
    if before is None or after is None:
        return before is after
    return before.dtype == after.dtype and before.shape == after.shape and largest_change(before, after) == 0
