"""Check that weights follow from the seed."""

import torch

from sysid.testing.closeness import different_names
from sysid.testing.part import Part, keep_generator

SAME_HINT = (
    "Randomness comes from torch's generator, which is seeded before modules are built. Usual mistake: "
    "numpy's or Python's generator, or a `torch.Generator()` without a seed."
)
OTHER_HINT = (
    "Usual mistake: `torch.manual_seed` in the part, or a generator with a fixed seed: then training with "
    "several seeds trains the same model several times."
)


def check_seed(part: Part) -> None:
    """Expect the same weights from the same seed, and others from another where any are drawn.

    Raises:
        AssertionError: two builds differ, or two seeds do not.
    """
    first, again, other = (part.build(seed).state_dict() for seed in (0, 0, 1))
    different = different_names(first, again)
    part.subject.expect(
        not different,
        "seed",
        "the same weights from the same seed",
        f"others in {', '.join(different)}",
        SAME_HINT,
    )
    varied = [
        name for name, value in first.items() if value.is_floating_point() and value.unique().numel() > 1
    ]
    if _draws(part) and varied:
        part.subject.expect(
            bool(different_names(first, other)),
            "seed",
            "other weights from another seed, as random numbers are drawn while it is built",
            f"the same in {', '.join(varied)}",
            OTHER_HINT,
        )


def _draws(part: Part) -> bool:
    """Say whether building takes numbers from torch's generator."""
    with keep_generator(0):
        before = torch.get_rng_state()
        part.make()
        return not torch.equal(before, torch.get_rng_state())
