"""Results as Markdown, which a terminal shows as well."""

from benchmarks.comparison import Comparison, Growth
from benchmarks.machine import Machine
from benchmarks.measurement import Timing, exponent
from benchmarks.memory import Peak

MEBI = 1 << 20


def machine_lines(machine: Machine, command: str) -> list[str]:
    """Say how results were made."""
    rates = ", ".join(f"{name} {rate / 1e9:.0f} GFLOP/s" for name, rate in machine.product_rate.items())
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    return [
        "# Benchmarks",
        "",
        f"Made by `{command}`.",
        "",
        f"- Processor: {machine.processor}; {machine.threads} threads on {machine.cores} cores",
        f"- Limits measured in the same process: products of matrices {rates}; "
        f"copying {machine.copy_rate / 1e9:.1f} GB/s, reading and writing counted",
        f"- Versions: {versions}",
        "",
        "Seconds are medians of repeats in turns (ours, peer, ours, peer, …), fastest and slowest in "
        "brackets; a ratio is a peer's seconds over ours. Memory is the peak of a fresh process that makes "
        "the call once: what the call added, and the whole process with libraries and the problem's data. "
        "Freed memory stays with the process for all contenders alike, as it does while `sysid run` trains.",
    ]


def comparison_lines(
    comparison: Comparison, timings: dict[str, Timing], peaks: dict[str, Peak | None], machine: Machine
) -> list[str]:
    """Return a table of the contenders, and what else there is to say of ours."""
    ours = timings["sysid"].median_s
    lines = [
        "",
        f"### {comparison.title}",
        "",
        f"{comparison.sizes}.",
        "",
        "| | seconds | ratio | memory added | process |",
        "|---|---|---|---|---|",
    ]
    for name, timing in timings.items():
        share = comparison.contenders[name].share
        told = name if share == 1 else f"{name} (timed on {share:.3g} of the problem)"
        spread = f"{timing.median_s:.3g} ({timing.fastest_s:.3g} to {timing.slowest_s:.3g})"
        ratio = "" if name == "sysid" else f"{timing.median_s / ours:.2f}"
        lines.append(f"| {told} | {spread} | {ratio} | {memory_cells(peaks.get(name))} |")
    said = achieved(comparison, ours, machine)
    if comparison.agreement is not None:
        said.append(comparison.agreement())
    return [*lines, *(["", *said] if said else [])]


def achieved(comparison: Comparison, seconds: float, machine: Machine) -> list[str]:
    """Hold what ours does per second against the machine's limits."""
    said = []
    if comparison.operations is not None:
        rate, limit = comparison.operations / seconds, machine.product_rate[comparison.arithmetic]
        said.append(
            f"- sysid: {comparison.operations / 1e9:.3g} GFLOP, {rate / 1e9:.3g} GFLOP/s, "
            f"{100 * rate / limit:.0f} % of a {comparison.arithmetic} product of matrices"
        )
    if comparison.bytes_moved is not None:
        rate = comparison.bytes_moved / seconds
        said.append(
            f"- sysid: {comparison.bytes_moved / 1e9:.3g} GB moved at the least, {rate / 1e9:.3g} GB/s, "
            f"{100 * rate / machine.copy_rate:.0f} % of copying"
        )
    return said


def growth_lines(growth: Growth, seconds: list[float], peaks: list[Peak | None]) -> list[str]:
    """Return a table of times by size, and the exponent."""
    lines = [
        "",
        f"### {growth.title}, by {growth.size}",
        "",
        f"| {growth.size} | seconds | memory added | process |",
        "|---|---|---|---|",
    ]
    for value, taken, peak in zip(growth.values, seconds, peaks, strict=True):
        lines.append(f"| {value:,} | {taken:.3g} | {memory_cells(peak)} |")
    return [*lines, "", f"- seconds grow as {growth.size}^{exponent(growth.values, seconds):.2f}"]


def memory_cells(peak: Peak | None) -> str:
    """Return both cells of a peak."""
    if peak is None:
        return "not measured | not measured"
    return f"{peak.grown / MEBI:,.0f} MiB | {peak.process / MEBI:,.0f} MiB"
