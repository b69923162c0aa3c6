"""Check that a part leaves the process as it is."""

import torch

from sysid.testing.part import Part, keep_generator
from sysid.testing.surroundings import HINT, Surroundings, changed_surroundings, look_around


def check_global_state(part: Part, before: Surroundings) -> None:
    """Expect building and evaluating to change nothing but the module.

    Building takes its weights from torch's generator, evaluating takes nothing.

    Args:
        part: under check.
        before: the process as it was before the part was built for the first time.

    Raises:
        AssertionError: something of the process changes.
    """
    with keep_generator(0):
        with part.subject.running("build", "build(…)"):
            module = part.make().eval()
        _expect_unchanged(part, "building", changed_surroundings(before, but=("torch's generator",)))
        _expect_no_new_seed(part)
        inputs = part.draw()
        before = look_around()
        part.evaluate(module, inputs, "global_state")
        _expect_unchanged(part, "evaluating", changed_surroundings(before))


def _expect_unchanged(part: Part, doing: str, changed: list[str]) -> None:
    part.subject.expect(
        not changed,
        "global_state",
        f"{doing} to leave the process as it is",
        f"a change of {' and of '.join(changed)}",
        f"Usual mistake: {HINT[changed[0]] if changed else ''}.",
    )


def _expect_no_new_seed(part: Part) -> None:
    """Expect torch's generator to go on from where it was: two states before, two states after."""
    states = []
    for seed in (0, 1):
        with keep_generator(seed):
            part.make()
            states.append(torch.get_rng_state())
    part.subject.expect(
        not torch.equal(*states),
        "global_state",
        "building to go on with torch's generator from where it was",
        "the same state of it whatever it was before",
        "Usual mistake: `torch.manual_seed` in the part, which the next part then starts from.",
    )
