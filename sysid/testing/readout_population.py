"""Populations for a readout to be checked on: of several sizes, with behaviour and without."""

import attrs
import numpy as np

from sysid.interface import InputShape
from sysid.neuron_knowledge import nameless_population
from sysid.population import Population

BORDER_PX = (4, 2)  # how much larger the stimulus is than the features, as after valid convolutions


def make_populations(input_shape: InputShape) -> dict[str, Population]:
    """Return populations by what they are in words; where there are several neurons the last has no field.

    A readout may refuse some by a `sysid.SysidError`, such as responses below zero, but not all.
    """
    return {
        "for 3 neurons": make_population(input_shape, 3),
        "for 1 neuron": make_population(input_shape, 1),
        "for 5 neurons with 2 channels of behaviour": make_population(input_shape, 5, behaviour=2),
        "for 2 neurons with responses below zero": make_population(input_shape, 2, lowest_response=-1.5),
    }


def make_population(
    input_shape: InputShape, neurons: int, *, behaviour: int = 0, lowest_response: float = 0.0
) -> Population:
    """Describe neurons that look at features of (time, channel, height, width)."""
    generator = np.random.default_rng(neurons)
    history, _, *size = input_shape
    height, width = (int(pixels) + border for pixels, border in zip(size, BORDER_PX, strict=True))
    centres = generator.uniform(0, [width - 1, height - 1], (neurons, 2))
    if neurons > 1:
        centres[-1] = np.nan
    sta = generator.normal(size=(history, 1, height, width, neurons))
    sta[:, :, height // 2, width // 2] += 10
    return Population(
        ids=tuple(f"cell {number}" for number in range(neurons)),
        frame_size=(height, width),
        centres=centres,
        sta=lambda: sta,
        lowest_response=lowest_response,
        behaviour=tuple(f"channel {number}" for number in range(behaviour)),
        behaviour_mean=generator.normal(size=behaviour),
        behaviour_sd=generator.uniform(0.5, 2.0, behaviour),
    )


def reopened(population: Population, history: int) -> Population:
    """Return what is known of a population when a finished run is opened: ids, centres and channels."""
    nameless = nameless_population(
        population.count, (1, *population.frame_size), history, len(population.behaviour)
    )
    return attrs.evolve(
        nameless, ids=population.ids, centres=population.centres, behaviour=population.behaviour
    )
