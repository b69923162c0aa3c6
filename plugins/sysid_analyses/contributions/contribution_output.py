"""Write and draw what kernels add to cells."""

from pathlib import Path

import numpy as np

from sysid import Picture
from sysid_analyses.contributions.contribution import Contributions, count_enough
from sysid_analyses.kernel import KernelSet, rank_kernels
from sysid_analyses.table import write_table
from sysid_analyses.wording import counted

CELL_COLUMNS = (
    "session",
    "neuron",
    "kernels_for_90_percent",
    "strongest_kernel",
    "change",
    "missed",
    "reason",
)
UNMOVED = "no kernel changes its response"


def write_contributions(
    folder: Path,
    found: Contributions,
    kernels: KernelSet,
    sessions: tuple[str, ...],
    neurons: tuple[str, ...],
) -> None:
    """Write `contributions.csv`, one kernel a row, `cells.csv`, one cell a row, and `contributions.npz`.

    Kernels are numbered from 0 as in the weights. Contributions are means over bins, in expected responses.
    """
    place = np.argsort(rank_kernels(found.population_share)) + 1
    names = neurons if len(set(sessions)) == 1 else tuple(map(": ".join, zip(sessions, neurons, strict=True)))
    columns = ("kernel", "place", "share", "l1_norm", *names)
    rows = zip(
        range(len(place)), place.tolist(), found.population_share, kernels.l1_norm, found.mean, strict=True
    )
    write_table(
        folder / "contributions.csv",
        columns,
        [
            (kernel, rank, float(share), float(norm), *map(float, each))
            for kernel, rank, share, norm, each in rows
        ],
    )
    cells = []
    for number, name in enumerate(neurons):
        share = found.share[:, number]
        moved = bool(np.isfinite(share).all())
        strongest = int(share.argmax()) if moved else None
        numbers = (float(found.change[number]), float(found.missed[number]))
        cells.append(
            (sessions[number], name, count_enough(share), strongest, *numbers, "" if moved else UNMOVED)
        )
    write_table(folder / "cells.csv", CELL_COLUMNS, cells)
    np.savez_compressed(
        folder / "contributions.npz",
        session=np.array(sessions),
        neuron=np.array(neurons),
        mean=found.mean,
        strength=found.strength,
        change=found.change,
        missed=found.missed,
    )


def draw_contributions(
    folder: Path, found: Contributions, kernels: KernelSet, neurons: tuple[str, ...], most: int
) -> tuple[Picture, ...]:
    """Draw the matrix with the strongest kernels beside it as `contributions`."""
    from sysid_analyses.contributions.contribution_figure import draw_matrix  # matplotlib is slow to import
    from sysid_analyses.figure import save_figure

    shown = min(most, len(found.share))
    save_figure(draw_matrix(found, kernels, neurons, shown), folder / "contributions")
    caption = (
        f"What the {counted(shown, 'strongest kernel')} add to each cell, a share of its response: "
        "integrated gradients (Sundararajan et al. 2017) from a grey screen to the test stimulus, "
        "|contribution| averaged over bins, with the sign of its mean: red raises the response, blue lowers "
        "it. Cells with the same strongest kernel stand together. Left, the kernels' maps and time courses, "
        "the newest frame on the right. Right, the share of all kernels, added up from the strongest on; the "
        "line is 90 %."
    )
    return (Picture("contributions", caption),)
