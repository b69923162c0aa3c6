"""The two OFF cells and eight subunits of Fig. 2, Zheng et al. 2021."""

import numpy as np
from jaxtyping import Float

from sysid import Neuron, ReceptiveField
from sysid_datasets.simulated_cell import Cells, biphasic_kernel

SIZE_PX = 8
LAGS = 20
DELAY_FRAMES = 2  # the kernel is zero at lags 0, 1 and 2
TIME_CONSTANT_S = 0.05
THRESHOLD = 2.5
GAIN_HZ = 2.0
MEMBERS = {"A": (0, 1, 4, 5), "B": (2, 3, 6, 7)}  # subunits 0–3 lie above 4–7; A takes the left half

# (top row, left column, pixels): "#" belongs to the subunit
Shape = tuple[int, int, tuple[str, ...]]
SQUARES: tuple[Shape, ...] = tuple((2 + 2 * (i // 4), 2 * (i % 4), ("##", "##")) for i in range(8))
BAR: Shape = (0, 0, ("#", "#", "#", "#"))
SHAPES: dict[str, tuple[Shape, ...]] = {
    "I": SQUARES,
    "II": (BAR, *SQUARES[1:]),
    # No two of these are alike under any shift: the cosine of two is at most 3/√20 = .67.
    "distinct": (
        (1, 0, ("##", "##")),
        (1, 3, ("#", "#", "#", "#")),
        (1, 4, ("#...", ".#..", "..#.", "...#")),
        (1, 5, (".#.", "###", ".#.")),
        (5, 0, ("####",)),
        (4, 1, ("#..", "#..", "###")),
        (3, 4, ("...#", "..#.", ".#..", "#...")),
        (4, 5, ("#.#", ".#.", "#.#")),
    ),
}


def draw_shape(shape: Shape) -> Float[np.ndarray, "height width"]:
    """Return a subunit's spatial map with Euclidean norm 2, as a 2×2 square of ones has."""
    top, left, rows = shape
    image = np.zeros((SIZE_PX, SIZE_PX), dtype=np.float32)
    for row, pixels in enumerate(rows):
        for column, pixel in enumerate(pixels):
            image[top + row, left + column] = pixel == "#"
    return 2 * image / np.linalg.norm(image)


def make_fig2_cells(subunits: str, frame_rate_hz: float) -> Cells:
    """Return cells A and B with one kind of subunits: "I", "II" or "distinct".

    The temporal kernel is over 20 lags with t = (lag − 2)/frame rate, lag 0 = the bin's own frame.

    Differs: the paper does not give its subunits; those of "I" are 2×2 squares, two rows of four in rows 2–5.
    """
    maps = np.stack([draw_shape(shape) for shape in SHAPES[subunits]])
    times_s = (np.arange(LAGS) - DELAY_FRAMES) / frame_rate_hz
    kernel = -biphasic_kernel(times_s, TIME_CONSTANT_S)
    weights = np.zeros((len(MEMBERS), len(maps)), dtype=np.float32)
    for row, members in enumerate(MEMBERS.values()):
        weights[row, list(members)] = 1
    fields = np.tensordot(weights, maps, axes=1)  # neuron height width
    neurons = tuple(
        Neuron(name, ReceptiveField(_centre(field)), {"polarity": "OFF"})
        for name, field in zip(MEMBERS, fields, strict=True)
    )
    return Cells(maps, np.tile(kernel, (len(maps), 1)), weights, neurons)


def fig2_rate_hz(pooled: Float[np.ndarray, "frame neuron"]) -> Float[np.ndarray, "frame neuron"]:
    """Return the rates in Hz of cells whose subunits add up to `pooled`: 2·max(0, Σa − 2.5)."""
    return GAIN_HZ * np.maximum(pooled - THRESHOLD, 0)


def _centre(image: Float[np.ndarray, "height width"]) -> tuple[float, float]:
    """Return the centre of mass (x, y) in pixels."""
    rows, columns = np.indices(image.shape)
    return float((columns * image).sum() / image.sum()), float((rows * image).sum() / image.sum())
