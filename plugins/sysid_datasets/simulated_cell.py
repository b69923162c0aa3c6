"""Model cells made of rectified, separable subunits: what they are driven by and what they look for."""

import math

import attrs
import numpy as np
from jaxtyping import Float, UInt8
from scipy.signal import lfilter

from sysid import Neuron, Truth

CHUNK_PIXELS = 1 << 22  # pixels turned into float32 at once: 16 MiB


@attrs.frozen(eq=False)
class Cells:
    """Hold a population whose neurons add up the rectified drives of subunits.

    Attributes:
        maps: (subunit, height, width), the spatial part of each subunit.
        kernels: (subunit, lag), the temporal part of each subunit, lag 0 = the bin's own frame.
        weights: (neuron, subunit), how much each neuron takes of each subunit.
        neurons: one entry per row of `weights`, with its receptive field centre.
    """

    maps: Float[np.ndarray, "subunit height width"]
    kernels: Float[np.ndarray, "subunit lag"]
    weights: Float[np.ndarray, "neuron subunit"]
    neurons: tuple[Neuron, ...]


def biphasic_kernel(times_s: Float[np.ndarray, " lag"], time_constant_s: float) -> Float[np.ndarray, " lag"]:
    """Return an ON cell's temporal kernel of unit norm, (G4 − G5)/‖·‖; an OFF cell has its negative.

    G_n(t) = (t/θ)^(n−1) e^(−t/θ)/(θ (n−1)!), 0 for t ≤ 0: gamma densities of 4 and 5 stages with time
    constant θ, so that a frame first excites and, about as much, later suppresses.
    """
    stages = np.maximum(times_s, 0) / time_constant_s
    four, five = (stages ** (n - 1) * np.exp(-stages) / math.factorial(n - 1) for n in (4, 5))
    kernel = four - five
    return (kernel / np.linalg.norm(kernel)).astype(np.float32)


def subunit_drive(
    stimulus: UInt8[np.ndarray, "frame 1 height width"], cells: Cells
) -> Float[np.ndarray, "frame subunit"]:
    """Return each subunit's linear drive Σ k·⟨map, x⟩, with pixels x = stimulus/255 − ½ between −½ and ½.

    Frames before the first count as mid-grey.
    """
    frames, pixels = len(stimulus), stimulus[0].size
    maps = cells.maps.reshape(len(cells.maps), pixels).T  # pixel subunit
    drive = np.empty((frames, maps.shape[1]), dtype=np.float32)
    step = max(1, CHUNK_PIXELS // pixels)
    for start in range(0, frames, step):
        chunk = stimulus[start : start + step].reshape(-1, pixels).astype(np.float32)  # frame pixel
        drive[start : start + step] = (chunk / 255 - 0.5) @ maps
    for subunit, kernel in enumerate(cells.kernels):
        drive[:, subunit] = lfilter(kernel, 1, drive[:, subunit])
    return drive


def pooled_drive(
    stimulus: UInt8[np.ndarray, "frame 1 height width"], cells: Cells
) -> Float[np.ndarray, "frame neuron"]:
    """Return what each neuron gets from its subunits: Σ weight · max(0, drive)."""
    return np.maximum(subunit_drive(stimulus, cells), 0) @ cells.weights.T


def describe_truth(cells: Cells, rates: dict[str, np.ndarray]) -> Truth:
    """Return the truth of a simulation: unit-norm subunits, and as filters their weighted sums.

    `rates` maps a presentation's name to its noise-free responses, (frame, neuron).
    """
    subunits = cells.kernels[:, :, None, None] * cells.maps[:, None]  # subunit lag height width
    filters = np.tensordot(cells.weights, subunits, axes=1)  # neuron lag height width
    subunits /= np.linalg.norm(subunits.reshape(len(subunits), -1), axis=1)[:, None, None, None]
    fields = [neuron.receptive_field for neuron in cells.neurons]
    centres = np.array([field.centre for field in fields if field is not None], dtype=np.float32)
    return Truth(subunits=subunits, weights=cells.weights, filters=filters, centres=centres, rates=rates)
