"""The benchmarks run, and say what they measured; how fast anything is, no test claims."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

TOP = Path(__file__).resolve().parents[1]

if not (TOP / "benchmarks").is_dir():
    pytest.skip("the benchmarks are run from a clone, not from a wheel", allow_module_level=True)


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    monkeypatch.syspath_prepend(str(TOP))


def run(*arguments):
    from benchmarks.__main__ import main

    done = CliRunner().invoke(main, [*arguments, "--threads", "1"])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return done


@pytest.mark.slow
def test_every_part_prints_its_results():
    from benchmarks.part import PARTS, find_part

    done = run("--quick", "--no-memory", "--repeats", "1")
    assert done.exit_code == 0
    for name in PARTS:
        part = find_part(name)
        titles = [each.title for each in (*part.comparisons(part.QUICK), *part.growths(part.QUICK))]
        assert titles
        assert [title for title in titles if title not in done.output] == []


@pytest.mark.parametrize(
    ("units", "told"),
    [
        ({"amx_int8": True, "avx512_vnni": True}, "8-bit units for matrices (AMX)"),
        ({"avx512_vnni": True}, "8-bit units for vectors alone (VNNI, no AMX)"),
        ({"avx_vnni": True}, "8-bit units for vectors alone (VNNI, no AMX)"),
        ({"avx2": True}, "no units for products of 8-bit numbers"),
    ],
)
def test_the_processor_is_named_with_its_8_bit_units(units, told, monkeypatch):
    from benchmarks.machine import describe_machine
    from benchmarks.table import machine_lines

    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: units)
    lines = machine_lines(describe_machine(quick=True), "python -m benchmarks")
    (processor,) = (line for line in lines if line.startswith("- Processor: "))
    assert f", {told}; " in processor


def test_what_was_timed_on_a_part_says_which_part():
    from benchmarks.complexity import QUICK, comparisons

    told = [comparison.sizes for comparison in comparisons(QUICK)]
    assert [line[line.index("sysid on") :] for line in told] == [
        "sysid on all 8 frames, scikit-image on 2 of them, in double precision as ours",
        "sysid on all 7 pairs of frames, scikit-image on 2 of them, in double precision as ours",
        "sysid on all 2 frames, scikit-image on 2 of them, in double precision as ours",
    ]
    assert "2 of 8 frames of 40 × 40 px, float32 (floats take four times the memory)" in told[2]


def test_tiny_sizes_are_never_written_as_results():
    done = run("--quick", "--write")
    assert done.exit_code == 2
    assert "--write: tiny sizes are no results" in done.output


def test_contenders_take_turns_and_a_share_counts_for_the_whole():
    from benchmarks.comparison import Comparison, Peer
    from benchmarks.measurement import time_contenders

    calls = []

    def slow(name):
        def call():
            calls.append(name)
            time.sleep(0.021)  # longer than what a measurement repeats

        return call

    timings = time_contenders(Comparison("t", "s", slow("ours"), {"half": Peer(slow("half"), 0.5)}), 3)
    assert calls[-6:] == ["ours", "half"] * 3
    assert timings["half"].median_s == pytest.approx(2 * timings["sysid"].median_s, rel=0.5)


def test_the_exponent_is_that_of_a_power():
    from benchmarks.measurement import exponent

    assert exponent((10, 20, 40), [3.0 * size**1.5 for size in (10, 20, 40)]) == pytest.approx(1.5)


def test_peak_memory_is_what_a_call_takes_at_once():
    from benchmarks.memory import CLONE, RESET_PEAK

    if not RESET_PEAK.exists():
        pytest.skip("resident memory is read as Linux counts it")
    mebibytes = 64
    # in a process of its own: here, memory that other tests freed may be kept, and would count as there
    lines = f"""
import numpy as np
from benchmarks.memory import peak_of
peak = peak_of(lambda: float(np.ones({mebibytes} << 17).sum()))  # 8 bytes each
print(peak.grown, peak.process)
"""
    command = [sys.executable, "-c", lines]
    done = subprocess.run(command, cwd=CLONE, capture_output=True, text=True, check=True)
    grown, process = map(int, done.stdout.split())
    assert grown == pytest.approx(mebibytes << 20, rel=0.1)
    assert process > grown


def test_peak_memory_is_measured_in_a_process_of_its_own():
    from benchmarks.memory import RESET_PEAK, peak_in_new_process

    if not RESET_PEAK.exists():
        pytest.skip("resident memory is read as Linux counts it")
    peak = peak_in_new_process("convolution", "comparison", 1, "sysid", quick=True, threads=1)
    assert 0 < peak.grown < peak.process
