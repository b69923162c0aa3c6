"""`check_dataset`: what a dataset says of its data, and what it loads."""

from sysid.interface import Dataset
from sysid.recording import Recording
from sysid.testing.config_check import check_config
from sysid.testing.description_check import check_description
from sysid.testing.file_check import check_files, check_missing_files, look_at_files
from sysid.testing.load_check import check_loads
from sysid.testing.provenance_check import check_provenance
from sysid.testing.recording_check import check_recording
from sysid.testing.repeat_check import check_repeats
from sysid.testing.slice_check import check_slices
from sysid.testing.source_check import check_docstring
from sysid.testing.split_check import check_split
from sysid.testing.subject import Subject
from sysid.testing.surroundings import guarded

HINT = "The config must find its data here; see the error above."


def check_dataset(config: Dataset) -> None:
    """Check that a dataset keeps what `sysid.Dataset` promises; it is loaded twice.

    Args:
        config: as a recipe's `[datasets.NAME]` would make it, and one that finds its data here.

    Raises:
        AssertionError: it does not; one sentence says which check, what was expected and what was seen.
        DataNotFoundError: its data are not here, so there is nothing to check.
    """
    subject = Subject("check_dataset", config)
    check_config(subject, "dataset")
    check_docstring(subject)
    with guarded():
        files = look_at_files(config)
        provenance = check_provenance(subject)
        first, second = _load(subject), _load(subject)
        check_description(subject, first)
        for session, recording in first.items():
            check_recording(subject, session, recording, provenance)
            check_slices(subject, session, recording)
            check_split(subject, session, recording)
            check_repeats(subject, session, recording)
        check_loads(subject, first, second)
        check_files(subject, files)
        check_missing_files(subject)


def _load(subject: Subject) -> dict[str, Recording]:
    with subject.running("load", "load()", HINT):
        recordings = subject.config.load()
    fits = isinstance(recordings, dict) and all(
        isinstance(session, str) and isinstance(recording, Recording)
        for session, recording in recordings.items()
    )
    subject.expect(
        fits and bool(recordings),
        "load",
        "load() to return a dict of sessions and sysid.Recordings, at least one",
        repr(recordings)[:200],
        "One session is the ordinary case: {'retina': recording}.",
    )
    return recordings
