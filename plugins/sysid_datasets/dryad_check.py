"""Say which fields of the dataset `dryad_mea` do not fit together, though each is right alone."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sysid import SysidError
from sysid_datasets.dryad_catalogue import STIMULI

if TYPE_CHECKING:
    from sysid_datasets.dryad_mea import DryadMEA

Conflict = tuple[bool, str, str, object]
"""Whether there is one; the field; what is expected of it; what it is."""


def check_fields(dataset: "DryadMEA") -> None:
    """Refuse fields that do not fit together.

    Raises:
        SysidError: the first conflict.
    """
    for is_wrong, name, expected, value in (*_find_conflicts(dataset), *_find_transfer_conflicts(dataset)):
        if is_wrong:
            raise SysidError(f"dryad_mea: {name}: expected {expected}, got {value}")


def check_convertible(dataset: "DryadMEA") -> None:
    """Refuse fields that ask for what has no place in a file of one session, the data as they are.

    Raises:
        SysidError: the first such field.
    """
    check_fields(dataset)
    for is_wrong, name, expected, value in (
        (dataset.recording == "both", "recording", "1 or 2 to write NWB, a file for each", "both"),
        (dataset.control != "none", "control", "none to write NWB", dataset.control),
        (
            dataset.stimulus == "shifts",
            "stimulus",
            "another one to write NWB, as it is not known where on the screen the shifted images were",
            "shifts",
        ),
    ):
        if is_wrong:
            raise SysidError(f"dryad_mea: {name}: expected {expected}, got {value}")


def _find_conflicts(dataset: "DryadMEA") -> Iterator[Conflict]:
    kind = STIMULI[dataset.stimulus]
    yield dataset.fold >= dataset.folds, "fold", f"0 … {dataset.folds - 1}", dataset.fold
    yield (
        (dataset.crop_px or 0) > dataset.size_px,
        "crop_px",
        f"at most size_px = {dataset.size_px}",
        dataset.crop_px,
    )
    yield (
        dataset.stimulus == "shifts" and dataset.crop_px is not None,
        "crop_px",
        "none with shifts, of which no receptive fields are known",
        dataset.crop_px,
    )
    yield (
        any(recording not in kind.neurons for recording in dataset.recordings),
        "recording",
        f"1 with {dataset.stimulus}, the only one there is",
        dataset.recording,
    )
    yield (
        dataset.recording == "both" and dataset.first_section_s is not None,
        "first_section_s",
        "none with both recordings, which began at different times",
        dataset.first_section_s,
    )
    yield (
        dataset.section_period_s < dataset.section_duration_s,
        "section_period_s",
        f"at least section_duration_s = {dataset.section_duration_s:g}",
        dataset.section_period_s,
    )
    yield (
        dataset.control == "shift" and not kind.is_movie,
        "control",
        "none or shuffle_sections with images",
        dataset.control,
    )


def _find_transfer_conflicts(dataset: "DryadMEA") -> Iterator[Conflict]:
    tested = dataset.test_stimulus
    yield (
        tested is not None and not STIMULI[dataset.stimulus].is_movie,
        "test_stimulus",
        f"none with {dataset.stimulus}, as only movies have the same neurons and bins",
        tested,
    )
    yield (
        tested == dataset.stimulus,
        "test_stimulus",
        f"another movie than the stimulus, which is {dataset.stimulus}",
        tested,
    )
