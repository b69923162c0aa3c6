"""Write what a reader of the results must know of a recording from the Dryad deposit."""

from sysid_datasets.dryad_catalogue import FIRST_SECTION_ERROR_S, FRAME_RATE_HZ
from sysid_datasets.dryad_movie import Retina
from sysid_datasets.dryad_section import SECTION_MS, SECTIONS

INFERRED = "inferred from the responses"
CONFIGURED = "set by the configuration"
SHIFTS = (
    "assumed: image i of the file is the deposit's image i; the deposit does not say which nine of its sixty "
    "images were shifted",
    "not known: how far and where each shift went; every shift is paired with the unshifted image, so these "
    "responses serve for response statistics and not for models of the stimulus",
    "not known: how the outlines of these receptive fields lie on the images; they are left out",
)


def write_movie_notes(
    retinas: tuple[Retina, ...], frame_rate_hz: float, inferred_onset: bool
) -> tuple[str, ...]:
    """Say what was inferred of the movie's clock, and which sections were left out and why."""
    rate = INFERRED if frame_rate_hz == FRAME_RATE_HZ else CONFIGURED
    onset = f"{INFERRED}, ±{FIRST_SECTION_ERROR_S:g} s" if inferred_onset else CONFIGURED
    notes = [f"frame rate {frame_rate_hz:g} Hz: {rate}; the deposit does not state it"]
    for retina in retinas:
        clock, placement = retina.clock, retina.placement
        notes.append(
            f"{retina.name}: sections of {SECTION_MS} ms begin {clock.first_s:g} s after the movie's onset "
            f"and then every {clock.period_s:g} s (first: {onset}; the deposit does not state it)"
        )
        for first, last in retina.repeated:
            notes.append(
                f"{retina.name}: sections {first}–{last} repeat one another: {last - first} left out, "
                f"{first} kept"
            )
        notes.append(f"{retina.name}: {len(placement.sections)} of {SECTIONS} sections kept")
        if not placement.fits.all():
            notes.append(f"{retina.name}: {(~placement.fits).sum()} sections left out that run off the movie")
    return tuple(notes)


def write_transfer_note(trained_on: tuple[Retina, ...], tested_on: tuple[Retina, ...]) -> tuple[str, ...]:
    """Say what a test on another movie takes for granted, recording by recording."""
    return tuple(
        f"assumed: neuron i of {one.name}, which trains, is neuron i of {other.name}, which tests"
        for one, other in zip(trained_on, tested_on, strict=True)
    )


def write_control_note(control: str, shift_s: float, draw: int) -> tuple[str, ...]:
    """Say how a control pairs responses with the stimulus; nothing for the true pairing."""
    if control == "shift":
        return (f"control: responses are paired with the stimulus {shift_s:g} s later",)
    if control == "shuffle_sections":
        return (f"control: responses are paired with the stimulus of others, drawn from seed {draw}",)
    return ()
