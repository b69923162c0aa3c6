"""Time contenders in turns, in one process: what slows the machine down for a while slows all of them."""

import gc
import math
import statistics
import time

import attrs

from benchmarks.comparison import Call, Comparison, Growth

LONG_ENOUGH_S = 0.02  # a shorter call is repeated within a measurement, or the clock would be measured


@attrs.frozen
class Timing:
    """Seconds of one call.

    Attributes:
        median_s: over the repeats, for the whole problem.
        fastest_s, slowest_s: of the repeats.
    """

    median_s: float
    fastest_s: float
    slowest_s: float


def time_contenders(comparison: Comparison, repeats: int) -> dict[str, Timing]:
    """Return the timing of every contender: all once to warm up, then ours, peer, ours, peer, ….

    A peer that solves a share of the problem has its times divided by the share.
    """
    contenders = comparison.contenders
    gc.collect()  # so that nobody pays for the litter of others
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    calls = {name: calls_per_measurement(peer.call) for name, peer in contenders.items()}
    for _ in range(repeats):
        for name, peer in contenders.items():
            settle(peer.call, comparison.settle_s)
            seconds[name].append(time_calls(peer.call, calls[name]) / peer.share)
    return {name: summarize(taken) for name, taken in seconds.items()}


def settle(call: Call, seconds: float) -> None:
    """Call for so long, untimed, and once at the least where it is not zero."""
    started = time.perf_counter()
    while time.perf_counter() - started < seconds:
        call()


def time_growth(growth: Growth, repeats: int) -> list[float]:
    """Return the median seconds of a call at each value of the size."""
    medians = []
    for value in growth.values:
        call = growth.prepare(value)
        calls = calls_per_measurement(call)
        medians.append(statistics.median(time_calls(call, calls) for _ in range(repeats)))
    return medians


def exponent(sizes: tuple[int, ...], seconds: list[float]) -> float:
    """Return the slope of log seconds over log size: 1 where time is proportional to the size."""
    return statistics.linear_regression(
        [math.log(size) for size in sizes], [math.log(taken) for taken in seconds]
    ).slope


def calls_per_measurement(call: Call) -> int:
    """Warm a call up and return how many calls make one measurement."""
    call()
    return max(1, math.ceil(LONG_ENOUGH_S / time_calls(call, 1)))


def time_calls(call: Call, calls: int) -> float:
    """Return the seconds of one call, averaged over some in a row."""
    started = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - started) / calls


def summarize(seconds: list[float]) -> Timing:
    """Return median and extremes."""
    return Timing(statistics.median(seconds), min(seconds), max(seconds))
