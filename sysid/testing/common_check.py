"""All that is checked of an encoder, a core or a readout, in the order in which one thing needs another."""

from collections.abc import Callable

from torch import nn

from sysid.testing.batch_check import check_batch
from sysid.testing.causality_check import check_causality
from sysid.testing.global_state_check import check_global_state
from sysid.testing.gradient_check import Objective, check_gradients
from sysid.testing.instance_check import check_instances
from sysid.testing.meta_check import check_meta
from sysid.testing.mode_check import check_modes
from sysid.testing.part import Part
from sysid.testing.precision_check import check_float64
from sysid.testing.seed_check import check_seed
from sysid.testing.shape_check import check_penalty, check_shapes
from sysid.testing.state_check import check_state_dict
from sysid.testing.surroundings import Surroundings


def check_part(part: Part, before: Surroundings, objective: Callable[[nn.Module], Objective]) -> None:
    """Run every check that encoders, cores and readouts share.

    Args:
        part: under check.
        before: the process as it was before the part was built for the first time.
        objective: what gradients are taken of, see `check_gradients`.

    Raises:
        AssertionError: one of them fails.
    """
    check_global_state(part, before)
    check_shapes(part)
    check_penalty(part)
    check_modes(part)
    check_instances(part)
    check_meta(part)
    check_batch(part)
    check_causality(part)
    check_seed(part)
    check_gradients(part, objective)
    check_float64(part)
    check_state_dict(part)
