"""Words for numbers, as `sysid inspect` prints them."""

from collections.abc import Sequence

MOST_EXACT = 2**53  # beyond, a double is not exact


def count(number: int, noun: str) -> str:
    """Return a number of things: `1 unit`, `24 units`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def describe_counts(counts: Sequence[int]) -> str:
    """Return how often several things were: `4`, or `3 to 5` where they differ."""
    return f"{min(counts)}" if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"


def describe_rate(interval_s: float) -> str:
    """Return a rate: `30 Hz`, or the interval where it is longer than a second."""
    return f"{1 / interval_s:.4g} Hz" if interval_s <= 1 else f"every {interval_s:.3g} s"


def describe_span(start_s: float, stop_s: float) -> str:
    """Return a stretch of time on the clock of the file: `12 … 312 s`."""
    return f"{start_s:.4g} … {stop_s:.4g} s" if stop_s < 10_000 else f"{start_s:.0f} … {stop_s:.0f} s"


def describe_duration(duration_s: float) -> str:
    """Return how long something took: `66.7 ms`, `4.2 s`, `12 min`."""
    if duration_s < 1:
        return f"{1000 * duration_s:.3g} ms"
    return f"{duration_s:.3g} s" if duration_s < 120 else f"{duration_s / 60:.3g} min"


def describe_share(share: float) -> str:
    """Return a share in percent, nothing for none: `10 %`."""
    return f"{100 * share:.2g} %" if share else ""


def write_number(value: float) -> str:
    """Return a number: ids and counts in full, others with four digits."""
    return f"{value:.0f}" if value.is_integer() and abs(value) < MOST_EXACT else f"{value:.4g}"
