"""Cut a recording into blocks of time that may be resampled as independent."""

import numpy as np

from sysid.errors import SysidError
from sysid.metrics.autocorrelation import autocorrelation_time
from sysid.metrics.axes import check_axes

BLOCK_TIMES = 5  # blocks of so many autocorrelation times …
SHORT_BLOCK_TIMES = 2  # … or so many, where that leaves fewer than
MANY_BLOCKS = 20


def block_ids(section: np.ndarray | None, responses: np.ndarray) -> np.ndarray:
    """Give every bin the number of a block that may be resampled as independent of the others.

    Sections are blocks, where there are at least two. All other bins (no sections, or section −1)
    are cut into equal contiguous blocks of at least 5 times the response's `autocorrelation_time`, or at
    least twice where that leaves fewer than 20 blocks; in all there are at least two.

    Args:
        section: (frame,), int, which independent stretch of recording a bin belongs to; −1 = none.

    Raises:
        SysidError: axes that do not fit together.
    """
    axes, _ = check_axes(responses)
    frames = axes.shape[1]
    section = np.full(frames, -1) if section is None else np.asarray(section)
    if section.shape != (frames,):
        raise SysidError(f"section: expected one number per frame ({frames},), got shape {section.shape}")
    names, numbers = np.unique(section, return_inverse=True)
    loose = section < 0
    sections = int((names >= 0).sum())
    if sections >= 2 and not loose.any():
        return numbers
    if sections < 2:
        loose[:], sections = True, 0
    blocks = numbers - int((names < 0).sum())
    count = int(loose.sum())
    time = autocorrelation_time(responses)
    cuts = count // (BLOCK_TIMES * time)
    if cuts < MANY_BLOCKS:
        cuts = min(MANY_BLOCKS, count // (SHORT_BLOCK_TIMES * time))
    cuts = max(cuts, min(count, 1 if sections else 2))
    blocks[loose] = sections + np.arange(count) * cuts // count
    return blocks
