"""`check_encoder` and `check_core`: parts that turn (batch, time, channel, height, width) into the same."""

from sysid.component import Kind
from sysid.interface import Core, Encoder, InputShape
from sysid.testing.common_check import check_part
from sysid.testing.config_check import check_config
from sysid.testing.gradient_check import weigh
from sysid.testing.input_choice import choose_input
from sysid.testing.part import Part
from sysid.testing.source_check import check_source
from sysid.testing.subject import Subject
from sysid.testing.surroundings import guarded


def check_encoder(config: Encoder, *, input_shape: InputShape | None = None) -> None:
    """Check that an encoder keeps what `sysid.Encoder` promises.

    Args:
        config: as a recipe's `[encoder]` would make it.
        input_shape: (time, channel, height, width) to build it for, best all different; left out, the first
            of a few that it does not refuse by a `sysid.SysidError`.

    Raises:
        AssertionError: it does not; one sentence says which check, what was expected and what was seen.
    """
    _check_layer(Subject("check_encoder", config), "encoder", input_shape)


def check_core(config: Core, *, input_shape: InputShape | None = None) -> None:
    """Check that a core keeps what `sysid.Core` promises.

    Args:
        config: as a recipe's `[core]` would make it.
        input_shape: (time, channel, height, width) to build it for, best all different; left out, the first
            of a few that it does not refuse by a `sysid.SysidError`.

    Raises:
        AssertionError: it does not; one sentence says which check, what was expected and what was seen.
    """
    _check_layer(Subject("check_core", config), "core", input_shape)


def _check_layer(subject: Subject, kind: Kind, input_shape: InputShape | None) -> None:
    check_config(subject, kind)
    check_source(subject)
    build = subject.config.build
    with guarded() as before:
        shape = choose_input(subject, build, input_shape)
        part = Part(subject, shape, make=lambda: build(shape), remake=lambda: build(shape))
        check_part(part, before, weigh)
