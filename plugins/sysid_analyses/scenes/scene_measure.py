"""Measure the complexity of a scene, with what another stretch of it might have given."""

from typing import Literal, get_args

import attrs
import numpy as np
from jaxtyping import Float64, Int

from sysid import Interval
from sysid_analyses.complexity import WINDOW_PX, Window, spatial_complexity, temporal_complexity
from sysid_analyses.scenes.scene import Movies, NoScene, Scene
from sysid_analyses.scenes.scene_resample import draw_means, to_interval

Kind = Literal["spatial", "temporal"]
KINDS: tuple[Kind, ...] = get_args(Kind)
FUNCTIONS = {"spatial": spatial_complexity, "temporal": temporal_complexity}
PATCHES_ACROSS = 18  # 18 · 20 px = 360 px


@attrs.frozen(eq=False)
class Measured:
    """Hold the complexity of one scene.

    Attributes:
        scene: what was shown.
        patch_px: height and width of a patch.
        complexity: of each kind, (frame, row, column), by frame taken and patch.
        mean: of each kind, over frames and patches, with its bootstrap.
        draws: of each kind, the means of the resamples.
    """

    scene: Scene
    patch_px: int
    complexity: dict[Kind, Float64[np.ndarray, "_ row column"]]
    mean: dict[Kind, Interval]
    draws: dict[Kind, Float64[np.ndarray, " draw"]]

    def map(self, kind: Kind) -> Float64[np.ndarray, "row column"]:
        """Return the mean over frames."""
        return self.complexity[kind].mean(axis=0)


@attrs.frozen(eq=False)
class Difference:
    """Hold how much more complex scene `b` is than scene `a`, by kind."""

    a: Measured
    b: Measured
    by_kind: dict[Kind, Interval]


def choose_patch_px(scene: Scene, patch_px: int | None) -> int | NoScene:
    """Return the width of a patch, an 18th of the frame if none is asked for, or why there can be none."""
    side = min(scene.frame_px)
    chosen = max(WINDOW_PX, side // PATCHES_ACROSS) if patch_px is None else patch_px
    if 2 * chosen <= side:
        return chosen
    height, width = scene.frame_px
    why = ", as wide as a window of structural similarity" if patch_px is None else ""
    return NoScene(
        scene.name, f"its frames of {height} × {width} px hold fewer than 2 × 2 patches of {chosen} px{why}"
    )


def measure_scene(
    scene: Scene,
    movies: Movies,
    patch_px: int,
    *,
    window: Window,
    every: int,
    block_s: float,
    draws: int,
    generator: np.random.Generator,
) -> Measured:
    """Return both complexities of a scene, with intervals from blocks of `block_s` and tiles of patches."""
    complexity, mean, resamples = {}, {}, {}
    for kind, function in FUNCTIONS.items():
        by_movie = [function(movie, patch_px, window=window, every=every) for movie in movies]
        complexity[kind] = np.concatenate(by_movie)
        block = number_blocks([len(each) for each in by_movie], block_s * scene.frame_rate_hz / every)
        resamples[kind] = draw_means(complexity[kind], block, draws, generator)
        mean[kind] = to_interval(float(complexity[kind].mean()), resamples[kind])
    return Measured(scene, patch_px, complexity, mean, resamples)


def number_blocks(counts: list[int], block: float) -> Int[np.ndarray, " frame"]:
    """Number blocks of equal length, about `block` frames, in movies of so many frames; none spans two."""
    numbers, first = [], 0
    for count in counts:
        blocks = max(1, round(count / block))
        numbers.append(first + np.arange(count) * blocks // count)
        first += blocks
    return np.concatenate(numbers)


def compare_scenes(a: Measured, b: Measured) -> Difference:
    """Return `b` minus `a`; the two were resampled independently of one another."""
    return Difference(
        a,
        b,
        {
            kind: to_interval(b.mean[kind].estimate - a.mean[kind].estimate, b.draws[kind] - a.draws[kind])
            for kind in KINDS
        },
    )
