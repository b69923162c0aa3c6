"""Gaussian fits of a population's maps: all together, and with scipy cell by cell."""

import math
import warnings
from collections.abc import Callable, Iterator

import attrs
import numpy as np
from jaxtyping import Float64
from scipy.optimize import curve_fit

from benchmarks.comparison import Call, Comparison, Growth, Peer
from sysid_analyses.receptive_field import fit_gaussians

GOOD_PX = 1.0  # a fit is good where its centre is nearer to the truth


@attrs.frozen
class Sizes:
    """Cells, those of them that scipy is timed on, their maps, noise, and the populations of growth."""

    cells: int
    timed_cells: int
    pixels: int
    decibels: tuple[float, ...]
    populations: tuple[int, ...]


FULL = Sizes(1000, 200, 30, (10.0, 0.0, -10.0), (125, 250, 500, 1000))
QUICK = Sizes(6, 3, 12, (10.0,), (2, 4, 8))


@attrs.frozen(eq=False)
class Population:
    """Hold simulated maps, and the (x, y) of the Gaussians in them."""

    maps: Float64[np.ndarray, "neuron height width"]
    centres: Float64[np.ndarray, "neuron 2"]


def comparisons(sizes: Sizes) -> Iterator[Comparison]:
    """Yield the fit of a population at each level of noise."""
    for decibel in sizes.decibels:
        population, share = simulate(sizes.cells, sizes.pixels, decibel), sizes.timed_cells / sizes.cells
        ways = {
            "scipy curve_fit per cell": fit_one,
            "scipy curve_fit per cell, with the exact Jacobian": fit_one_exactly,
        }
        yield Comparison(
            f"Gaussian fits, {decibel:g} dB",
            f"{sizes.cells} cells, maps of {sizes.pixels} × {sizes.pixels} px, signal {decibel:g} dB over "
            "noise; ours with F test and standard errors, curve_fit from the most extreme pixel",
            lambda maps=population.maps: fit_gaussians(maps),
            {
                name: Peer(loop_call(way, population.maps[: sizes.timed_cells]), share)
                for name, way in ways.items()
            },
            agreement=lambda ways=ways, population=population: agreement(ways, population),
        )


def growths(sizes: Sizes) -> Iterator[Growth]:
    """Yield our fits by the number of cells."""

    def prepare(cells: int) -> Call:
        maps = simulate(cells, sizes.pixels, 0.0).maps
        return lambda: fit_gaussians(maps)

    yield Growth(
        f"Gaussian fits of {sizes.pixels} × {sizes.pixels} px, 0 dB", "cells", sizes.populations, prepare
    )


def simulate(cells: int, pixels: int, decibel: float) -> Population:
    """Return cells of either sign, a tenth of the frame inside, and noise for a ratio of variances."""
    generator = np.random.default_rng(0)
    margin = pixels / 10
    centres = generator.uniform(margin, pixels - 1 - margin, (cells, 2))
    y, x = np.indices((pixels, pixels)).reshape(2, -1)
    maps = np.empty((cells, pixels * pixels))
    for number, centre in enumerate(centres):
        one, two = generator.uniform(pixels / 30, pixels / 8, 2)
        angle, sign = generator.uniform(0, math.pi), generator.choice([-1.0, 1.0])
        maps[number] = gaussian(np.array([x, y]), *centre, one, two, angle, sign, 0.0)
        noise = maps[number].std() * 10 ** (-decibel / 20)
        maps[number] += noise * generator.standard_normal(pixels * pixels)
    return Population(maps.reshape(cells, pixels, pixels), centres)


def gaussian(
    places: Float64[np.ndarray, "2 pixel"],
    centre_x: float,
    centre_y: float,
    one: float,
    two: float,
    angle: float,
    amplitude: float,
    offset: float,
) -> Float64[np.ndarray, " pixel"]:
    """Return a Gaussian on an offset, as `curve_fit` asks for it."""
    x, y = places[0] - centre_x, places[1] - centre_y
    along = (x * math.cos(angle) + y * math.sin(angle)) / one
    across = (y * math.cos(angle) - x * math.sin(angle)) / two
    return offset + amplitude * np.exp(-0.5 * (along**2 + across**2))


def derivatives(
    places: Float64[np.ndarray, "2 pixel"],
    centre_x: float,
    centre_y: float,
    one: float,
    two: float,
    angle: float,
    amplitude: float,
    offset: float,
) -> Float64[np.ndarray, "pixel 7"]:
    """Return the derivatives of `gaussian` by its parameters."""
    x, y = places[0] - centre_x, places[1] - centre_y
    cosine, sine = math.cos(angle), math.sin(angle)
    along, across = (x * cosine + y * sine) / one, (y * cosine - x * sine) / two
    shape = np.exp(-0.5 * (along**2 + across**2))
    slope_along, slope_across = amplitude * shape * along, amplitude * shape * across
    columns = [
        slope_along * (cosine / one) - slope_across * (sine / two),
        slope_along * (sine / one) + slope_across * (cosine / two),
        slope_along * along / one,
        slope_across * across / two,
        slope_along * across * (one / two - two / one),
        shape,
        np.ones_like(shape),
    ]
    return np.stack(columns, axis=1)


Centre = tuple[float, float]
Way = Callable[[Float64[np.ndarray, "height width"]], Centre]


def fit_one(image: Float64[np.ndarray, "height width"], **given: object) -> Centre:
    """Return the centre that `curve_fit` finds from the most extreme pixel; NaN where it gives up."""
    y, x = np.indices(image.shape).reshape(2, -1)
    background = np.median(image)
    row, column = np.unravel_index(np.abs(image - background).argmax(), image.shape)
    width = image.shape[1] / 15
    start = (column, row, 1.1 * width, 0.9 * width, 0.0, image[row, column] - background, background)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it overflows on the way where it is lost
        try:
            found, _ = curve_fit(gaussian, np.array([x, y], dtype=np.float64), image.ravel(), start, **given)
        except RuntimeError:
            return (math.nan, math.nan)
    return (float(found[0]), float(found[1]))


def fit_one_exactly(image: Float64[np.ndarray, "height width"]) -> Centre:
    """Return the same with derivatives that are not found by differences."""
    return fit_one(image, jac=derivatives)


def loop_call(way: Way, maps: Float64[np.ndarray, "neuron height width"]) -> Call:
    """Return a call that fits map after map."""
    return lambda: [way(each) for each in maps]


def agreement(ways: dict[str, Way], population: Population) -> str:
    """Count the good fits of all, and say how far off they are."""
    centres = {"sysid": [fit.centre for fit in fit_gaussians(population.maps)]}
    centres |= {name: [way(each) for each in population.maps] for name, way in ways.items()}
    distances = {name: np.hypot(*(np.array(found) - population.centres).T) for name, found in centres.items()}
    good = {name: each < GOOD_PX for name, each in distances.items()}  # NaN is not
    shared = np.all(list(good.values()), axis=0)
    words = [
        f"{name} {good[name].sum()} ({np.median(each[shared]):.3f} px)" for name, each in distances.items()
    ]
    return (
        f"- centres within {GOOD_PX:g} px of the truth, of {len(population.maps)} cells (and the median "
        f"distance over the {shared.sum()} that all have): {'; '.join(words)}"
    )
