"""Complexity of movies by structural similarity of patches: ours, and with scikit-image."""

import functools
import itertools
from collections.abc import Callable, Iterator

import attrs
import numpy as np
from jaxtyping import Float64, Real, UInt8
from scipy.ndimage import gaussian_filter
from skimage.metrics import structural_similarity

from benchmarks.comparison import Call, Comparison, Growth, Peer
from sysid_analyses.complexity import spatial_complexity, temporal_complexity

EDGE_PX = 3  # of a patch, where windows of 7 px are not centred
FLOATS_SHARE = 4  # so many times fewer frames of floats than of bytes, which take as much memory
AROUND = tuple(itertools.product((-1, 0, 1), repeat=2))

Movie = Real[np.ndarray, "frame height width"]
Frame = Real[np.ndarray, "height width"]
Way = Callable[[Frame, Frame, int, bool], Float64[np.ndarray, "row column"]]


@attrs.frozen
class Sizes:
    """Frames, pixels of a side and of a patch's, frames of the peers' share, and those growth is timed at."""

    frames: int
    pixels: int
    patch_px: int
    shared_frames: int
    lengths: tuple[int, ...]


FULL = Sizes(1800, 360, 20, 2, (225, 450, 900, 1800))
QUICK = Sizes(8, 40, 10, 2, (2, 4, 8))


def comparisons(sizes: Sizes) -> Iterator[Comparison]:
    """Yield both complexities of bytes, and the spatial one of floats."""
    movie = draw_movie(sizes.frames, sizes.pixels)
    yield compare_ways("Spatial complexity of bytes", movie, sizes, later=False)
    yield compare_ways("Temporal complexity of bytes", movie, sizes, later=True)
    few = movie[: max(sizes.frames // FLOATS_SHARE, sizes.shared_frames)].astype(np.float32)
    del movie
    yield compare_ways("Spatial complexity of floats", few, sizes, later=False)


def growths(sizes: Sizes) -> Iterator[Growth]:
    """Yield our spatial complexity by the number of frames."""

    def prepare(frames: int) -> Call:
        movie = draw_movie(frames, sizes.pixels)
        return lambda: spatial_complexity(movie, sizes.patch_px)

    title = f"Spatial complexity of {sizes.pixels} × {sizes.pixels} px"
    yield Growth(title, "frames", sizes.lengths, prepare)


def compare_ways(title: str, movie: Movie, sizes: Sizes, *, later: bool) -> Comparison:
    """Return the comparison of one kind of complexity of one movie."""
    counted = len(movie) - later
    shared = min(sizes.shared_frames, counted)
    ours = functools.partial(
        temporal_complexity if later else spatial_complexity, patch_px=sizes.patch_px, data_range=255.0
    )
    ways: dict[str, Way] = {
        "loop over scikit-image": loop_over_patches,
        "scikit-image on shifted frames": shift_frames,
    }
    return Comparison(
        title,
        f"{state_movie(movie, sizes)}, patches of {sizes.patch_px} px; sysid on all {counted} "
        f"{'pairs of frames' if later else 'frames'}, scikit-image on {shared} of them, in double precision "
        "as ours",
        functools.partial(ours, movie),
        {
            name: Peer(walk_call(way, movie[: shared + later], sizes.patch_px, later=later), shared / counted)
            for name, way in ways.items()
        },
        agreement=lambda: agreement(ours, ways, movie[: shared + later], sizes.patch_px, later=later),
    )


def state_movie(movie: Movie, sizes: Sizes) -> str:
    """Return the size of a movie, and why it is shorter than that of bytes where it is."""
    size = f"frames of {sizes.pixels} × {sizes.pixels} px, {movie.dtype}"
    if len(movie) == sizes.frames:
        return f"{sizes.frames} {size}"
    return f"{len(movie)} of {sizes.frames} {size} (floats take four times the memory)"


def draw_movie(frames: int, pixels: int) -> UInt8[np.ndarray, "frame height width"]:
    """Return two textures with structure at several scales that drift across one another."""
    generator = np.random.default_rng(0)
    textures = []
    for shape in ((pixels, pixels + frames), (pixels + frames, pixels)):
        fine, coarse = generator.normal(size=(2, *shape))
        coarse = gaussian_filter(coarse, 8)
        mixed = 128 + 40 * coarse / coarse.std() + 15 * fine
        textures.append(np.clip(mixed, 0, 255).astype(np.uint8))
    movie = np.empty((frames, pixels, pixels), dtype=np.uint8)
    for frame in range(frames):
        right, down = textures[0][:, frame : frame + pixels], textures[1][frame : frame + pixels]
        movie[frame] = right // 2 + down // 2
    return movie


def walk_call(way: Way, movie: Movie, patch_px: int, *, later: bool) -> Call:
    """Return a call that goes through a movie frame by frame; single floats are made double, as ours does."""
    exact = movie if movie.dtype == np.uint8 else movie.astype(np.float64)
    following = exact[1:] if later else exact
    return lambda: np.array(
        [way(now, next_, patch_px, later) for now, next_ in zip(exact, following, strict=False)]
    )


def loop_over_patches(
    frame: Frame, following: Frame, patch_px: int, later: bool
) -> Float64[np.ndarray, "row column"]:
    """Return complexity as the equations read: every patch with each of its neighbours."""
    rows, columns = (side // patch_px for side in frame.shape)
    found = np.empty((rows, columns))
    for row, column in np.ndindex(rows, columns):
        scores = [
            structural_similarity(
                cut(frame, row, column, patch_px),
                cut(following, row + down, column + right, patch_px),
                data_range=255,
            )
            for down, right in AROUND
            if 0 <= row + down < rows and 0 <= column + right < columns and (later or (down, right) != (0, 0))
        ]
        found[row, column] = 1 - np.mean(scores)
    return found


def cut(frame: Frame, row: int, column: int, patch_px: int) -> Frame:
    """Return one patch of a frame."""
    top, left = row * patch_px, column * patch_px
    return frame[top : top + patch_px, left : left + patch_px]


def shift_frames(
    frame: Frame, following: Frame, patch_px: int, later: bool
) -> Float64[np.ndarray, "row column"]:
    """Return the same from eight or nine comparisons of whole frames, shifted by a patch."""
    rows, columns = (side // patch_px for side in frame.shape)
    total, neighbours = np.zeros((rows, columns)), np.zeros((rows, columns))
    for down, right in AROUND:
        if not later and (down, right) == (0, 0):
            continue
        here, there = overlap(rows, columns, down, right), overlap(rows, columns, -down, -right)
        _, similar = structural_similarity(
            frame[scale(here, patch_px)], following[scale(there, patch_px)], data_range=255, full=True
        )
        tall, wide = (side // patch_px for side in similar.shape)
        tiles = similar.reshape(tall, patch_px, wide, patch_px)
        total[here] += tiles[:, EDGE_PX:-EDGE_PX, :, EDGE_PX:-EDGE_PX].mean(axis=(1, 3))
        neighbours[here] += 1
    return 1 - total / neighbours


def overlap(rows: int, columns: int, down: int, right: int) -> tuple[slice, slice]:
    """Return the patches that have a neighbour at an offset."""
    return (
        slice(max(0, -down), rows - max(0, down)),
        slice(max(0, -right), columns - max(0, right)),
    )


def scale(patches: tuple[slice, slice], patch_px: int) -> tuple[slice, slice]:
    """Return the pixels of patches."""
    down, across = (slice(each.start * patch_px, each.stop * patch_px) for each in patches)
    return down, across


def agreement(
    ours: Callable[[Movie], Float64[np.ndarray, "counted row column"]],
    ways: dict[str, Way],
    movie: Movie,
    patch_px: int,
    *,
    later: bool,
) -> str:
    """Say how far our complexity of the shared frames is from that of the others."""
    found = ours(movie)
    words = []
    for name, way in ways.items():
        expected = walk_call(way, movie, patch_px, later=later)()
        words.append(f"{np.abs(found - expected).max():.1e} ({name})")
    return f"- largest difference of any patch and frame: {', '.join(words)}"
