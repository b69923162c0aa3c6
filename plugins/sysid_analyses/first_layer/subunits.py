"""Analysis `subunits`: did the first layer's kernels become the subunits of a simulated cell?"""

import csv
from pathlib import Path
from typing import ClassVar, Literal

import attrs
import numpy as np
from jaxtyping import Float

import sysid
from sysid import Analysis, Findings, Picture, RunFolder, Table, key
from sysid_analyses.first_layer.first_kernel import first_kernels, has_kernels
from sysid_analyses.first_layer.kernel_match import (
    NO_KERNEL,
    Matches,
    align_lags,
    draw_chance_cosines,
    match_kernels,
)
from sysid_analyses.first_layer.kernel_reference import state_removed
from sysid_analyses.wording import counted

FIGURE = Picture(
    "subunits",
    "True subunits (top), the kernel that fits each best where it lies in the frame (middle), and both time "
    "courses (bottom). Where the model found the subunits, the two rows of maps look alike and the time "
    "courses lie on one another.",
    "Fig. 2D, Zheng et al. 2021",
)
COLUMNS = (
    *("subunit", "kernel", "offset_row", "offset_column", "spatial_cosine", "temporal_cosine"),
    *("joint_cosine", "full_cosine", "one_to_one_kernel", "one_to_one_cosine"),
    *("untrained_kernel", "untrained_cosine", "chance_cosine"),
)


@attrs.frozen
class Subunits(Analysis):
    """Match the first kernels of a convolutional encoder with the subunits that a simulation knows.

    Choose it for runs on simulated data, to see whether a model found what the cells are made of, and what
    kernels that learned nothing reach by the same count. The idea is Fig. 2 of Zheng, Jia, Yu, Liu, Huang
    (2021), doi:10.1016/j.patter.2021.100350.

    A kernel is separated into a map and a time course, its map is laid into the frame at every offset, and a
    subunit takes the kernel with the largest |cosine| of the maps. Time takes no part in that choice, so the
    cosine of the time courses is evidence of its own. A kernel whose batch norm has a negative gain is
    turned over first: so it is what the rectifier after it sees.
    """

    scope: ClassVar[Literal["run", "recipe"]] = "run"

    threshold: float = key(
        "the |cosine| of the maps from which a subunit counts as found", default=0.9, at_least=0, at_most=1
    )
    chance_draws: int = key(
        "sets of random kernels that say what chance reaches; each costs about as much as the match itself",
        default=200,
        at_least=1,
    )
    seed: int = key("seed of the random kernels", default=0, at_least=0)

    def analyze(self, runs: tuple[RunFolder, ...], folder: Path) -> Findings:
        """Write `subunits.csv`, `matches.npz`, `subunits.png` and `.svg`, and say how many were found."""
        run = sysid.load_run(runs[0].path)
        if not has_kernels(run.model.encoder):
            return Findings(reason="the encoder has no kernels")
        recordings = list(run.recordings.values())
        if len(recordings) > 1:
            return Findings(reason="the run has several sessions, and their subunits may differ")
        recording = recordings[0]
        if recording.truth is None or recording.truth.subunits is None:
            return Findings(reason="the true subunits are not known")
        if recording.frame_shape[0] != 1:
            return Findings(reason="subunits are known for stimuli of one channel only")
        kernels = first_kernels(run.model.encoder)
        if kernels.shape[1] == 1:
            return Findings(reason="the kernels see one frame each and have no time course")
        newest = 0 if run.samples.include_current else 1  # lag of the newest frame that a kernel sees
        subunits = align_lags(recording.truth.subunits, newest, kernels.shape[1])
        if not subunits.any(axis=(1, 2, 3)).all():
            return Findings(reason=f"a history of {kernels.shape[1]} frames does not reach every subunit")
        trained = match_kernels(subunits, kernels)
        untrained = match_kernels(subunits, first_kernels(run.untrained_model().encoder))
        chance = draw_chance_cosines(
            trained.subunit_maps,
            trained.kernel_maps.shape,
            self.chance_draws,
            np.random.default_rng(self.seed),
        )
        write_table(folder / "subunits.csv", trained, untrained, chance)
        write_arrays(folder / "matches.npz", trained, untrained, chance)
        lags_ms = -1000 * (newest + np.arange(kernels.shape[1])) / recording.frame_rate_hz
        _save_figure(folder, trained, lags_ms)
        numbers = summarize(trained, untrained, chance, self.threshold)
        return Findings(
            numbers=numbers,
            statements=(state(numbers, self.threshold), *state_removed(run.information, len(kernels))),
            pictures=(FIGURE,),
            tables=(Table("subunits.csv", "one subunit a row"),),
        )


def summarize(
    trained: Matches, untrained: Matches, chance: Float[np.ndarray, "draw subunit"], threshold: float
) -> dict[str, float]:
    """Return the headline numbers; every cosine but `joint` is an absolute value.

    `minimum_joint_cosine` is negative where a subunit's kernel has the opposite polarity. What has no kernel
    of its own counts 0 in the one-to-one numbers. `chance_median` is the median over random sets of kernels
    of their median over subunits.
    """
    best = best_cosines(trained)
    own, untrained_own = one_to_one_cosines(trained), one_to_one_cosines(untrained)
    subunit = np.arange(len(best))
    return {
        "subunits": float(len(best)),
        "matched": float((best >= threshold).sum()),
        "median_cosine": float(np.median(best)),
        "minimum_cosine": float(best.min()),
        "minimum_temporal_cosine": float(np.abs(trained.temporal[subunit, trained.best]).min()),
        "minimum_joint_cosine": float(trained.joint[subunit, trained.best].min()),
        "minimum_full_cosine": float(np.abs(trained.full[subunit, trained.best]).min()),
        "distinct_kernels": float(len(np.unique(trained.best))),
        "one_to_one_matched": float((own >= threshold).sum()),
        "one_to_one_minimum": float(own.min()),
        "untrained_matched": float((best_cosines(untrained) >= threshold).sum()),
        "untrained_median": float(np.median(best_cosines(untrained))),
        "untrained_one_to_one_minimum": float(untrained_own.min()),
        "chance_median": float(np.median(np.median(chance, axis=1))),
    }


def state(numbers: dict[str, float], threshold: float) -> str:
    """Say in a sentence how many subunits were found, beside what untrained kernels reach."""
    matched, own, untrained = (
        f"{numbers[name]:.0f}" for name in ("matched", "one_to_one_matched", "untrained_matched")
    )
    return (
        f"{matched} of {counted(numbers['subunits'], 'subunit')} are matched by a kernel with |cosine| ≥ "
        f"{threshold:g} (least {numbers['minimum_cosine']:.3f}), by "
        f"{counted(numbers['distinct_kernels'], 'distinct kernel')}; {own} where each subunit must have a "
        f"kernel of its own. Untrained kernels match {untrained} (median {numbers['untrained_median']:.2f})."
    )


def best_cosines(matches: Matches) -> Float[np.ndarray, " subunit"]:
    """Return the |spatial| cosine of every subunit with its best kernel."""
    return np.abs(matches.spatial).max(axis=1)


def one_to_one_cosines(matches: Matches) -> Float[np.ndarray, " subunit"]:
    """Return the |spatial| cosine of every subunit with the kernel of its own, 0 where it has none."""
    kernel = matches.one_to_one
    cosines = np.abs(matches.spatial[np.arange(len(kernel)), kernel])
    return np.where(kernel == NO_KERNEL, 0.0, cosines)


def write_table(
    path: Path, trained: Matches, untrained: Matches, chance: Float[np.ndarray, "draw subunit"]
) -> None:
    """Write one row per subunit; kernels are numbered from 0, `joint` and `full` cosines have their signs.

    `chance_cosine` is the median over random sets of kernels.
    """
    own, untrained_best = one_to_one_cosines(trained), best_cosines(untrained)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for subunit, kernel in enumerate(trained.best):
            cosines = [
                abs(trained.spatial[subunit, kernel]),
                abs(trained.temporal[subunit, kernel]),
                trained.joint[subunit, kernel],
                trained.full[subunit, kernel],
            ]
            owned = trained.one_to_one[subunit]
            writer.writerow(
                [subunit, kernel, *trained.offset[subunit, kernel]]
                + [f"{value:.4f}" for value in cosines]
                + (["", ""] if owned == NO_KERNEL else [owned, f"{own[subunit]:.4f}"])
                + [untrained.best[subunit], f"{untrained_best[subunit]:.4f}"]
                + [f"{np.median(chance[:, subunit]):.4f}"]
            )


def write_arrays(
    path: Path, trained: Matches, untrained: Matches, chance: Float[np.ndarray, "draw subunit"]
) -> None:
    """Write everything that was compared (see `Matches`), the untrained model's under `untrained_`."""
    arrays = attrs.asdict(trained)
    arrays |= {f"untrained_{name}": values for name, values in attrs.asdict(untrained).items()}
    np.savez_compressed(path, best=trained.best, one_to_one=trained.one_to_one, chance=chance, **arrays)


def _save_figure(folder: Path, matches: Matches, lags_ms: Float[np.ndarray, " lag"]) -> None:
    """Draw the matches as `subunits.png` and `subunits.svg`."""
    from sysid_analyses.figure import save_figure  # matplotlib is slow to import
    from sysid_analyses.first_layer.subunit_figure import draw_matches

    figure = draw_matches(matches, lags_ms)
    save_figure(figure, folder / "subunits")
