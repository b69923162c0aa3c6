"""Check that what a dataset says beforehand is what it loads."""

from sysid.interface import Description
from sysid.recording import Recording
from sysid.testing.subject import Subject

HINT = "None stands for what is not known before the data are read; a wrong number builds a wrong model."


def check_description(subject: Subject, recordings: dict[str, Recording]) -> None:
    """Expect the sessions and sizes of `describe()` to be those of the recordings, where it knows them.

    Raises:
        AssertionError: they are others.
    """
    with subject.running("describe", "describe()", "It needs no files and reads no pixels."):
        described = subject.config.describe()
    subject.expect(
        isinstance(described, dict) and all(isinstance(each, Description) for each in described.values()),
        "describe",
        "describe() to return a dict of sessions and sysid.Descriptions",
        repr(described)[:200],
        HINT,
    )
    subject.expect(
        set(described) == set(recordings),
        "describe",
        f"the sessions that load() returns, {', '.join(recordings)}",
        ", ".join(described) or "none",
        "Session names must be known without the files, or be the same as with them.",
    )
    for session, recording in recordings.items():
        for name, loaded in _sizes(recording).items():
            said = getattr(described[session], name)
            subject.expect(
                said is None or said == loaded,
                "describe",
                f"{name} of session {session} to be {loaded}, as loaded",
                repr(said),
                HINT,
            )


def _sizes(recording: Recording) -> dict[str, int | float]:
    channels, height, width = recording.frame_shape
    return {
        "channels": channels,
        "height": height,
        "width": width,
        "neurons": len(recording.neurons),
        "bins": sum(presentation.frames for presentation in recording.presentations),
        "frame_rate_hz": recording.frame_rate_hz,
        "behaviour": len(recording.behaviour),
    }
