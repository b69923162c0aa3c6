"""What this package offers to sysid."""

import sysid


@sysid.hookimpl
def sysid_readouts() -> dict[str, type]:
    """Return the readouts by name."""
    from sysid_readouts.dense import Dense  # torch is only needed when a readout is
    from sysid_readouts.factorized import Factorized
    from sysid_readouts.feedback import Feedback
    from sysid_readouts.gaussian import Gaussian
    from sysid_readouts.glm import Glm
    from sysid_readouts.subunit_ln import SubunitLn
    from sysid_readouts.window import Window

    return {
        "dense": Dense,
        "factorized": Factorized,
        "feedback": Feedback,
        "gaussian": Gaussian,
        "glm": Glm,
        "subunit_ln": SubunitLn,
        "window": Window,
    }
