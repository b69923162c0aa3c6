"""Analysis `kernels`: every kernel of the first layer, sorted, and how smooth and peaked they are."""

from pathlib import Path
from typing import ClassVar, Literal

import attrs
import numpy as np

import sysid
from sysid import Analysis, Findings, Picture, RunFolder, Table, key
from sysid_analyses.first_layer.first_kernel import first_kernels
from sysid_analyses.first_layer.kernel_reference import (
    is_untrained,
    state_removed,
    subunit_kernels,
    untrained_kernels,
    why_no_kernels,
)
from sysid_analyses.first_layer.kernel_summary import (
    INDICES,
    describe_span,
    state_kernels,
    summarize_kernels,
    warn_of_peakedness,
)
from sysid_analyses.kernel import KernelSet, measure_kernels, rank_kernels
from sysid_analyses.table import write_table

COLUMNS = (
    *("kernel", "spatial_autocorrelation", "temporal_regularity", "l1_norm", "separability"),
    *("place_by_autocorrelation", "place_by_regularity"),
)


@attrs.frozen
class Kernels(Analysis):
    """Look at all kernels of a convolutional encoder's first layer, beside kernels that learned nothing.

    Choose it to see what the first layer has learned. The two indices and the figures are those of Zheng,
    Jia, Yu, Liu, Huang (2021), doi:10.1016/j.patter.2021.100350, Figs. 2E and 5A; the untrained kernels
    beside them are ours. Every kernel is separated into a map and a time course first, and turned over where
    batch norm has a negative gain. Where the data are simulated, the true subunits stand beside them.
    """

    scope: ClassVar[Literal["run", "recipe"]] = "run"

    untrained_draws: int = key(
        "models before training, each with other first weights, that the kernels are compared with",
        default=3,
        at_least=1,
    )

    def analyze(self, runs: tuple[RunFolder, ...], folder: Path) -> Findings:
        """Write `kernels.csv`, `kernels.npz` and figures; say how kernels differ from untrained ones."""
        run = sysid.load_run(runs[0].path)
        if reason := why_no_kernels(run):
            return Findings(reason=reason)
        kernels = first_kernels(run.model.encoder)
        _, lags, rows, columns = kernels.shape
        learned = measure_kernels(kernels)
        untrained = measure_kernels(untrained_kernels(run, self.untrained_draws))
        truth = subunit_kernels(run, lags, rows, columns)
        subunits = None if truth is None else measure_kernels(truth)
        write_kernels(folder / "kernels.csv", learned)
        write_arrays(folder / "kernels.npz", learned, untrained, subunits)
        numbers = summarize_kernels(learned, untrained, subunits)
        drawn_before = is_untrained(run.model.encoder, run.untrained_model().encoder)
        pictures = draw_sorted(folder, learned, describe_span(run, lags))
        if lags > 1:
            pictures += draw_indices(folder, learned, untrained, subunits)
        table = Table("kernels.csv", "One kernel a row; a place counts from 1, which has the largest index.")
        removed = state_removed(run.information, len(kernels))
        statements = (*removed, *state_kernels(numbers, lags, drawn_before))
        return Findings(numbers=numbers, statements=statements, pictures=pictures, tables=(table,))


def write_kernels(path: Path, kernels: KernelSet) -> None:
    """Write one row per kernel, numbered from 0 as in the weights."""
    places = [np.argsort(rank_kernels(getattr(kernels, index))) + 1 for index in INDICES]
    columns = (kernels.autocorrelation, kernels.regularity, kernels.l1_norm, kernels.separability, *places)
    rows = zip(range(len(kernels.maps)), *columns, strict=True)
    write_table(path, COLUMNS, rows)


def write_arrays(path: Path, learned: KernelSet, untrained: KernelSet, subunits: KernelSet | None) -> None:
    """Write maps, courses and indices (see `KernelSet`), others than the learned ones under a prefix."""
    others = {"untrained": untrained} | ({} if subunits is None else {"subunit": subunits})
    arrays = attrs.asdict(learned)
    for prefix, kernels in others.items():
        arrays |= {f"{prefix}_{name}": values for name, values in attrs.asdict(kernels).items()}
    np.savez_compressed(path, **arrays)


def draw_sorted(folder: Path, learned: KernelSet, span: str) -> tuple[Picture, ...]:
    """Draw all kernels once for each index that is defined, as `by_<index>`."""
    from sysid_analyses.figure import save_figure  # matplotlib is slow to import
    from sysid_analyses.first_layer.kernel_figure import draw_montage

    pictures = []
    for index, name in INDICES.items():
        scores = getattr(learned, index)
        if not np.isfinite(scores).any():
            continue
        figure = draw_montage(learned, rank_kernels(scores), scores, name, span)
        save_figure(figure, folder / f"by_{index}")
        caption = (
            f"All {len(scores)} kernels of the first layer, {name} falling along the rows from the upper "
            "left: spatial maps, and their time courses at the same places, each scaled to its own largest "
            "absolute value. Speckle is what a kernel without structure looks like."
        )
        pictures.append(Picture(f"by_{index}", caption, "Fig. 5A, Zheng et al. 2021"))
    return tuple(pictures)


def draw_indices(
    folder: Path, learned: KernelSet, untrained: KernelSet, subunits: KernelSet | None
) -> tuple[Picture, ...]:
    """Draw both indices against each other as `indices`."""
    from sysid_analyses.figure import BLUE, NULL, TRUTH, save_figure  # matplotlib is slow to import
    from sysid_analyses.first_layer.kernel_figure import Cloud, draw_scatter

    def cloud(name: str, kernels: KernelSet, *style: str, **more: bool) -> Cloud:
        label = f"{name} ({len(kernels.maps)})"
        return Cloud(label, kernels.autocorrelation, kernels.regularity, *style, **more)

    clouds = [cloud("untrained", untrained, NULL, open=True), cloud("learned", learned, BLUE)]
    if subunits is not None:
        clouds.append(cloud("true subunits", subunits, TRUTH, "^"))
    save_figure(draw_scatter(clouds), folder / "indices")
    caption = (
        "Both indices of every kernel. What training did is the way from the rings, the same model before "
        f"training, to the dots. {warn_of_peakedness(learned.times.shape[1])}"
    )
    return (Picture("indices", caption, "Figs. 2E and 5A, Zheng et al. 2021"),)
