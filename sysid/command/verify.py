"""`sysid verify`: do the numbers that runs stored still hold?"""

import math
import sys
from pathlib import Path

import click

from sysid.command.line import print_line


@click.command()
@click.argument("runs", metavar="RUNS...", nargs=-1, required=True, type=click.Path(path_type=Path))
def verify(runs: tuple[Path, ...]) -> None:
    """Evaluate RUNS again, finished runs or folders with runs below them, and compare with what they stored.

    Weights, configuration and data are held against their digests; predictions of the test part and all
    scores are computed anew from weights and recording. Nothing is written. The exit code is 0 where all
    holds, and 1 with a line for every difference where something does not.
    """
    from sysid.command.discovery import discover_aloud
    from sysid.number_check import PREDICTION_TOLERANCE
    from sysid.run_search import find_runs
    from sysid.verification import verify_run

    registry = discover_aloud()
    found = find_runs(runs)
    failed = 0
    for run in found:
        verified = verify_run(run, registry)
        mark = " SIMULATED" if run.simulated else ""
        for line in verified.notes:
            print_line(f"note: {run.name}: {line}", err=True)
        for line in verified.differences:
            print_line(f"{run.name}{mark}: {line}")
        failed += not verified.holds
        if verified.holds:
            exactly = verified.largest == 0
            how = "bit for bit" if exactly else f"within {verified.largest:.1g} (≤ {PREDICTION_TOLERANCE:g})"
            print_line(f"{run.name}{mark}: holds: predictions {how}, scores, weights, data")
        elif math.isnan(verified.largest):
            print_line(f"{run.name}{mark}: could not be verified")
    print_line(f"{len(found) - failed} of {len(found)} runs hold")
    if failed:
        sys.exit(1)
