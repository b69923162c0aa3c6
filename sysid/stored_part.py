"""What a reader of `predictions.npz` counts on: a folder may come from anybody."""

import numpy as np

from sysid.errors import SysidError

AXES = {
    "prediction": ("bin", "neuron"),
    "responses": ("repeat", "bin", "neuron"),
    "frame": ("bin",),
    "presentation": ("bin",),
    "block": ("bin",),
    "bin_duration_s": ("bin",),
    "baseline": ("neuron",),
}
COUNTS = "counts"  # which runs of earlier versions do not have


def check_part(where: str, arrays: dict[str, np.ndarray]) -> None:
    """Refuse what is no test part: arrays that are missing, of other axes, or do not fit together.

    Args:
        where: file and session, for the message.
        arrays: by name (see `sysid.evaluation.TestPart`).

    Raises:
        SysidError: one of these.
    """
    if unknown := [name for name in arrays if name not in (*AXES, COUNTS)]:
        raise SysidError(f"{where}: expected the arrays {', '.join(AXES)}, got {unknown[0]!r}")
    lengths: dict[str, int] = {}
    for name, axes in AXES.items():
        if name not in arrays:
            raise SysidError(f"{where}: expected the array {name}, got none")
        array = arrays[name]
        if array.ndim != len(axes) or array.dtype.kind not in "buif":
            raise SysidError(
                f"{where}: {name}: expected numbers ({', '.join(axes)}), got {array.dtype} of shape "
                f"{array.shape}"
            )
        for axis, length in zip(axes, array.shape, strict=True):
            if lengths.setdefault(axis, length) != length:
                raise SysidError(
                    f"{where}: {name}: expected {lengths[axis]} on the axis {axis}, got {length}"
                )
    if 0 in lengths.values():
        raise SysidError(f"{where}: expected at least one of each, got {lengths}")
    for name in ("frame", "presentation", "block"):
        if arrays[name].dtype.kind not in "ui":
            raise SysidError(f"{where}: {name}: expected whole numbers, got {arrays[name].dtype}")
    if COUNTS in arrays and (arrays[COUNTS].ndim or arrays[COUNTS].dtype != bool):
        raise SysidError(f"{where}: {COUNTS}: expected one truth value, got {arrays[COUNTS].dtype}")
