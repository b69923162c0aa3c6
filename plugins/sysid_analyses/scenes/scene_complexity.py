"""Analysis `complexity`: how complex a recipe's movies are, and whether cells are predicted less for it."""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

import attrs
import numpy as np

from sysid import Analysis, Findings, Picture, RunFolder, key
from sysid_analyses.scenes.cell_score import gather_scores
from sysid_analyses.scenes.complexity_statement import (
    state_difference,
    state_missing,
    state_pixels,
    state_relation,
)
from sysid_analyses.scenes.complexity_table import write_arrays, write_tables
from sysid_analyses.scenes.scene import Movies, NoScene, Scene, first_runs, read_scenes
from sysid_analyses.scenes.scene_measure import (
    KINDS,
    Difference,
    Measured,
    choose_patch_px,
    compare_scenes,
    measure_scene,
)
from sysid_analyses.scenes.scene_relation import Related, relate_scene

SPOKEN_PAIRS = 3  # differences that become sentences; the table has them all
MAPS = Picture(
    "complexity_maps",
    "Where in the frame the movies are complex: the mean over frames of 1 − SSIM of each patch with its "
    "neighbours (spatial), and with itself and its neighbours one frame later (temporal). On the right, "
    "where receptive fields are known, the mean CC of the cells that look at each patch (best variant).",
    "Fig. 3, Zheng et al. 2021",
)
SCATTER = Picture(
    "complexity_scatter",
    "Each dot is a patch, averaged over frames; the large dots are the movies' means with 95 % intervals. A "
    "movie whose cloud lies further up and to the right is more complex in time and in space. The two go "
    "together, since eight of the nine places that a patch is compared with are the same.",
    "Fig. 3D, Zheng et al. 2021",
)
RELATION = Picture(
    "complexity_correlation",
    "Is a cell predicted less well where the movie under its receptive field is more complex? Each dot is a "
    "cell under the best variant; on the right Spearman's ρ for every variant with its 95 % interval over "
    "cells. Intervals without zero on the left of the line speak for it.",
    "Fig. 3, Zheng et al. 2021",
)


@attrs.frozen
class SceneComplexity(Analysis):
    """Measure how unlike its surroundings each patch of a movie is, and relate that to the CC of cells.

    Choose it to ask whether one movie is harder than another because there is more in it. The idea and both
    measures are those of Zheng, Jia, Yu, Liu, Huang (2021), doi:10.1016/j.patter.2021.100350, Eqs. 9 and 10,
    on the structural similarity of Wang, Bovik, Sheikh and Simoncelli (2004), doi:10.1109/TIP.2003.819861.

    Movies are compared by resampling blocks of time and tiles of patches, each movie on its own. Cells are
    tested one by one, by the complexity averaged under their receptive fields and over the whole movie;
    patches share cells, so the map of CC by patch is for looking at. Controls are left out.

    Differs: the paper's patches of 18 px are 20 px here. Frames of the deposit 10.5061/dryad.4ch10 are also
    about in a copy averaged over 4 × 4 px, and 18 px would cut through these blocks.
    """

    scope: ClassVar[Literal["run", "recipe"]] = "recipe"

    size_px: int = key(
        "recorded movies whose dataset resamples them (keys `size_px` and `crop_px`) are read whole at this "
        "size, that of the deposit's frames; 0: as the models saw them",
        default=360,
        unit="px",
        at_least=0,
    )
    patch_px: int | None = key(
        "height and width of a patch; left out, an 18th of the frame, 20 px of 360, and at least 7 px",
        default=None,
        unit="px",
        at_least=7,
    )
    window: Literal["uniform", "patch"] = key(
        'what one structural similarity is computed over: "uniform", 7 × 7 px, and averaged, or the "patch"',
        default="uniform",
    )
    skip_frames: int = key(
        "first frames left out of movies read at `size_px`: in reduced copies of the deposit they alone were "
        "not averaged over 4 × 4 px, and are not like the rest",
        default=40,
        at_least=0,
    )
    every: int = key(
        "of so many frames one is compared (and, for temporal complexity, its next); 1 takes a minute per "
        "minute of 360 × 360 px. On the deposit's movies 10 is within .01 of that for the mean and .04 for "
        "ρ, 40 within .1 for ρ",
        default=10,
        at_least=1,
    )
    block_s: float = key(
        "length of the blocks of time that are resampled; complexity stays alike for a second or two",
        default=5.0,
        unit="s",
        above=0,
    )
    field_radius_px: float | None = key(
        "radius of receptive fields of which only the centre is known; left out, one patch",
        default=None,
        unit="px",
        above=0,
    )
    variants: tuple[str, ...] | None = key(
        "whose CC is related to complexity; left out, all of the recipe", default=None
    )
    draws: int = key("resamples of every interval", default=2000, at_least=100)
    seed: int = key("seed of the resamples", default=0, at_least=0)

    def analyze(self, runs: tuple[RunFolder, ...], folder: Path) -> Findings:
        """Write tables, `complexity.npz` and figures, and say which movie is more complex.

        Raises:
            DataNotFoundError: the data are not on this machine any more.
            SysidError: they are there, but are not what the runs were trained on.
        """
        measured, left_out = self._measure(runs)
        if not measured:
            reasons = "; ".join(f"{each.name}: {each.reason}" for each in left_out)
            return Findings(reason=f"there is no movie to measure ({reasons})")
        related, unrelated = self._relate(runs, measured)
        differences = [compare_scenes(*pair) for pair in itertools.combinations(measured, 2)]
        tables = write_tables(folder, measured, differences, related)
        write_arrays(folder / "complexity.npz", measured, related)
        pictures = save_figures(folder, measured, related)
        statements = [*(state_relation(each) for each in related), *state_pixels(measured)]
        statements += state_missing(left_out, unrelated)
        return Findings(
            numbers=summarize(measured, differences, related),
            headlines=[state_difference(each) for each in differences[:SPOKEN_PAIRS]],
            statements=statements,
            pictures=pictures,
            tables=tables,
        )

    def _measure(self, runs: tuple[RunFolder, ...]) -> tuple[list[Measured], list[NoScene]]:
        """Measure the scenes of all datasets, one in memory at a time, and say which are left out."""
        generators = np.random.default_rng(self.seed)
        found: list[Measured | NoScene] = []
        for run in first_runs(runs):
            scenes = read_scenes(run, self.size_px or None, self.skip_frames)
            found += [self._measure_scene(each, generators.spawn(1)[0]) for each in scenes]
        measured = [each for each in found if isinstance(each, Measured)]
        return measured, [each for each in found if isinstance(each, NoScene)]

    def _measure_scene(
        self, found: tuple[Scene, Movies] | NoScene, generator: np.random.Generator
    ) -> Measured | NoScene:
        if isinstance(found, NoScene):
            return found
        scene, movies = found
        patch_px = choose_patch_px(scene, self.patch_px)
        if isinstance(patch_px, NoScene):
            return patch_px
        return measure_scene(
            scene,
            movies,
            patch_px,
            window=self.window,
            every=self.every,
            block_s=self.block_s,
            draws=self.draws,
            generator=generator,
        )

    def _relate(
        self, runs: tuple[RunFolder, ...], measured: list[Measured]
    ) -> tuple[list[Related], list[NoScene]]:
        """Relate what can be related, and say why the rest cannot."""
        scores = gather_scores(runs, self.variants)
        found = [
            relate_scene(
                each,
                scores.get((each.scene.dataset, each.scene.session), {}),
                radius_px=self.field_radius_px,
                draws=self.draws,
                seed=self.seed,
            )
            for each in measured
        ]
        related = [each for each in found if isinstance(each, Related)]
        return related, [each for each in found if isinstance(each, NoScene)]


def summarize(
    measured: Sequence[Measured], differences: Sequence[Difference], related: Sequence[Related]
) -> dict[str, float | str]:
    """Return the headline numbers: means, differences with their intervals, and ρ of the best variants."""
    numbers: dict[str, float | str] = {}
    for each in measured:
        for kind in KINDS:
            numbers[f"{each.scene.name}.{kind}"] = each.mean[kind].estimate
    for each in differences:
        for kind, found in each.by_kind.items():
            name = f"{each.b.scene.name}_minus_{each.a.scene.name}.{kind}"
            numbers |= {name: found.estimate, f"{name}_low": found.low, f"{name}_high": found.high}
    for each in related:
        name = each.measured.scene.name
        numbers[f"{name}.best_variant"] = each.best_variant
        for kind in KINDS:
            numbers[f"{name}.{kind}_rho"] = each.correlations[each.best_variant, kind].estimate
    return numbers


def save_figures(
    folder: Path, measured: Sequence[Measured], related: Sequence[Related]
) -> tuple[Picture, ...]:
    """Draw and write the figures, and name them."""
    from sysid_analyses.figure import save_figure
    from sysid_analyses.scenes.complexity_figure import (  # matplotlib is slow to import
        draw_complexity_maps,
        draw_complexity_scatter,
        draw_correlations,
    )

    save_figure(draw_complexity_maps(measured, related), folder / MAPS.stem)
    save_figure(draw_complexity_scatter(measured), folder / SCATTER.stem)
    if not related:
        return MAPS, SCATTER
    save_figure(draw_correlations(related), folder / RELATION.stem)
    return MAPS, SCATTER, RELATION
