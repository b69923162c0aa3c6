"""Find, for every known subunit, the kernel that looks like it and where it has to lie."""

import attrs
import numpy as np
from jaxtyping import Float, Int
from numpy.lib.stride_tricks import sliding_window_view
from scipy.optimize import linear_sum_assignment

from sysid_analyses.separation import separate

NO_KERNEL = -1  # there are fewer kernels than subunits


@attrs.frozen(eq=False)
class Matches:
    """Hold the cosines of every subunit with every kernel, each kernel at the offset where its map fits best.

    Attributes:
        spatial: (subunit, kernel), cosine of the two spatial maps, the kernel's laid into an empty frame.
        temporal: (subunit, kernel), cosine of the two temporal vectors.
        full: (subunit, kernel), cosine of the two whole filters with the kernel at that same offset.
        offset: (subunit, kernel, 2), frame row and column of the kernel's first pixel.
        subunit_maps, subunit_times: (subunit, height, width) and (subunit, lag), see `separate`.
        kernel_maps, kernel_times: (kernel, row, column) and (kernel, lag), see `separate`.

    The sign of one map is a convention, so the sign of `spatial` or `temporal` alone says nothing; their
    product is negative where a kernel wants the opposite of what the subunit wants.
    """

    spatial: Float[np.ndarray, "subunit kernel"]
    temporal: Float[np.ndarray, "subunit kernel"]
    full: Float[np.ndarray, "subunit kernel"]
    offset: Int[np.ndarray, "subunit kernel 2"]
    subunit_maps: Float[np.ndarray, "subunit height width"]
    subunit_times: Float[np.ndarray, "subunit lag"]
    kernel_maps: Float[np.ndarray, "kernel row column"]
    kernel_times: Float[np.ndarray, "kernel lag"]

    @property
    def joint(self) -> Float[np.ndarray, "subunit kernel"]:
        """Cosine of the two separated filters: spatial · temporal, which no sign convention changes."""
        return self.spatial * self.temporal

    @property
    def best(self) -> Int[np.ndarray, " subunit"]:
        """The kernel with the largest |spatial| cosine for each subunit; one kernel may serve several."""
        return np.abs(self.spatial).argmax(axis=1)

    @property
    def one_to_one(self) -> Int[np.ndarray, " subunit"]:
        """A kernel of its own for each subunit, the sum of |spatial| cosines as large as can be.

        `NO_KERNEL` stands where there are fewer kernels than subunits.
        """
        subunit, kernel = linear_sum_assignment(np.abs(self.spatial), maximize=True)
        assigned = np.full(len(self.spatial), NO_KERNEL)
        assigned[subunit] = kernel
        return assigned


def match_kernels(
    subunits: Float[np.ndarray, "subunit lag height width"],
    kernels: Float[np.ndarray, "kernel lag row column"],
) -> Matches:
    """Compare every kernel with every subunit in space, in time, and as a whole; lag 0 the newest in both.

    A kernel of a valid convolution sees each of its offsets in the frame with one unit of its map, so it is
    compared at all of them, and matches where |cosine| of the spatial maps is largest.
    """
    seen = [separate(subunit) for subunit in subunits]
    learned = [separate(kernel) for kernel in kernels]
    kernel_maps = np.stack([each.spatial for each in learned])
    subunit_times = np.stack([each.temporal for each in seen])
    kernel_times = np.stack([each.temporal for each in learned])
    placed = [place_kernels(each.spatial, kernel_maps) for each in seen]
    offset = np.stack([corners for _, corners in placed])
    return Matches(
        spatial=np.stack([cosines for cosines, _ in placed]),
        temporal=subunit_times @ kernel_times.T,
        full=_compare_whole(subunits, kernels, offset),
        offset=offset,
        subunit_maps=np.stack([each.spatial for each in seen]),
        subunit_times=subunit_times,
        kernel_maps=kernel_maps,
        kernel_times=kernel_times,
    )


def place_kernels(
    subunit_map: Float[np.ndarray, "height width"], kernel_maps: Float[np.ndarray, "kernel row column"]
) -> tuple[Float[np.ndarray, " kernel"], Int[np.ndarray, "kernel 2"]]:
    """Return, for each kernel, the cosine of largest size over all offsets, and the (row, column) of it.

    All maps have unit norm; outside its own pixels a kernel is zero, so what of the subunit lies there
    lowers the cosine.
    """
    windows = sliding_window_view(subunit_map, kernel_maps.shape[1:])  # down across row column
    cosines = windows.reshape(-1, kernel_maps[0].size) @ kernel_maps.reshape(len(kernel_maps), -1).T
    place = np.abs(cosines).argmax(axis=0)  # of offset kernel
    corners = np.stack(np.unravel_index(place, windows.shape[:2]), axis=1)
    return cosines[place, np.arange(len(kernel_maps))], corners


def _compare_whole(
    subunits: Float[np.ndarray, "subunit lag height width"],
    kernels: Float[np.ndarray, "kernel lag row column"],
    offset: Int[np.ndarray, "subunit kernel 2"],
) -> Float[np.ndarray, "subunit kernel"]:
    """Return the cosine of every whole kernel, laid at its offset, with every whole subunit."""
    rows, columns = kernels.shape[2:]
    products = np.empty(offset.shape[:2])
    for subunit, corners in enumerate(offset):
        for kernel, (row, column) in enumerate(corners):
            window = subunits[subunit, :, row : row + rows, column : column + columns]
            products[subunit, kernel] = (window * kernels[kernel]).sum()
    norms = np.multiply.outer(*(np.sqrt(np.square(each).sum(axis=(1, 2, 3))) for each in (subunits, kernels)))
    return products / np.where(norms > 0, norms, 1)  # a filter of zeros has cosine 0 with everything


def align_lags(
    subunits: Float[np.ndarray, "subunit lag height width"], first_lag: int, lags: int
) -> Float[np.ndarray, "subunit seen_lag height width"]:
    """Return what a model sees of the subunits through a history of `lags` frames, its newest at `first_lag`.

    Lags outside the history are cut off, since no kernel can have them; lags beyond the subunit are zero,
    since a kernel that is not zero there is wrong there.
    """
    seen = subunits[:, first_lag : first_lag + lags]
    return np.pad(seen, ((0, 0), (0, lags - seen.shape[1]), (0, 0), (0, 0)))


def draw_chance_cosines(
    subunit_maps: Float[np.ndarray, "subunit height width"],
    kernel_shape: tuple[int, int, int],
    draws: int,
    generator: np.random.Generator,
) -> Float[np.ndarray, "draw subunit"]:
    """Return the best |spatial| cosine of every subunit in `draws` sets of kernels of Gaussian noise.

    `kernel_shape` is (kernel, row, column). The first spatial map of white Gaussian noise points in every
    direction alike, whatever the number of lags, so maps are drawn and not whole kernels.
    """
    best = np.empty((draws, len(subunit_maps)))
    for draw in range(draws):
        maps = generator.standard_normal(kernel_shape)
        maps /= np.linalg.norm(maps, axis=(1, 2), keepdims=True)
        for subunit, subunit_map in enumerate(subunit_maps):
            best[draw, subunit] = np.abs(place_kernels(subunit_map, maps)[0]).max()
    return best
