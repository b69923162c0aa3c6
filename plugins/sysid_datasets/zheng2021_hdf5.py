"""Dataset `zheng2021_hdf5`: the retinal recording that Zheng et al. 2021 released with their code."""

from pathlib import Path
from typing import Literal

import attrs
import h5py
import numpy as np
from jaxtyping import Float

from sysid import (
    DataNotFoundError,
    Dataset,
    Description,
    Neuron,
    Presentation,
    Provenance,
    Recording,
    SysidError,
    check_dataset,
    checksum,
    combined_checksum,
    find_data,
    key,
)
from sysid_datasets.git_blob import note_unknown_blob
from sysid_datasets.lazy_frame import LazyFrames, open_hdf5

SESSION = "retina"
FOLDER = "zheng2021_hdf5"
HOW_TO_GET = "`sysid fetch zheng2021_hdf5` gets the released files"
# part of the file names and of the dataset names → git blob id of the released file
FILES = {
    "train": ("train_mov3.hdf5", "mov3_trn", "379fe3e59435c368ade279ece50eb9463400d181"),
    "test": ("test_mov3.hdf5", "mov3_tst", "b525856cd81b1d0295c1460dcdb5dd5b4b2c925b"),
}


@attrs.frozen
class Zheng2021HDF5(Dataset):
    """Read the 80 salamander ganglion cells watching movie 2, `train_mov3.hdf5` and `test_mov3.hdf5`.

    Released by Zheng, Jia, Yu, Liu, Huang (2021), doi:10.1016/j.patter.2021.100350; recorded by Onken et al.
    (2016), doi:10.1371/journal.pcbi.1005189. Choose it to run the paper's networks on the paper's data: the
    deposit 10.5061/dryad.4ch10 does not hold these 60 s.

    A file holds a movie `mov3_trn_x` (90, 90, frame), mean responses `mov3_trn_r` (80, frame) and single
    trials `mov3_trn_y` (trial, 80, frame), or `mov3_tst_x` and so on. The stored order of the two spatial
    axes is kept as height, width; which of them is vertical is stated nowhere. Bins of 33 ms are taken to be
    one frame each.

    Differs: the released code used the test file for validation as well; here the last block of the training
    file is for validation.
    """

    path: Path | None = key(
        "folder with the two files, or one of them, relative to the working directory of the command; left "
        "out, `zheng2021_hdf5` in $SYSID_DATA_DIR, then in the cache",
        default=None,
    )
    neurons: int = key("number of cells in the files", default=80, at_least=1)
    size_px: int = key("height and width of the movie in the files", default=90, unit="px", at_least=1)
    responses: Literal["trials", "mean"] = key(
        "single trials, or the stored mean over trials as it is (its unit is not stated)", default="trials"
    )
    clip_spikes: bool = key(
        "count more than one spike of a trial in a bin as one, as published", default=True
    )
    validation_fraction: float = key(
        "part of the training file, the last, that is for validation", default=0.1, at_least=0, below=1
    )
    frame_rate_hz: float = key("frame rate; not in the files", default=30.0, unit="Hz", above=0)

    def describe(self) -> dict[str, Description]:
        """Return the sizes that the fields declare."""
        size = self.size_px
        return {SESSION: Description(1, size, size, self.neurons, frame_rate_hz=self.frame_rate_hz)}

    def provenance(self) -> Provenance:
        """Return where the files come from; files other than the released ones are noted."""
        paths = self._find()
        files = tuple((path.name, checksum(path)) for path in paths.values())
        blobs = [note_unknown_blob(path, FILES[part][2]) for part, path in paths.items()]
        return Provenance(
            source="Zheng et al. 2021, released code, movie 2 (mov3)",
            checksum=combined_checksum(files),
            simulated=False,
            doi="10.1016/j.patter.2021.100350",
            licence="released for academic use",
            files=files,
            notes=sum(blobs, ()),
        )

    def load(self) -> dict[str, Recording]:
        """Read responses; the movies stay on disk until they are sliced.

        Raises:
            DataNotFoundError: a file is not on this machine.
            SysidError: a file is not HDF5 or cut short, misses a dataset, or holds other sizes than declared.
        """
        presentations, notes = [], []
        for part, path in self._find().items():
            presentation, note = self._read(part, path)
            presentations.append(presentation)
            notes.append(note)
        provenance = self.provenance()
        provenance = attrs.evolve(provenance, notes=(*provenance.notes, *notes))
        neurons = tuple(Neuron(str(number)) for number in range(self.neurons))
        return {SESSION: Recording(tuple(presentations), neurons, self.frame_rate_hz, provenance)}

    def _find(self) -> dict[str, Path]:
        """Return the file of each part."""
        folder = find_data((FOLDER,), self.path, HOW_TO_GET)
        folder = folder.parent if folder.is_file() else folder
        paths = {part: folder / name for part, (name, _, _) in FILES.items()}
        for path in paths.values():
            if not path.is_file():
                raise DataNotFoundError(f"{path}: no such file; {HOW_TO_GET}")
        return paths

    def _read(self, part: str, path: Path) -> tuple[Presentation, str]:
        """Read one file: its presentation, and how its mean responses relate to its trials."""
        prefix = FILES[part][1]
        with open_hdf5(path) as file:
            movie, stored_mean, trials = (_find_dataset(file, path, f"{prefix}_{end}") for end in "xry")
            size, frames = self.size_px, movie.shape[-1] if movie.ndim else 0
            _check_shape(path, movie, f"({size}, {size}, frame)", (size, size, frames))
            _check_responses(path, stored_mean, f"({self.neurons}, frame)", (self.neurons,), movie)
            repeats = len(trials) if trials.ndim else 0
            wanted = (repeats, self.neurons)
            _check_responses(path, trials, f"(trial, {self.neurons}, frame)", wanted, movie)
            dtype = np.dtype(np.uint8 if movie.dtype == np.uint8 else np.float32)
            stimulus = LazyFrames(path, f"{prefix}_x", (frames, 1, size, size), dtype)
            mean = np.asarray(stored_mean, dtype=np.float32).T  # frame neuron
            single = np.moveaxis(np.asarray(trials, dtype=np.float32), 1, 2)  # trial frame neuron
        stimulus.check_finite()
        note = f"{path.name}: {prefix}_r is {_relate(mean, single)} of {prefix}_y as stored"
        if self.clip_spikes:
            single = np.minimum(single, 1)
            note += f", {_relate(mean, single)} with several spikes in a bin counted as one"
        return self._present(part, stimulus, single if self.responses == "trials" else mean[None]), note

    def _present(self, part: str, stimulus: LazyFrames, responses: np.ndarray) -> Presentation:
        """Put stimulus and responses together and divide the training file."""
        frames = stimulus.shape[0]
        start = frames - round(self.validation_fraction * frames)
        ranges = {"test": ((0, frames),)}
        if part == "train":
            ranges = {"train": ((0, start),), "validation": ((start, frames),) if start < frames else ()}
        return Presentation(
            name=part,
            stimulus=stimulus,
            responses=responses,
            bin_duration_s=np.full(frames, 1 / self.frame_rate_hz),
            response_kind="spikes" if self.responses == "trials" else "mean over trials, as stored",
            **ranges,
        )


def _find_dataset(file: h5py.File, path: Path, name: str) -> h5py.Dataset:
    found = file.get(name)
    if not isinstance(found, h5py.Dataset):
        names = ", ".join(f'"{each}"' for each in file) or "nothing"
        raise SysidError(f'{path}: expected dataset "{name}", found {names}')
    if found.file.filename != file.filename:
        raise SysidError(f"{path}: {name}: expected data in this file, got a link to {found.file.filename}")
    check_dataset(found, f"{path}: {name}", whole=not name.endswith("_x"))  # frames are read as needed
    return found


def _check_shape(path: Path, dataset: h5py.Dataset, words: str, wanted: tuple[int, ...]) -> None:
    name = dataset.name.lstrip("/")
    if dataset.shape != wanted:
        raise SysidError(f"{path}: {name}: expected shape {words}, got {dataset.shape}")
    if dataset.dtype.kind not in "buif" or 0 in dataset.shape:
        raise SysidError(f"{path}: {name}: expected numbers, got {dataset.dtype} of shape {dataset.shape}")


def _check_responses(
    path: Path, dataset: h5py.Dataset, words: str, leading: tuple[int, ...], movie: h5py.Dataset
) -> None:
    """Refuse responses of another shape, and first of all of another length than the movie."""
    frames, bins = movie.shape[-1], dataset.shape[-1] if dataset.ndim == len(leading) + 1 else None
    if bins is not None and bins != frames:
        raise SysidError(
            f"{path}: {dataset.name.lstrip('/')}: expected {frames} bins, one per frame of "
            f"{movie.name.lstrip('/')}, got {bins}"
        )
    _check_shape(path, dataset, words, (*leading, frames))


def _relate(mean: Float[np.ndarray, "frame neuron"], trials: Float[np.ndarray, "trial frame neuron"]) -> str:
    """Say by which factor the stored mean differs from the mean of the trials, by least squares."""
    own = trials.mean(axis=0, dtype=np.float64)
    both = np.isfinite(own) & np.isfinite(mean)
    power = np.square(own[both]).sum()
    if power == 0:
        return "not comparable with the mean"
    factor = (own[both] * mean[both]).sum() / power
    rest = np.square(mean[both] - factor * own[both]).mean() ** 0.5
    return f"{factor:.6g} times the mean (rms deviation {rest:.2g})"
