"""The machine a benchmark ran on, and its limits as measured there: products of matrices, and copying."""

import importlib.metadata
import platform
import time
from pathlib import Path

import attrs
import torch

from benchmarks.comparison import Call
from sysid.thread import count_cores
from sysid_analyses.lagged.choice import find_integer_units

PACKAGES = ("neural-sysid", "torch", "numpy", "scipy", "scikit-image")
TRIES = 5


@attrs.frozen
class Machine:
    """What results depend on.

    Attributes:
        processor: its name, the widest vectors torch uses on it, and its units for products of 8-bit numbers.
        cores: that this process may use.
        threads: that it uses.
        versions: of Python and of the packages that compute, by name.
        product_rate: operations per second of a product of square matrices, by arithmetic.
        copy_rate: bytes per second read and written while copying, both counted.
    """

    processor: str
    cores: int
    threads: int
    versions: dict[str, str]
    product_rate: dict[str, float]
    copy_rate: float


def describe_machine(*, quick: bool) -> Machine:
    """Measure this machine's limits; `quick` takes small matrices, whose figures say little."""
    size = 256 if quick else 3072
    rates = {
        name: product_rate(size, dtype)
        for name, dtype in (("float32", torch.float32), ("bfloat16", torch.bfloat16))
    }
    versions = {"python": platform.python_version()}
    versions |= {package: importlib.metadata.version(package) for package in PACKAGES}
    return Machine(
        f"{processor_name()}, {torch.backends.cpu.get_cpu_capability()}, {state_integer_units()}",
        count_cores(),
        torch.get_num_threads(),
        versions,
        rates,
        copy_rate(1 << 20 if quick else 1 << 26),
    )


def processor_name() -> str:
    """Name the processor as the system does."""
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def state_integer_units() -> str:
    """Say what the processor has for products of 8-bit numbers, on which exact averages depend."""
    units = {"AMX": "matrices (AMX)", "VNNI": "vectors alone (VNNI, no AMX)"}
    found = find_integer_units()
    return "no units for products of 8-bit numbers" if found is None else f"8-bit units for {units[found]}"


def product_rate(size: int, dtype: torch.dtype) -> float:
    """Return operations per second of a product of square matrices; the best of several tries."""
    generator = torch.Generator().manual_seed(0)
    left, right = (torch.randn(size, size, generator=generator).to(dtype) for _ in range(2))
    out = torch.empty(size, size, dtype=dtype)
    return 2 * size**3 / fastest(lambda: torch.mm(left, right, out=out))


def copy_rate(values: int) -> float:
    """Return bytes per second of copying single-precision numbers; the best of several tries."""
    source, target = torch.ones(values), torch.empty(values)
    return 2 * 4 * values / fastest(lambda: target.copy_(source))


def fastest(call: Call) -> float:
    """Return the seconds of the fastest of several calls, after one to warm up."""
    call()
    taken = []
    for _ in range(TRIES):
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
    return min(taken)
