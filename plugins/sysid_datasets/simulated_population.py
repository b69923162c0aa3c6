"""A population of ON and OFF cells with Gaussian subunits, in the manner of a retinal recording."""

import math

import attrs
import numpy as np
from jaxtyping import Float
from scipy.special import expit

from sysid import Neuron, ReceptiveField
from sysid_datasets.simulated_cell import Cells, biphasic_kernel

SUBUNITS_PER_CELL = 4
MEMORY_S = 2 / 3  # kernels end after 20 frames / 30 Hz = 667 ms
DELAY_S = 0.03
TIME_CONSTANT_S = 0.03  # first peak near 30 ms + 3 · 30 ms = 120 ms
MOSAIC = (0.2, 0.8)  # the receptive fields lie in the middle 60 % of the frame
CENTRE_JITTER = 0.02  # standard deviation, in frame widths
TAIL = 1e-6  # of a Gaussian's peak; less is set to 0, as subnormal numbers slow a matrix product twentyfold
THRESHOLD = 1.5  # in standard deviations of the pooled drive
STEEPNESS = 2.0
RATE_SPREAD = (0.5, 2.0)  # a cell's mean rate over that of the population, drawn evenly


@attrs.frozen(eq=False)
class OutputNonlinearity:
    """Turn pooled drive into rate: gain/(1 + exp(−2·(z − 1.5))), z the drive in standard deviations.

    It saturates, so that a cut to another scene does not make a cell fire at hundreds of hertz.

    Attributes:
        centre: (neuron,), mean drive.
        spread: (neuron,), standard deviation of the drive.
        gain_hz: (neuron,), the highest rate.
    """

    centre: Float[np.ndarray, " neuron"]
    spread: Float[np.ndarray, " neuron"]
    gain_hz: Float[np.ndarray, " neuron"]

    def rate_hz(self, pooled: Float[np.ndarray, "frame neuron"]) -> Float[np.ndarray, "frame neuron"]:
        """Return rates in Hz."""
        return self.gain_hz * _sigmoid((pooled - self.centre) / self.spread)


def fit_nonlinearity(
    pooled: Float[np.ndarray, "frame neuron"], mean_rate_hz: float, generator: np.random.Generator
) -> OutputNonlinearity:
    """Choose gains so that each cell's mean rate over these frames is .5 to 2 times `mean_rate_hz`."""
    centre, spread = pooled.mean(axis=0), pooled.std(axis=0)
    wanted_hz = mean_rate_hz * generator.uniform(*RATE_SPREAD, pooled.shape[1]).astype(np.float32)
    gain_hz = wanted_hz / _sigmoid((pooled - centre) / spread).mean(axis=0)
    return OutputNonlinearity(centre, spread, gain_hz)


def make_population(
    neurons: int, size_px: int, field_px: float, frame_rate_hz: float, generator: np.random.Generator
) -> Cells:
    """Return ON cells, then OFF cells (as many, or one fewer), each kind on its own jittered grid.

    `field_px` is the standard deviation of a receptive field in pixels. A cell has four subunits of half
    that width around its centre, all with the cell's own temporal kernel.
    """
    lags = round(MEMORY_S * frame_rate_hz)
    times_s = np.arange(lags) / frame_rate_hz - DELAY_S
    maps, kernels, described = [], [], []
    for polarity, sign, count in (("ON", 1, (neurons + 1) // 2), ("OFF", -1, neurons // 2)):
        for number, centre in enumerate(_mosaic(count, size_px, generator)):
            kernel = sign * biphasic_kernel(times_s, TIME_CONSTANT_S * generator.uniform(0.85, 1.15))
            kernels += [kernel] * SUBUNITS_PER_CELL
            maps += _subunit_maps(centre, size_px, field_px, generator)
            where = ReceptiveField((float(centre[0]), float(centre[1])))
            described.append(Neuron(f"{polarity.lower()}{number}", where, {"polarity": polarity}))
    own = np.kron(np.eye(neurons, dtype=np.float32), np.ones(SUBUNITS_PER_CELL, dtype=np.float32))
    weights = own * generator.uniform(0.5, 1, own.shape).astype(np.float32)
    return Cells(np.stack(maps), np.stack(kernels), weights, tuple(described))


def _sigmoid(drive: Float[np.ndarray, "frame neuron"]) -> Float[np.ndarray, "frame neuron"]:
    return expit(STEEPNESS * (drive - THRESHOLD))


def _mosaic(count: int, size_px: int, generator: np.random.Generator) -> Float[np.ndarray, "count 2"]:
    """Return centres (x, y) in pixels on a jittered grid."""
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns) if count else 0
    cell = np.arange(count)
    grid = np.stack([(cell % columns + 0.5) / columns, (cell // columns + 0.5) / rows], axis=1)  # cell 2
    low, high = MOSAIC
    jitter = CENTRE_JITTER * generator.standard_normal((count, 2))
    return (low + (high - low) * grid + jitter) * size_px - 0.5  # the first pixel's middle is at 0


def _subunit_maps(
    centre: Float[np.ndarray, "2"], size_px: int, field_px: float, generator: np.random.Generator
) -> list[Float[np.ndarray, "height width"]]:
    """Return unit-norm Gaussians around a cell's centre, at even angles from a random first one."""
    turn = 2 * math.pi * (np.arange(SUBUNITS_PER_CELL) / SUBUNITS_PER_CELL + generator.uniform())
    distance = field_px * generator.uniform(0.7, 1.1, SUBUNITS_PER_CELL)
    pixel = np.arange(size_px)
    maps = []
    for x, y in centre + (distance * np.stack([np.cos(turn), np.sin(turn)])).T:
        profile_x, profile_y = (np.exp(-0.5 * ((pixel - at) / (field_px / 2)) ** 2) for at in (x, y))
        blob = np.outer(profile_y, profile_x)
        blob[blob < TAIL * blob.max()] = 0
        maps.append((blob / np.linalg.norm(blob)).astype(np.float32))
    return maps
