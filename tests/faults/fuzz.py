"""Damage files and draw arrays at random: `python -m tests.faults.fuzz --help`."""

import argparse
import contextlib
import json
import os
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import torch

from tests.faults.call import CALLS, make_run
from tests.faults.mutation import damage
from tests.faults.reader import READERS, Reader
from tests.faults.trial import READ, try_cases


def seed_of(case: int, name: str) -> np.random.Generator:
    """Return the numbers of one case, the same on every machine."""
    return np.random.default_rng((case, len(name), *name.encode()))


def fuzz_reader(name: str, reader: Reader, cases: Sequence[int]) -> dict[str, Any]:
    """Return what came of damaging one reader's files: counts by result, the faults, processor time."""
    with tempfile.TemporaryDirectory() as made, contextlib.chdir(made):
        folder = Path(made)
        files = reader.make(folder)
        reader.read(folder)  # whole files are read
        whole = [file.read_bytes() for file in files]

        def act(case: int) -> None:
            draw = seed_of(case, name)
            which = int(draw.integers(len(files)))
            damage(files[which], draw)
            try:
                reader.read(folder)
            finally:
                for file, content in zip(files, whole, strict=True):
                    file.write_bytes(content)

        return summarize(act, cases, folder)


def fuzz_call(name: str, cases: Sequence[int]) -> dict[str, Any]:
    """Return the same of calling one public function with odd arrays; what numpy warns of is a fault."""
    with tempfile.TemporaryDirectory() as made:
        run = make_run(Path(made)) if "predict" in name or name == "refit" else None
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            return summarize(lambda case: CALLS[name](seed_of(case, name), run), cases, Path(made))


def summarize(act: Callable[[int], object], cases: Sequence[int], folder: Path) -> dict[str, Any]:
    """Try all cases, which may write below a folder and in the machine's own for temporary files."""
    begun = os.times()
    outcomes = list(try_cases(cases, act, [folder, Path(tempfile.gettempdir())]))
    ended = os.times()
    return {
        "counts": Counter(each.result for each in outcomes),
        "faults": [attrs.asdict(each) for each in outcomes if each.is_fault],
        "lines": sorted({each.said[:200] for each in outcomes if each.result != READ})[:40],
        "seconds": round(ended.children_user + ended.children_system - begun.children_user, 2),
    }


def main() -> None:
    """Print, as JSON, what came of so many cases for each reader and function, or for those named."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join([*READERS, *CALLS])}")
    parser.add_argument("--cases", type=int, default=200, help="of each; slow readers get fewer")
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--each", action="store_true", help="as many cases for slow readers")
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # what libraries warn of while they read is not what is asked here
    torch.set_num_threads(1)
    results = {}
    for name in given.names or [*READERS, *CALLS]:
        cost = READERS[name].cost if name in READERS and not given.each else 1
        cases = range(given.first, given.first + max(given.cases // cost, 3))
        results[name] = fuzz_reader(name, READERS[name], cases) if name in READERS else fuzz_call(name, cases)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
