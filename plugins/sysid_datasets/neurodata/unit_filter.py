"""Say which units of a table to keep, by a column of it."""

import attrs
import numpy as np
from jaxtyping import Bool

from sysid import key


@attrs.frozen
class UnitFilter:
    """Keep the units whose value in one column is among `values`, or lies between `min` and `max`.

    A unit without a value (NaN) does not pass.
    """

    column: str = key("name of a column of the unit table")
    values: tuple[str, ...] = key(
        "keep units with one of these; numbers and true or false are written as text as well", default=()
    )
    min: float | None = key("keep units with at least this", default=None)
    max: float | None = key("keep units with at most this", default=None)

    def __attrs_post_init__(self) -> None:
        bounded = self.min is not None or self.max is not None
        if bool(self.values) == bounded:
            got = "both" if bounded else "neither"
            raise ValueError(f'column "{self.column}": expected either values, or min or max, got {got}')
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(
                f'column "{self.column}": expected min not above max, got {self.min:g} and {self.max:g}'
            )

    def describe(self) -> str:
        """Return the condition in words: `snr ≥ 2`, `quality = good or mua`."""
        if self.values:
            return f"{self.column} = {' or '.join(self.values)}"
        parts = [f"≥ {self.min:g}"] if self.min is not None else []
        parts += [f"≤ {self.max:g}"] if self.max is not None else []
        return f"{self.column} {' and '.join(parts)}"

    def passes(self, column: np.ndarray) -> Bool[np.ndarray, " row"]:
        """Mark the rows to keep.

        Args:
            column: (row,), texts or float64 numbers.

        Raises:
            ValueError: texts are asked for numbers, or numbers for a text.
        """
        if column.dtype.kind != "f":
            return self._pass_texts(column)
        if self.values:
            return np.isin(column, [_to_number(each) for each in self.values])
        low, high = (-np.inf if self.min is None else self.min), (np.inf if self.max is None else self.max)
        return (column >= low) & (column <= high)  # NaN compares as false

    def _pass_texts(self, column: np.ndarray) -> Bool[np.ndarray, " row"]:
        if not self.values:
            known = ", ".join(f'"{each}"' for each in np.unique(column)[:8].tolist())
            raise ValueError(f"expected numbers to compare with min or max, got texts ({known}); use values")
        wanted = list(self.values)
        if set(np.unique(column)) <= {"True", "False"}:
            wanted = [each.capitalize() for each in wanted]
        return np.isin(column, wanted)


ALLEN = (
    UnitFilter(column="isi_violations", max=0.5),
    UnitFilter(column="amplitude_cutoff", max=0.1),
    UnitFilter(column="presence_ratio", min=0.95),
)
PRESETS: dict[str, tuple[UnitFilter, ...]] = {"allen": ALLEN}
"""The defaults of the Allen Institute's Visual Coding Neuropixels release (Siegle et al. 2021)."""


def _to_number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(
            f'expected values that are numbers, as the column holds numbers, got "{text}"'
        ) from None
