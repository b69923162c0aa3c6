"""Dataset `nwb`: a recording of one's own, in Neurodata Without Borders."""

from pathlib import Path
from typing import Literal

import attrs

from sysid import Description, FileDataset, Inspection, Provenance, Recording, key
from sysid_datasets.neurodata.advice import inspect_nwb, is_nwb
from sysid_datasets.neurodata.crop import SIZE_PX
from sysid_datasets.neurodata.session import peek_session
from sysid_datasets.neurodata.unit_filter import UnitFilter
from sysid_datasets.nwb_check import check_fields
from sysid_datasets.nwb_file import find_file, look_for_file
from sysid_datasets.nwb_recording import read_recording


@attrs.frozen
class NWB(FileDataset):
    """Read stimulus, responses and behaviour from a file in Neurodata Without Borders, NWB 2.

    Rübel et al. (2022), doi:10.7554/eLife.78362. Choose it for a recording of your own, of retina or cortex;
    `sysid inspect FILE.nwb` says what is in the file and writes the table to begin with.

    Frames are paired with responses by the file's own times: bin k lasts from the onset of frame k to that of
    frame k + 1, so that a dropped frame is a longer bin, and holds the spikes, or the mean of the samples,
    from that time on and before that of the next. What was not recorded (outside the session, outside a
    unit's `obs_intervals`, in `invalid_times`) is masked, not zero. Showings of the same frames are repeats
    of one presentation; those that were broken off are left out. Pixels stay in the file until they are
    sliced. What was chosen, left out and masked is noted in `run.json`.
    """

    path: Path = key(
        "the NWB file, relative to the working directory of the command; if it is not there, below "
        "$SYSID_DATA_DIR, then in the cache"
    )
    stimulus: tuple[str, ...] = key(
        "names of the stimulus series or interval tables to use; empty, all of which there are pixels",
        default=(),
    )
    responses: str = key(
        '"units" for the spikes of the unit table, or the name of a RoiResponseSeries, or of a container of '
        'several; with commas between, several names ("plane_0, plane_1"), whose neurons stand side by side',
        default="units",
    )
    unit_filter: tuple[UnitFilter, ...] = key(
        "keep the units that pass all of these; a unit without a value does not pass", default=()
    )
    unit_preset: Literal["none", "allen"] = key(
        '"allen" keeps isi_violations ≤ 0.5, amplitude_cutoff ≤ 0.1 and presence_ratio ≥ 0.95', default="none"
    )
    areas: tuple[str, ...] = key("keep the units of these brain areas; empty, of all", default=())
    axis_order: Literal["auto", "tyx", "txy"] = key(
        'how frames lie in the file: (time, height, width) is "tyx", (time, width, height) "txy"; "auto" '
        "goes by the series' `dimension` where that tells them apart, else takes tyx; what it took is noted",
        default="auto",
    )
    templates: Path | None = key(
        "where the pixels are, for a file that only numbers frames: a .npy, .h5 or .nwb file, a folder of "
        "images, or a folder with one of these for each stimulus; found like `path`",
        default=None,
    )
    templates_dataset: str | None = key("name of the dataset in an HDF5 file of `templates`", default=None)
    bin_ms: float | None = key(
        "divide the time from each onset on into bins of this length, 0.1 ms or more; left out, one bin "
        "per frame",
        default=None,
        unit="ms",
        above=0,
    )
    crop: tuple[int, ...] = key(
        "keep a part of the stored frames: [top, left, height, width]; empty, all",
        default=(),
        unit="px",
        at_least=0,
    )
    size_px: int | None = key(SIZE_PX, default=None, unit="px", at_least=1)
    test: tuple[str, ...] = key(
        "what to test on: series, interval tables, or what they show (a movie, an image); of a "
        "table that shows nothing, the bins in its rows. Empty: what was shown several times where the rest "
        "was shown once, else a share of all",
        default=(),
    )
    test_fraction: float = key(
        "share of the bins, the last, or of the images, that is for testing where `test` names nothing and "
        "the repeats do not tell",
        default=0.2,
        above=0,
        below=1,
    )
    validation_fraction: float = key(
        "share of the bins left, the last, or of the images left, that is for validation",
        default=0.1,
        at_least=0,
        below=1,
    )
    behaviour: tuple[str, ...] = key(
        "names of time series (running speed, pupil) that readouts may use; averaged in each bin", default=()
    )
    deconvolve_s: float | None = key(
        "fluorescence only: take out an exponential decay of this time constant",
        default=None,
        unit="s",
        above=0,
    )

    @classmethod
    def recognizes(cls, path: Path) -> bool:
        """Say whether a file is called .nwb, or is HDF5 that says it is NWB."""
        return is_nwb(path)

    @classmethod
    def inspect(cls, path: Path, name: str, templates: Path | None) -> Inspection:
        """Return what is in a file, what can be modelled, what is missing, and a recipe.

        Raises:
            SysidError: the file is broken.
        """
        return inspect_nwb(path, name, templates)

    def describe(self) -> dict[str, Description]:
        """Return what the fields declare; the session has the file's name where the file is not here."""
        check_fields(self)
        rate_hz = None if self.bin_ms is None else 1000 / self.bin_ms
        return {
            peek_session(look_for_file(self.path)): Description(height=self.size_px, frame_rate_hz=rate_hz)
        }

    def provenance(self) -> Provenance:
        """Find the file and say where it comes from, and what was chosen, left out and masked.

        Times and responses are read for it, once per process, pixels are not.
        """
        return self._read()[1].provenance

    def load(self) -> dict[str, Recording]:
        """Return the one session, named as in the file, else by the file.

        Raises:
            DataNotFoundError: the file or its templates are not on this machine.
            SysidError: the file is broken, or lacks what the fields name; the line says what there is.
        """
        session, recording = self._read()
        return {session: recording}

    def _read(self) -> tuple[str, Recording]:
        check_fields(self)
        templates = None if self.templates is None else find_file(self.templates, "templates")
        return read_recording(self, find_file(self.path, "path"), templates)
