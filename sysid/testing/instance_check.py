"""Check that two modules of one config have nothing in common."""

from sysid.testing.closeness import largest_change
from sysid.testing.part import Part, keep_generator


def check_instances(part: Part) -> None:
    """Expect an instance to stay as it is when another is built, changed and run in training.

    Raises:
        AssertionError: its output changes.
    """
    module, inputs = part.build(), part.draw()
    first = part.evaluate(module, inputs, "global_state")
    other = part.build(1, nudged=True).train()
    with part.subject.running("global_state", "forward of a second instance"), keep_generator(1):
        part.call(other, part.draw(1))
    again = part.evaluate(module, inputs, "global_state")
    part.subject.expect(
        largest_change(first, again) == 0,
        "global_state",
        "an instance's output to stay as it is when a second instance is built, changed and run",
        f"a change of {largest_change(first, again):.2g}",
        "Usual mistake: parameters, layers or caches that belong to the class or the module file.",
    )
