"""Spatial and temporal complexity of a movie: how unlike its surroundings each patch of a frame is."""

import functools
import itertools
from collections.abc import Callable, Iterator
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float, Float64, UInt8

from sysid import SysidError
from sysid_analyses.patch_similarity import GREY_LEVELS, Strip, compare, cut_strips

WINDOW_PX = 7  # of scikit-image's SSIM
CHUNK_PIXELS = 1 << 20  # of the frames compared at once, 8 of 360 × 360 px: what the processor keeps at hand

Window = Literal["uniform", "patch"]
Movie = UInt8[np.ndarray, "frame height width"] | Float[np.ndarray, "frame height width"]
Frames = UInt8[np.ndarray, "_ height width"] | Float[np.ndarray, "_ height width"]
Place = tuple[int, slice]  # row of patches, and which of the row
AROUND = tuple(itertools.product((-1, 0, 1), repeat=2))  # down, right
HALF_AROUND = ((0, 1), (1, -1), (1, 0), (1, 1))  # the other neighbours are the same pairs, seen from there


def spatial_complexity(
    movie: Movie,
    patch_px: int,
    *,
    window: Window = "uniform",
    every: int = 1,
    data_range: float | None = None,
) -> Float64[np.ndarray, "counted row column"]:
    """Return how unlike its neighbours in the same frame each patch is: Eq. 9, Zheng et al. 2021.

    1 − mean structural similarity (SSIM) with the neighbours: eight of them, five at a border, three in a
    corner. 0 where all are alike, at most 2. The paper's value of a patch is the mean over frames,
    `.mean(axis=0)`.

    Args:
        movie: grey levels of 0 … 255 as bytes, or floats, which are compared in double precision
            (scikit-image stays in single for those of single).
        patch_px: height and width of a patch. Whole patches are laid from the upper left corner on; what
            remains at the lower and right border is left out.
        window: what one SSIM is computed over, which the paper does not say. "uniform": 7 × 7 px, and the
            mean over all such windows inside the patch, as in scikit-image; "patch": all of the patch.
        every: frames 0, every, 2·every, … are taken.
        data_range: difference between the largest and the smallest value that is possible, as in
            scikit-image: similarity is measured against it. Floats need it; left out, 255 for bytes.

    Returns:
        By frame taken, row and column of patches.

    Raises:
        SysidError: fewer than 2 × 2 patches, patches smaller than the window, no frame, floats without a
            range, or values that are not finite.
    """
    cut = _prepare(movie, patch_px, window, every, data_range, least_frames=1)
    return 1 - np.concatenate([_within(cut(chunk)) for chunk in _chunks(movie[::every])])


def temporal_complexity(
    movie: Movie,
    patch_px: int,
    *,
    window: Window = "uniform",
    every: int = 1,
    data_range: float | None = None,
) -> Float64[np.ndarray, "counted row column"]:
    """Return how unlike the next frame around it each patch is: Eq. 10, Zheng et al. 2021.

    1 − mean SSIM with the same patch of the following frame and that patch's neighbours: nine patches, six at
    a border, four in a corner. So what lies still among things unlike it is complex in time as well.
    Arguments and the rest are as in `spatial_complexity`; the last frame, which nothing follows, has none.

    Raises:
        SysidError: as there, or fewer than two frames.
    """
    cut = _prepare(movie, patch_px, window, every, data_range, least_frames=2)
    both = zip(_chunks(movie[:-1:every]), _chunks(movie[1::every]), strict=True)
    return 1 - np.concatenate([_between(cut(now), cut(following)) for now, following in both])


def _within(strips: list[Strip]) -> Float64[np.ndarray, "frame row column"]:
    """Return the mean SSIM of each patch with its neighbours in the frame; each pair is compared once."""
    total, neighbours = _zeros(strips)
    for here, there in _pairs(strips, HALF_AROUND):
        found = compare(strips[here[0]].take(here[1]), strips[there[0]].take(there[1]))
        for place in (here, there):
            total[place] += found
            neighbours[place] += 1
    return np.moveaxis(total / neighbours, 2, 0)  # frame row column


def _between(strips: list[Strip], following: list[Strip]) -> Float64[np.ndarray, "frame row column"]:
    """Return the mean SSIM of each patch with those at and around its place in the following frame."""
    total, neighbours = _zeros(strips)
    for here, there in _pairs(strips, AROUND):
        total[here] += compare(strips[here[0]].take(here[1]), following[there[0]].take(there[1]))
        neighbours[here] += 1
    return np.moveaxis(total / neighbours, 2, 0)  # frame row column


def _zeros(
    strips: list[Strip],
) -> tuple[Float64[np.ndarray, "row column frame"], Float64[np.ndarray, "row column 1"]]:
    columns, frames = strips[0].pixels.shape[2:]
    return np.zeros((len(strips), columns, frames)), np.zeros((len(strips), columns, 1))


def _pairs(strips: list[Strip], offsets: tuple[tuple[int, int], ...]) -> Iterator[tuple[Place, Place]]:
    """Yield where the patches of a row lie, and those at an offset from them, as far as both are there."""
    rows, columns = len(strips), strips[0].pixels.shape[2]
    for down, right in offsets:
        here = slice(max(0, -right), columns - max(0, right))
        there = slice(max(0, right), columns - max(0, -right))
        for row in range(max(0, -down), rows - max(0, down)):
            yield (row, here), (row + down, there)


def _chunks(frames: Movie) -> Iterator[Frames]:
    """Yield a few frames at a time, so that memory does not grow with their number.

    Raises:
        SysidError: values that are not finite.
    """
    size = max(1, CHUNK_PIXELS // (frames.shape[1] * frames.shape[2]))
    for start in range(0, len(frames), size):
        chunk = frames[start : start + size]
        if not np.isfinite(chunk).all():
            raise SysidError("movie: expected finite values, got some that are NaN or infinite")
        yield chunk


def _prepare(
    movie: Movie, patch_px: int, window: Window, every: int, data_range: float | None, least_frames: int
) -> Callable[[Frames], list[Strip]]:
    """Refuse what has no complexity, and return how frames are cut into strips."""
    if np.ndim(movie) != 3 or not (movie.dtype == np.uint8 or movie.dtype.kind == "f"):
        raise SysidError(
            f"movie: expected grey levels of 0 … 255 as uint8, or floats, (frame, height, width), got "
            f"{movie.dtype} of shape {np.shape(movie)}"
        )
    if not (movie.dtype == np.uint8 if data_range is None else 0 < data_range < np.inf):
        raise SysidError(
            f"data_range: expected a finite number above 0, which {movie.dtype} frames need, got {data_range}"
        )
    if window not in get_args(Window):
        raise SysidError(f"window: expected {' or '.join(get_args(Window))}, got {window}")
    frames, height, width = movie.shape
    if frames < least_frames or every < 1:
        raise SysidError(
            f"movie, every: expected at least {least_frames} frames and 1, got {frames} and {every}"
        )
    least_px = 2 if window == "patch" else WINDOW_PX
    if not least_px <= patch_px <= min(height, width) // 2:
        raise SysidError(
            f"patch_px: expected {least_px} … {min(height, width) // 2}, at least the window and two patches "
            f"in {height} × {width} px, got {patch_px}"
        )
    window_px = patch_px if window == "patch" else WINDOW_PX
    range_ = GREY_LEVELS if data_range is None else float(data_range)
    return functools.partial(cut_strips, patch_px=patch_px, window_px=window_px, data_range=range_)
