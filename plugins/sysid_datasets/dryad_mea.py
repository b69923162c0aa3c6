"""The dataset `dryad_mea`: salamander ganglion cells that watch movies, images and gratings."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import attrs
import numpy as np

from sysid import (
    ConvertibleDataset,
    Description,
    Neuron,
    Presentation,
    Provenance,
    ReceptiveField,
    Recording,
    SysidError,
    combined_checksum,
    key,
)
from sysid_datasets.dryad_catalogue import DOI, FIRST_SECTION_S, FRAME_RATE_HZ, LICENCE, STIMULI, Stimulus
from sysid_datasets.dryad_check import check_convertible, check_fields
from sysid_datasets.dryad_deposit import Deposit, open_deposit
from sysid_datasets.dryad_field import Crop, crop_frames, make_field, place_crop, read_outlines, to_stimulus
from sysid_datasets.dryad_fold import split_blocks, split_training
from sysid_datasets.dryad_frame import read_frames
from sysid_datasets.dryad_image import IMAGE_MS, join_counts, present_images, read_counts, split_images
from sysid_datasets.dryad_movie import Retina, present_movie, read_retina
from sysid_datasets.dryad_note import SHIFTS, write_control_note, write_movie_notes, write_transfer_note
from sysid_datasets.dryad_section import SectionClock
from sysid_datasets.dryad_spike import read_image_trains


@attrs.frozen
class DryadMEA(ConvertibleDataset):
    """Read a multi-electrode recording of salamander retina from the Dryad deposit 10.5061/dryad.4ch10.

    Onken, Liu, Karunasekara, Delis, Gollisch and Panzeri (2016), doi:10.1371/journal.pcbi.1005189; the
    deposit that Zheng et al. (2021), doi:10.1016/j.patter.2021.100350, build on. Choose it for a real
    recording that anyone can get. The movie responses are short sections, 45 and 47 of 300 ms in recording 1:
    a small-data problem. Differs: the 60 s and 80 cells of Zheng et al. are not in the deposit.

    With `test_stimulus`, a model is trained and chosen on one movie and tested on the other, with the same
    cells; each movie is a presentation of its own.
    """

    path: Path | None = key(
        "folder or zip of the deposit, relative to the working directory of the command; left out, it looks "
        "for `dryad_4ch10` in $SYSID_DATA_DIR, then in the cache",
        default=None,
    )
    stimulus: Literal["movie1", "movie2", "natural_images", "gratings", "shifts"] = key(
        "what was shown; an image is one bin, which asks for `samples.history = 1`", default="movie1"
    )
    test_stimulus: Literal["movie1", "movie2"] | None = key(
        "movies only: test on all sections of this other movie and on none of `stimulus`; there `fold` then "
        "only moves the validation part, so that every fold is tested on the same bins",
        default=None,
    )
    recording: Literal["1", "2", "both"] = key(
        "which retina; both stand side by side, NaN where one was not recorded", default="1"
    )
    size_px: int = key("frames are averaged over areas to this size", default=90, unit="px", at_least=1)
    crop_px: int | None = key(
        "of the resized frame, keep a square around the mean receptive field; left out, all is kept",
        default=None,
        unit="px",
        at_least=1,
    )
    frame_rate_hz: float = key(
        "of the movies; inferred from the responses, the deposit does not state it",
        default=FRAME_RATE_HZ,
        unit="Hz",
        above=0,
    )
    first_section_s: float | None = key(
        "onset of the first section after the movie's; left out, 3.85 s for recording 1 and 0.50 s for "
        "recording 2, inferred from the responses, uncertain by about ±0.15 s; the deposit does not state it",
        default=None,
        unit="s",
    )
    section_period_s: float = key(
        "from one section to the next, each run of repeats counted once; inferred like `first_section_s`",
        default=0.8,
        unit="s",
        above=0,
    )
    section_duration_s: float = key(
        "of each section; less leaves out its end", default=0.3, unit="s", above=0, at_most=0.3
    )
    folds: int = key(
        "contiguous runs of sections, or of images in a fixed random order", default=5, at_least=2
    )
    fold: int = key("which of these runs is the test part, from 0", default=0, at_least=0)
    validation_fraction: float = key(
        "share of the other sections that validate, as one contiguous run", default=0.2, at_least=0, below=1
    )
    control: Literal["none", "shift", "shuffle_sections"] = key(
        "pair responses with the stimulus `shift_s` later, or with that of another section or image",
        default="none",
    )
    shift_s: float = key("of the control `shift`; less than 2 s is not clean", default=3.0, unit="s")
    draw: int = key("seed of the control `shuffle_sections`", default=0, at_least=0)

    def describe(self) -> dict[str, Description]:
        """Return what the deposit is known to hold; `bins` counts every frame, recorded or not."""
        check_fields(self)
        size_px = self.crop_px or self.size_px
        return {
            self._session: Description(
                channels=1,
                height=size_px,
                width=size_px,
                neurons=self._kind.count_neurons(self.recordings),
                bins=sum(STIMULI[name].bins for name in self._shown),
                frame_rate_hz=self._rate_hz,
            )
        }

    def provenance(self) -> Provenance:
        """Find the deposit and say which files are used, what was inferred and what was left out.

        The spike times of a movie are read for it (they are small), pixels are not. A deposit without the
        spikes of a recording is one of which that recording is not on this machine.
        """
        check_fields(self)
        return self._provenance(open_deposit(self.path))

    def load(self) -> dict[str, Recording]:
        """Return the one session; pixels and spike times are decoded once per process."""
        check_fields(self)
        deposit = open_deposit(self.path)
        provenance = self._provenance(deposit)
        frames = read_frames(deposit, self._kind.folder, self._kind.stem, self.size_px)
        outlines = [
            [to_stimulus(each, frames.native_px, self.size_px) for each in read_outlines(deposit, name)]
            for name in self._field_files
        ]
        crop = Crop(0, 0, self.size_px)
        if self.crop_px is not None:
            crop = place_crop([each for some in outlines for each in some], self.crop_px, self.size_px)
        if self._kind.is_movie:
            presentations, counts = self._load_movies(deposit, crop)
        else:
            presentations, counts = self._load_images(deposit, crop_frames(frames.pixels, crop))
        fields = [[make_field(outline, crop) for outline in each] for each in outlines]
        neurons = self._name_neurons(deposit, counts, fields)
        return {self._session: Recording(presentations, neurons, self._rate_hz, provenance)}

    def write_nwb(self, path: Path) -> tuple[str, ...]:
        """Write one retina's movies or images, spike times and receptive fields; see `dryad_nwb`."""
        check_convertible(self)
        from sysid_datasets.dryad_nwb import Shown, write_recording  # pynwb is slow to import
        from sysid_datasets.dryad_session import place_images, place_movies

        (recording,) = self.load().values()
        deposit, shown = open_deposit(self.path), recording.presentations
        native_px = read_frames(deposit, self._kind.folder, self._kind.stem, self.size_px).native_px
        if self._kind.is_movie:
            pixels = {each.name: np.asarray(each.stimulus)[:, 0] for each in shown}
            session = place_movies(
                {name: (*self._read_retinas(deposit, name), len(frames)) for name, frames in pixels.items()}
            )
        else:
            pixels = {self.stimulus: np.concatenate([each.stimulus[:, 0] for each in shown])}
            (name,) = self._spike_files(self.stimulus)
            session = place_images(self.stimulus, read_image_trains(deposit, name, IMAGE_MS).trains)
        about = Shown(pixels, self._kind.is_movie, self._rate_hz, native_px)
        return write_recording(path, recording, session, about)

    @property
    def recordings(self) -> tuple[str, ...]:
        """The recordings by number, side by side."""
        return ("1", "2") if self.recording == "both" else (self.recording,)

    @property
    def _kind(self) -> Stimulus:
        return STIMULI[self.stimulus]

    @property
    def _shown(self) -> tuple[str, ...]:
        """What was shown, each a name in the catalogue; the second only tests."""
        return (self.stimulus,) if self.test_stimulus is None else (self.stimulus, self.test_stimulus)

    @property
    def _session(self) -> str:
        return "both" if self.recording == "both" else f"recording{self.recording}"

    @property
    def _rate_hz(self) -> float:
        return self.frame_rate_hz if self._kind.is_movie else 1000 / IMAGE_MS

    @property
    def _late_s(self) -> float:
        return self.shift_s if self.control == "shift" else 0.0

    def _spike_files(self, shown: str) -> tuple[str, ...]:
        return tuple(STIMULI[shown].spike_file(recording) for recording in self.recordings)

    @property
    def _field_files(self) -> tuple[str, ...]:
        if self.stimulus == "shifts":
            return ()  # their outlines are not in the coordinates of the others, and in which is not known
        return tuple(self._kind.field_file(recording) for recording in self.recordings)

    @property
    def _shuffle_draw(self) -> int | None:
        return self.draw if self.control == "shuffle_sections" else None

    def _provenance(self, deposit: Deposit) -> Provenance:
        names = [
            deposit.require_recording(name) for shown in self._shown for name in self._spike_files(shown)
        ]
        names += [deposit.require(name) for name in self._field_files]
        for kind in (STIMULI[shown] for shown in self._shown):
            names += deposit.names(kind.folder, kind.stem)
        files = deposit.digests(names)
        tested = "" if self.test_stimulus is None else f", tested on {self.test_stimulus}"
        return Provenance(
            source=f"Dryad {DOI} (Onken et al. 2016): {self.stimulus}{tested}, recording {self.recording}",
            checksum=combined_checksum(files),
            simulated=False,
            doi=DOI,
            licence=LICENCE,
            files=files,
            notes=self._write_notes(deposit),
        )

    def _write_notes(self, deposit: Deposit) -> tuple[str, ...]:
        notes: tuple[str, ...] = ()
        if self._kind.is_movie:
            retinas = [self._read_retinas(deposit, shown) for shown in self._shown]
            everything = tuple(retina for each in retinas for retina in each)
            notes = write_movie_notes(everything, self.frame_rate_hz, self.first_section_s is None)
            notes += write_transfer_note(*retinas) if self.test_stimulus else ()
        elif self.stimulus == "shifts":
            notes = SHIFTS
        return notes + write_control_note(self.control, self.shift_s, self.draw)

    def _read_retinas(self, deposit: Deposit, shown: str) -> tuple[Retina, ...]:
        frames = len(deposit.names(STIMULI[shown].folder, STIMULI[shown].stem))
        retinas = []
        for recording, name in zip(self.recordings, self._spike_files(shown), strict=True):
            first_s = FIRST_SECTION_S[recording] if self.first_section_s is None else self.first_section_s
            clock = SectionClock(
                first_s, self.section_period_s, self.section_duration_s, self.frame_rate_hz, self._late_s
            )
            retinas.append(read_retina(deposit, name, clock, frames, self._shuffle_draw))
        return tuple(retinas)

    def _load_movies(self, deposit: Deposit, crop: Crop) -> tuple[tuple[Presentation, ...], list[int]]:
        presentations: list[Presentation] = []
        counts: list[int] = []
        for shown in self._shown:
            retinas = self._read_retinas(deposit, shown)
            here = [retina.spikes.neurons for retina in retinas]
            counts = counts or here
            if here != counts:
                raise SysidError(
                    f"{deposit.path}: {retinas[0].name}: Spikes: expected the neurons of {self.stimulus}, "
                    f"{counts} by recording, got {here}"
                )
            frames = read_frames(deposit, STIMULI[shown].folder, STIMULI[shown].stem, self.size_px)
            pixels = crop_frames(frames.pixels, crop)
            presentations.append(present_movie(shown, pixels, retinas, self._splitter(shown)))
        return tuple(presentations), counts

    def _splitter(self, shown: str) -> Callable[[int], np.ndarray]:
        """Return what divides the stretches of one movie into parts."""
        if shown == self.test_stimulus:
            return lambda count: np.full(count, "test")
        split = split_blocks if self.test_stimulus is None else split_training
        return lambda count: split(count, self.folds, self.fold, self.validation_fraction)

    def _load_images(
        self, deposit: Deposit, pixels: np.ndarray
    ) -> tuple[tuple[Presentation, ...], list[int]]:
        counts = read_counts(deposit, self._spike_files(self.stimulus))
        parts = split_images(counts[0].shape[1], self.folds, self.fold, self.validation_fraction)
        presentations = present_images(
            self._kind.stem, pixels, join_counts(counts), parts, self._shuffle_draw
        )
        return presentations, [each.shape[3] for each in counts]

    def _name_neurons(
        self, deposit: Deposit, counts: list[int], fields: list[list[ReceptiveField]]
    ) -> tuple[Neuron, ...]:
        neurons: list[Neuron] = []
        for index, (recording, count) in enumerate(zip(self.recordings, counts, strict=True)):
            known = fields[index] if fields else [None] * count
            if len(known) != count:
                raise SysidError(
                    f"{deposit.path}: {self._field_files[index]}: ReceptiveFields: expected {count}, one per "
                    f"neuron, got {len(known)}"
                )
            neurons += [Neuron(f"exp{recording}/cell{cell + 1:02d}", known[cell]) for cell in range(count)]
        return tuple(neurons)
