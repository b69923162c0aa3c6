"""Write a recording of the Dryad deposit as Neurodata Without Borders."""

from pathlib import Path

import attrs
import numpy as np
from pynwb.file import Subject

from sysid import Provenance, Recording, combined_checksum, make_nwb_file, save_nwb_file
from sysid_datasets.conversion.session import GAP_S, Session
from sysid_datasets.conversion.stimulus import add_images, add_movie, add_presentations
from sysid_datasets.conversion.unit import make_units
from sysid_datasets.dryad_catalogue import DOI

PUBLICATIONS = (f"doi:{DOI}", "doi:10.1371/journal.pcbi.1005189")
MILLISECOND_S = 0.001  # what spike times are rounded to in the deposit
CLOCK = (
    f"the deposit has no session clock: here the session begins with the first trial, and repeats follow one "
    f"another {GAP_S:g} s apart"
)
SPIKES = (
    "spike times are the middles of the deposit's milliseconds; outside of obs_intervals nothing was recorded"
)
ORDER = (
    "the order of the images is not stated in the deposit: here one is drawn for each repeat, and images "
    "follow one another without a pause"
)
NOT_STATED = "not stated in the deposit, and left out: electrodes, the kind of array, the animal"


@attrs.frozen(eq=False)
class Shown:
    """What was shown in one recording.

    Attributes:
        pixels: (frame or image, height, width) by the name of the movie or the set of images.
        are_movies: whether frames follow one another.
        frame_rate_hz: of movies.
        native_px: height and width of the deposit's frames.
    """

    pixels: dict[str, np.ndarray]
    are_movies: bool
    frame_rate_hz: float
    native_px: int

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the frames here."""
        height, width = next(iter(self.pixels.values())).shape[1:]
        return height, width


def write_recording(path: Path, recording: Recording, session: Session, shown: Shown) -> tuple[str, ...]:
    """Write one recording and return what a reader of the file must know.

    Args:
        path: of the new file.
        recording: whose neurons and provenance are written.
        session: trials, spikes and sections on one clock.
        shown: the pixels.
    """
    notes = (CLOCK, SPIKES, *(() if shown.are_movies else (ORDER,)), _tell_size(shown), NOT_STATED)
    provenance = recording.provenance
    retina = recording.neurons[0].id.partition("/")[0]
    content = make_nwb_file(
        provenance,
        description=f"Spikes of salamander retinal ganglion cells: {provenance.source}",
        identifier=f"dryad-4ch10-{_digest(provenance, notes)}",
        notes=notes,
        session_id="-".join([retina, *shown.pixels]),
        related_publications=list(PUBLICATIONS),
        keywords=["retina", "salamander", "multi-electrode array", *shown.pixels],
        subject=Subject(
            subject_id=retina,
            description="salamander, isolated retina; species, age and sex are not stated in the deposit",
        ),
    )
    content.create_device(
        name="multi-electrode array", description="its kind is not stated in the deposit, nor its electrodes"
    )
    for name, pixels in shown.pixels.items():
        if shown.are_movies:
            add_movie(content, name, pixels, shown.frame_rate_hz)
        else:
            add_images(content, name, pixels, session.trials)
    if shown.are_movies:
        add_presentations(content, session.trials)
    content.units = make_units(recording, session, "Sorted cells of the deposit", MILLISECOND_S)
    save_nwb_file(path, content)
    return (*provenance.notes, *notes)


def _digest(provenance: Provenance, notes: tuple[str, ...]) -> str:
    """Return digits that tell apart what was made of one deposit by other keys: the notes name them."""
    about = ("\n".join((provenance.source, *provenance.notes, *notes)), provenance.checksum)
    return combined_checksum([about])[:16]


def _tell_size(shown: Shown) -> str:
    height, width = shown.size
    if (height, width) == (shown.native_px, shown.native_px):
        return f"frames are those of the deposit, {height}×{width} px"
    return (
        f"frames have {height}×{width} px, made of the deposit's, which have {shown.native_px}×"
        f"{shown.native_px}; `size_px = {shown.native_px}` without `crop_px` keeps those"
    )
