"""How many cores there are to compute with, and what the surroundings say of threads."""

import math
import os
from collections.abc import Iterator

import attrs

from sysid.configuration import Training
from sysid.doctor.cgroup import core_limit
from sysid.doctor.remark import Remark
from sysid.thread import count_cores

COUNTS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
BUSY = 1.25  # tasks for each core


def examine_threads() -> Iterator[Remark]:
    """Yield remarks on cores, on settings of OpenMP against them, and on how busy the machine is."""
    allowed, there, limit = count_cores(), os.cpu_count() or 1, core_limit()
    yield Remark("ok", f"{allowed} of {there} cores may be used")
    usable = allowed
    if limit is not None and limit < allowed:
        usable = max(1, math.floor(limit))
        yield Remark(
            "note",
            f"a limit of the container or job grants the time of {limit:g} of these cores",
            f"keep training.threads × --jobs at {usable}",
        )
    threads = attrs.fields(Training).threads.default
    if usable < threads:
        yield Remark(
            "note",
            f"recipes that do not say otherwise compute with {threads} threads, which share {usable} core",
            "`sysid run RECIPE --set training.threads=1`; such runs have folders of their own",
        )
    yield from examine_settings(usable)
    yield from examine_load(there)


def examine_settings(cores: int) -> Iterator[Remark]:
    """Yield remarks on environment variables that change how threads compute."""
    for name in COUNTS:
        value = os.environ.get(name, "").strip()
        first = value.partition(",")[0].strip()  # OpenMP takes a number for each level of nesting
        if not value:
            continue
        if not first.isdigit() or int(first) == 0:
            yield Remark("problem", f'{name}: expected a number of threads, got "{value}"', f"unset {name}")
        elif int(first) > cores:
            yield Remark(
                "note",
                f"{name} = {value} asks for more threads than the cores that may be used, {cores}; trainings "
                "keep to their own number, what else computes does not",
                f"`export {name}={cores}`",
            )
    bound = os.environ.get("OMP_PROC_BIND", "").strip().lower()
    if bound not in ("", "false"):
        yield Remark(
            "note",
            f"OMP_PROC_BIND = {bound} ties threads to cores, those of several --jobs perhaps to the same",
            "unset OMP_PROC_BIND",
        )
    if os.environ.get("OMP_WAIT_POLICY", "").strip().lower() == "active":
        yield Remark(
            "note",
            "OMP_WAIT_POLICY = active lets threads spin while they wait, which is slow on a busy machine",
            "unset OMP_WAIT_POLICY: sysid then sets it to passive",
        )


def examine_load(cores: int) -> Iterator[Remark]:
    """Yield a remark where others compute on this machine."""
    if not hasattr(os, "getloadavg"):  # absent on Windows
        return
    load = os.getloadavg()[0]
    if load > BUSY * cores:
        yield Remark(
            "note",
            f"the machine is busy: {load:.0f} tasks want {cores} cores",
            "expect trainings to take longer than `sysid check` says on a free machine",
        )
