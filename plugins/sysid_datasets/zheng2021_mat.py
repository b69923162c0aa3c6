"""Dataset `zheng2021_mat`: the two-cell simulation that Zheng et al. 2021 released with their code."""

from pathlib import Path

import attrs
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
    checksum,
    combined_checksum,
    find_data,
    key,
)
from sysid_datasets.git_blob import note_unknown_blob
from sysid_datasets.matlab_file import read_variables

SESSION = "retina"
FOLDER = "zheng2021_hdf5"  # the released files lie together
FILE = "cell_simpleNL_off_2GC_v3.mat"
BLOB = "6d8507059e44f39d2d4c515c842f64d9a423e048"
HOW_TO_GET = "`sysid fetch zheng2021_hdf5` gets the released files"
SIZE_PX = 8
NEURONS = 2


@attrs.frozen
class Zheng2021Mat(Dataset):
    """Read the simulation of Fig. 2: two OFF cells watching 8×8 binary noise, `CB` 8×8×T and `fr` T×2.

    Released by Zheng, Jia, Yu, Liu, Huang (2021), doi:10.1016/j.patter.2021.100350. Choose it to repeat
    Fig. 2 on the paper's own rates; its subunits were not released, so `simulated_retina` with
    `layout = "fig2"` is the one with which to ask whether subunits are found. The responses are noise-free
    rates as stored, in one repeat; their unit is not stated.
    """

    path: Path | None = key(
        "the .mat file, or the folder it is in, relative to the working directory of the command; left out, "
        "`zheng2021_hdf5` in $SYSID_DATA_DIR, then in the cache",
        default=None,
    )
    test_fraction: float = key(
        "part of the frames, the last, that is for testing", default=1 / 6, above=0, below=1
    )
    validation_fraction: float = key(
        "part of the training frames, the last, that is for validation", default=0.1, at_least=0, below=1
    )
    frame_rate_hz: float = key("frame rate; not in the file", default=30.0, unit="Hz", above=0)

    def describe(self) -> dict[str, Description]:
        """Return the sizes of the released file."""
        return {SESSION: Description(1, SIZE_PX, SIZE_PX, NEURONS, frame_rate_hz=self.frame_rate_hz)}

    def provenance(self) -> Provenance:
        """Return where the file comes from; another file than the released one is noted."""
        path = self._find()
        files = ((path.name, checksum(path)),)
        return Provenance(
            source="Zheng et al. 2021, released code, two simulated OFF cells",
            checksum=combined_checksum(files),
            simulated=True,
            doi="10.1016/j.patter.2021.100350",
            licence="released for academic use",
            files=files,
            notes=("a published simulation", *note_unknown_blob(path, BLOB)),
        )

    def load(self) -> dict[str, Recording]:
        """Read the file; 300,000 frames are 77 MB.

        Raises:
            DataNotFoundError: the file is not on this machine.
            SysidError: it is not a MATLAB file or cut short, or misses a variable, or has other axes.
        """
        path = self._find()
        frames, rates = _read_mat(path)
        if not np.isfinite(frames).all():
            first = int((~np.isfinite(frames)).any(axis=(1, 2, 3)).argmax())
            raise SysidError(
                f"{path}: CB: expected finite pixels, got NaN or infinity, first in frame {first}"
            )
        count = len(frames)
        test = count - max(1, round(self.test_fraction * count))
        validation = test - round(self.validation_fraction * test)
        presentation = Presentation(
            name="noise",
            stimulus=frames,
            responses=rates[None],  # 1 frame neuron
            bin_duration_s=np.full(count, 1 / self.frame_rate_hz),
            train=((0, validation),),
            validation=((validation, test),) if validation < test else (),
            test=((test, count),),
            response_kind="rate",
        )
        neurons = tuple(Neuron(name) for name in ("A", "B"))
        return {SESSION: Recording((presentation,), neurons, self.frame_rate_hz, self.provenance())}

    def _find(self) -> Path:
        found = find_data((FOLDER,), self.path, HOW_TO_GET)
        path = found if found.is_file() else found / FILE
        if not path.is_file():
            raise DataNotFoundError(f"{path}: no such file; {HOW_TO_GET}")
        return path


def _read_mat(path: Path) -> tuple[Float[np.ndarray, "frame 1 8 8"], Float[np.ndarray, "frame 2"]]:
    """Return `CB` as frames and `fr`, both float32."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SysidError(f"{path}: expected a readable file, got {error.strerror or error}") from error
    found = read_variables(content, str(path))
    for name, words in (("CB", "(8, 8, frame)"), ("fr", "(frame, 2)")):
        if name not in found:
            names = ", ".join(f'"{each}"' for each in found if not each.startswith("__")) or "nothing"
            raise SysidError(f'{path}: expected variable "{name}", found {names}')
        values = found[name]
        frames = values.shape[-1] if name == "CB" else values.shape[0]
        wanted = (SIZE_PX, SIZE_PX, frames) if name == "CB" else (frames, NEURONS)
        if values.shape != wanted or frames == 0 or values.dtype.kind not in "buif":
            raise SysidError(
                f"{path}: {name}: expected numbers {words}, got {values.dtype} of shape {values.shape}"
            )
    frames, bins = found["CB"].shape[2], len(found["fr"])
    if bins != frames:
        raise SysidError(f"{path}: fr: expected {frames} bins, one per frame of CB, got {bins}")
    noise = np.moveaxis(found["CB"], 2, 0)[:, None]  # frame 1 height width
    return noise.astype(np.float32, order="C"), found["fr"].astype(np.float32)
