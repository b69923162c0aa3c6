"""Check neurons, types and masks of a recording; `sysid.Recording` itself has checked the axes."""

import numpy as np

from sysid.provenance import Provenance
from sysid.recording import COUNTS, PARTS, Presentation, Recording
from sysid.testing.subject import Subject


def check_recording(subject: Subject, session: str, recording: Recording, provenance: Provenance) -> None:
    """Expect neurons with ids of their own, float32 responses, and NaN for what was not recorded alone.

    Raises:
        AssertionError: it is otherwise.
    """
    ids = [neuron.id for neuron in recording.neurons]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    subject.expect(
        bool(ids) and all(isinstance(name, str) and name for name in ids) and not twice,
        "neurons",
        f"neurons of session {session} with ids of their own",
        f"{', '.join(twice)} more than once" if twice else repr(ids[:5]),
        "An id is a text, that of the source; several planes or probes are told apart by a prefix.",
    )
    subject.expect(
        recording.provenance.simulated == provenance.simulated,
        "provenance",
        f"the recording of session {session} to be simulated = {provenance.simulated}, as provenance() says",
        str(recording.provenance.simulated),
        "Give the recording what `self.provenance()` returns.",
    )
    subject.expect(
        recording.truth is None or recording.provenance.simulated,
        "provenance",
        "truth only where responses were simulated",
        f"a truth in session {session} with simulated = False",
        "What a recording cannot know is None.",
    )
    for presentation in recording.presentations:
        _check_presentation(subject, f"{session}/{presentation.name}", presentation)
    _check_names(subject, session, recording)


def _check_names(subject: Subject, session: str, recording: Recording) -> None:
    names = [presentation.name for presentation in recording.presentations]
    subject.expect(
        len(set(names)) == len(names),
        "presentations",
        f"presentations of session {session} with names of their own",
        ", ".join(sorted({name for name in names if names.count(name) > 1})) + " more than once",
        "Results are kept by session and presentation.",
    )
    subject.expect(
        any(presentation.train for presentation in recording.presentations),
        "splits",
        f"frames for training in session {session}",
        "none in any presentation",
        "`Presentation(train=((start, stop), …))` are half-open frame ranges.",
    )


def _check_presentation(subject: Subject, where: str, presentation: Presentation) -> None:
    responses = presentation.responses
    for name, values in (("responses", responses), ("behaviour", presentation.behaviour)):
        subject.expect(
            values is None or values.dtype == np.float32,
            "types",
            f"{name} of {where} in float32",
            str(values.dtype if values is not None else None),
            "`values.astype(np.float32)`.",
        )
    negative = int((responses < 0).sum())
    subject.expect(
        presentation.response_kind != COUNTS or not negative,
        "masks",
        f"spikes of {where} at zero or more, NaN where nothing was recorded",
        f"{negative} values below zero, the lowest {np.nanmin(responses, initial=0):g}",
        "Usual mistake: −1 for what was not recorded; for dF/F say so in response_kind.",
    )
    for part in PARTS:
        recorded = [not np.isnan(responses[:, start:stop]).all() for start, stop in presentation.ranges(part)]
        subject.expect(
            not recorded or any(recorded),
            "masks",
            f"something recorded in the {part} bins of {where}",
            "NaN in all of them",
            "Usual mistake: frames and responses are shifted, or the ranges do not count frames.",
        )
    durations = np.asarray(presentation.bin_duration_s)
    subject.expect(
        bool(np.isfinite(durations).all() and (durations > 0).all()),
        "types",
        f"bin_duration_s of {where} above zero, in seconds",
        f"from {durations.min():g} to {durations.max():g}",
        "A dropped frame is a longer bin.",
    )
