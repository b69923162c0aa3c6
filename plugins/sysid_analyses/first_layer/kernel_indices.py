"""Analysis `kernel_indices`: the first kernels of all models on all datasets in one picture."""

from pathlib import Path
from typing import ClassVar, Literal

import attrs
import numpy as np

from sysid import Analysis, Findings, Picture, RunFolder, Table
from sysid_analyses.first_layer.kernel_group import Group, gather_groups
from sysid_analyses.first_layer.kernel_summary import INDICES, exceedance, middle, warn_of_peakedness
from sysid_analyses.table import write_table

COLUMNS = ("variant", "dataset", "fold", "seed", "kernel", "spatial_autocorrelation", "temporal_regularity")


@attrs.frozen
class KernelIndices(Analysis):
    """Show how smooth in space and how peaked in time the first kernels of a recipe's models are.

    Choose it beside `kernels` where a recipe has several models or datasets: whether one model's kernels are
    smoother than another's is seen only side by side, and beside kernels that learned nothing. The scatter is
    that of Figs. 2E and 5A of Zheng, Jia, Yu, Liu, Huang (2021), doi:10.1016/j.patter.2021.100350. Kernels
    of all folds and seeds are pooled; controls are left out.
    """

    scope: ClassVar[Literal["run", "recipe"]] = "recipe"

    def analyze(self, runs: tuple[RunFolder, ...], folder: Path) -> Findings:
        """Write `kernel_indices.csv` and the scatter, and compare the medians."""
        groups = gather_groups(runs)
        if not groups:
            return Findings(reason="no run of this recipe has kernels to look at")
        rows = [
            (group.variant, group.dataset, fold, seed, kernel, *values)
            for group in groups
            for fold, seed, kernels in group.runs
            for kernel, values in enumerate(zip(kernels.autocorrelation, kernels.regularity, strict=True))
        ]
        write_table(folder / "kernel_indices.csv", COLUMNS, rows)
        with_courses = [group for group in groups if group.lags > 1]
        return Findings(
            numbers=summarize_groups(groups),
            statements=state_groups(groups),
            pictures=draw(folder, with_courses) if with_courses else (),
            tables=(Table("kernel_indices.csv", "One kernel of one run a row."),),
        )


def summarize_groups(groups: list[Group]) -> dict[str, float | str]:
    """Return, by variant and dataset, medians and how often a kernel exceeds an untrained one."""
    numbers: dict[str, float | str] = {}
    for group in groups:
        for index in INDICES:
            values, null = group.pooled(index), getattr(group.untrained, index)
            prefix = f"{group.variant}.{group.dataset}."
            numbers[f"{prefix}median_{index}"] = middle(values)
            numbers[f"{prefix}{index}_above_untrained"] = exceedance(values, null)
    return numbers


def state_groups(groups: list[Group]) -> tuple[str, ...]:
    """Put medians side by side, dataset by dataset, and say what regularity is."""
    sentences = []
    for dataset in dict.fromkeys(group.dataset for group in groups):
        here = [group for group in groups if group.dataset == dataset]
        for index, name in INDICES.items():
            shown = [
                f"{group.variant} {middle(group.pooled(index)):.2f} (untrained "
                f"{middle(getattr(group.untrained, index)):.2f})"
                for group in here
                if np.isfinite(group.pooled(index)).any()
            ]
            if shown:
                sentences.append(f"Median {name} on {dataset}: {', '.join(shown)}.".replace("-0.", "−0."))
    lags = max(group.lags for group in groups)
    if lags > 1:
        sentences.append(warn_of_peakedness(lags))
    for variant in dict.fromkeys(each.variant for each in groups if each.lags == 1):
        sentences.append(f"Kernels of {variant} see one frame each, so they have no temporal regularity.")
    return tuple(sentences)


def draw(folder: Path, groups: list[Group]) -> tuple[Picture, ...]:
    """Draw one panel per dataset as `kernel_indices`."""
    from sysid_analyses.figure import save_figure  # matplotlib is slow to import
    from sysid_analyses.first_layer.kernel_indices_figure import draw_panels

    save_figure(draw_panels(groups), folder / "kernel_indices")
    caption = (
        "Both indices of the first kernels of every model, one panel per dataset. Rings are the same models "
        "before training: only what lies apart from them was learned. "
        + warn_of_peakedness(max(group.lags for group in groups))
    )
    return (Picture("kernel_indices", caption, "Figs. 2E and 5A, Zheng et al. 2021"),)
