"""Dataset `sensorium`: mouse visual cortex watching videos, as the SENSORIUM competitions give it out."""

from pathlib import Path

import attrs

from sysid import Dataset, Description, Provenance, Recording, SysidError, key
from sysid_datasets.neurodata.crop import EXPECTED_CROP, SIZE_PX, is_crop
from sysid_datasets.neurodata.session import name_session
from sysid_datasets.sensorium_plan import make_plan
from sysid_datasets.sensorium_recording import read_recording
from sysid_datasets.sensorium_response import Channel


@attrs.frozen
class Sensorium(Dataset):
    """Read the folder of one mouse of the SENSORIUM 2023 competition, or of others in that format.

    Turishcheva et al. (2023), "The Dynamic Sensorium competition for predicting large-scale mouse visual
    cortex activity from videos", arXiv:2305.19654; the static images of Willeke et al. (2022),
    arXiv:2206.08666, are read as well. Choose it for thousands of cells of mouse V1 with running speed and
    pupil, and to compare with what was published on them. Several mice are several `sessions` of a recipe.

    A trial is a file of its number in each of `data/videos` (height, width, time), `data/responses` (neuron,
    time), `data/behavior` (2, time) and `data/pupil_center` (2, time), at 30 Hz, with NaN behind its end;
    `meta/trials/tiers.npy` says what it is for. Trials that show the same are repeats, also where they lie in
    several tiers: what is tested on never trains. Responses are deconvolved calcium traces, not below zero,
    so that the Poisson loss takes them. Behaviour is delivered as stored; readouts standardise it.

    Videos stay on disk until they are sliced; responses are in memory, 4 MB for 100 neurons and 10,000
    frames.
    """

    path: Path = key(
        "folder with data and meta of one mouse, relative to the working directory of the command; if it is "
        "not there, below $SYSID_DATA_DIR, then in the cache"
    )
    train: tuple[str, ...] = key("tiers to train on", default=("train",))
    validation: tuple[str, ...] = key(
        "tiers to validate on; empty, a share of the videos to train on", default=()
    )
    validation_fraction: float = key(
        "share of the videos to train on that is drawn for validation where no tier is named",
        default=0.1,
        at_least=0,
        below=1,
    )
    test: tuple[str, ...] = key(
        "tiers to test on; the responses of live_test and final_test were withheld by the competition",
        default=("oracle",),
    )
    shown: tuple[str, ...] = key(
        "tiers whose videos and behaviour are carried along without responses, such as the withheld ones; "
        "they neither train nor score",
        default=(),
    )
    behaviour: tuple[Channel, ...] = key(
        "channels that readouts may use: pupil_dilation, running_speed, pupil_x, pupil_y", default=()
    )
    responses_scaling: bool = key(
        "divide each neuron's responses by its standard deviation, from meta/statistics, as the competition "
        "does",
        default=True,
    )
    unscored_frames: int = key(
        "frames at the beginning of every video that neither train nor score, but are history of the next",
        default=50,
        unit="frames",
        at_least=0,
    )
    neurons: int | None = key("keep so many neurons, the first; left out, all", default=None, at_least=1)
    crop: tuple[int, ...] = key(
        "keep a part of the frames: [top, left, height, width]; empty, all", default=(), unit="px", at_least=0
    )
    size_px: int | None = key(SIZE_PX, default=None, unit="px", at_least=1)
    frame_rate_hz: float = key("frame rate of videos; not in the files", default=30.0, unit="Hz", above=0)

    def describe(self) -> dict[str, Description]:
        """Return what the fields declare; the session has the folder's name."""
        _check_fields(self)
        described = Description(
            height=self.size_px, frame_rate_hz=self.frame_rate_hz, behaviour=len(self.behaviour)
        )
        return {self._session: described}

    def provenance(self) -> Provenance:
        """Find the folder and say where it comes from, and what was chosen and masked.

        Every file that is used is read for it, once per process.
        """
        _check_fields(self)
        return make_plan(self).provenance

    def load(self) -> dict[str, Recording]:
        """Return the one session, named as its folder.

        Raises:
            DataNotFoundError: the folder is not on this machine.
            SysidError: it is broken, or lacks what the fields name; the line says what there is.
        """
        _check_fields(self)
        return {self._session: read_recording(self, make_plan(self))}

    @property
    def _session(self) -> str:
        return name_session(None, self.path.expanduser().resolve())


def _check_fields(dataset: Sensorium) -> None:
    """Refuse fields that a recipe would not have made, and those that leave nothing to do."""
    for name in ("train", "validation", "test", "shown", "behaviour"):
        value = getattr(dataset, name)
        if isinstance(value, str):
            raise SysidError(f'sensorium: {name}: expected an array of names, ("{value}",), got "{value}"')
        if name in ("train", "test") and not value:
            raise SysidError(f"sensorium: {name}: expected at least one tier, got none")
    if not is_crop(dataset.crop):
        raise SysidError(f"sensorium: crop: expected {EXPECTED_CROP}, got {list(dataset.crop)}")
