"""Put differences, intervals and p into words, the same way in every sentence."""

import math

from sysid_analyses.comparisons.variant_pair import Pair


def signed(value: float) -> str:
    """Return a difference in CC, `+0.052` or `−0.052`."""
    return f"{value:+.3f}".replace("-", "−") if math.isfinite(value) else "undefined"


def number(value: float) -> str:
    """Return a CC, `0.312`."""
    return f"{value:.3f}".replace("-", "−") if math.isfinite(value) else "undefined"


def probability(name: str, p: float) -> str:
    """Return `p = 0.03`, with as many digits as it has meaning."""
    if not math.isfinite(p):
        return f"{name} undefined"
    if p < 0.001:
        return f"{name} < 0.001"
    return f"{name} = {p:.3f}" if p < 0.1 else f"{name} = {p:.2f}"


def interval(low: float, high: float) -> str:
    """Return `95 % interval −0.010 to +0.093`."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return "no interval, for want of blocks"
    return f"95 % interval {signed(low)} to {signed(high)}"


def contrast(pair: Pair) -> str:
    """Return `crnn − cnn = +0.052 (95 % interval +0.010 to +0.093, adjusted p = 0.03)`."""
    shown = f"{interval(pair.low, pair.high)}, {probability('adjusted p', pair.p_holm)}"
    return f"{pair.a} − {pair.b} = {signed(pair.difference)} ({shown})"


def counted(count: int | float, noun: str) -> str:
    """Return `1 cell` or `35 cells`."""
    return f"{count:.0f} {noun}{'' if count == 1 else 's'}"


def listed(names: list[str]) -> str:
    """Return `a`, `a and b`, or `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
