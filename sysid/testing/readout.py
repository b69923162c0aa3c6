"""`check_readout`: features to the responses of populations of several sizes, and their loss."""

import torch

from sysid.errors import SysidError
from sysid.interface import AutoregressiveReadout, InputShape, Readout, ReadoutModule, SolvableReadout
from sysid.population import Population
from sysid.testing.behaviour_check import check_behaviour
from sysid.testing.common_check import check_part
from sysid.testing.config_check import check_config
from sysid.testing.earlier_check import check_earlier
from sysid.testing.input_choice import choose_input
from sysid.testing.loss_check import Responses, check_loss
from sysid.testing.part import Part
from sysid.testing.readout_population import make_populations, reopened
from sysid.testing.solve_check import check_solve
from sysid.testing.source_check import check_source
from sysid.testing.subject import Subject
from sysid.testing.surroundings import Surroundings, guarded


def check_readout(config: Readout, *, input_shape: InputShape | None = None) -> None:
    """Check that a readout keeps what `sysid.Readout` and `sysid.ReadoutModule` promise.

    It is checked on populations of several sizes, with behaviour and without, of counts and of responses
    below zero. Those that it refuses by a `sysid.SysidError` are passed over, but one it has to take.

    Args:
        config: as a recipe's `[readout]` would make it.
        input_shape: (time, channel, height, width) of the features, best all different; left out, the first
            of a few that it does not refuse.

    Raises:
        AssertionError: it does not; one sentence says which check, what was expected and what was seen.
    """
    subject = Subject("check_readout", config)
    check_config(subject, "readout")
    check_source(subject)
    with guarded() as before:
        shape = _choose_shape(subject, config, input_shape)
        for words, population in make_populations(shape).items():
            if _refusal(config, shape, population) is None:
                about = Subject(subject.function, config, words)
                _check_population(about, config, shape, population, before)


def _choose_shape(subject: Subject, config: Readout, asked: InputShape | None) -> InputShape:
    """Return the first input that the readout takes for any population."""

    def build_for_any(shape: InputShape) -> None:
        found = [_refusal(config, shape, population) for population in make_populations(shape).values()]
        refusals = [each for each in found if each is not None]
        if len(refusals) == len(found):
            raise refusals[0]

    return choose_input(subject, build_for_any, asked)


def _refusal(config: Readout, shape: InputShape, population: Population) -> SysidError | None:
    """Return why a readout does not take a population, None where it does."""
    try:
        with torch.device("meta"):
            config.build(shape, population)
    except SysidError as error:
        return error
    return None


def _check_population(
    subject: Subject, config: Readout, shape: InputShape, population: Population, before: Surroundings
) -> None:
    stored = reopened(population, shape[0])
    part = Part(
        subject,
        shape,
        make=lambda: config.build(shape, population),
        remake=lambda: config.build(shape, stored),
        neurons=population.count,
        behaviour=len(population.behaviour),
    )
    module = part.build()
    subject.expect(
        isinstance(module, ReadoutModule),
        "build",
        "build to return a sysid.ReadoutModule",
        type(module).__name__,
        "A readout's module derives from it and owns the loss.",
    )
    responses = Responses(part, population.lowest_response)
    check_part(part, before, responses.objective)
    check_behaviour(part, population)
    check_loss(part, responses)
    if isinstance(module, SolvableReadout):
        check_solve(part, responses)
    if isinstance(module, AutoregressiveReadout):
        check_earlier(part, responses)
