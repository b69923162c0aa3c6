"""Open a finished run: `sysid.load_run`."""

from pathlib import Path
from typing import Any

import attrs
import numpy as np
import torch
from torch import Tensor

from sysid.checkpoint import read_tensors
from sysid.component import Kind
from sysid.configuration import Samples, Training
from sysid.errors import DataNotFoundError, SysidError
from sysid.interface import Core, Dataset, Encoder, Readout
from sysid.model import Architecture, Model, assemble
from sysid.neuron_knowledge import nameless_population
from sysid.outline import outline
from sysid.population import Population
from sysid.recording import Recording
from sysid.registry import Registry, discover
from sysid.run_folder import RunFolder
from sysid.run_plan import structure_component
from sysid.schema import structure
from sysid.split import Window


@attrs.frozen(eq=False)
class Run:
    """One run as it lies on disk.

    Attributes:
        folder: its files.
        information: `run.json`.
        model: with the best weights, on the CPU, in evaluation mode.
        samples, training, dataset: as in the recipe.
        architecture: the configs the model is made of.
    """

    folder: RunFolder
    information: dict[str, Any]
    model: Model
    samples: Samples
    training: Training
    architecture: Architecture
    dataset: Dataset
    _populations: dict[str, Population]

    @property
    def seed(self) -> int:
        """The seed of first weights, order, noise and dropout."""
        return int(self.information["identity"]["configuration"]["seed"])

    @property
    def metrics(self) -> dict[str, Any]:
        """The scores of the test part, as in `metrics.json`."""
        return self.folder.scores()

    @property
    def window(self) -> Window:
        """Which frames predict a bin."""
        return Window(self.samples.history, self.samples.include_current)

    @property
    def recordings(self) -> dict[str, Recording]:
        """The recordings by session, found again by the run's configuration and checked by checksum.

        Raises:
            DataNotFoundError: the data are not on this machine any more.
            SysidError: they are there, but are not what the run was trained on.
        """
        stored = self.information["data"]
        try:
            found = self.dataset.provenance()
        except DataNotFoundError as error:
            raise DataNotFoundError(f"{self.folder.path}: its recording is not here: {error}") from error
        if found.checksum != stored["checksum"]:
            raise SysidError(
                f"{self.folder.path}: expected the data it was trained on ({stored['source']}), "
                f"found other data of that name ({found.source})"
            )
        return self.dataset.load()

    @property
    def recording(self) -> Recording:
        """The recording of a run with one session.

        Raises:
            SysidError: the run has several sessions.
        """
        recordings = self.recordings
        if len(recordings) > 1:
            raise SysidError(f"{self.folder.path}: expected one session, got {', '.join(recordings)}")
        return next(iter(recordings.values()))

    def untrained_model(self) -> Model:
        """Return the model as it was before training: the same seed, the same standardisation."""
        shapes = outline(self.architecture, self._populations).shapes
        model = assemble(self.architecture, shapes, self._populations, self.seed)
        model.standardization.load_state_dict(self.model.standardization.state_dict())
        return model.eval()

    @torch.no_grad()
    def predict(
        self, stimulus: np.ndarray, *, session: str | None = None, batch_size: int = 256
    ) -> np.ndarray:
        """Predict responses to any stimulus of the run's frame size.

        Args:
            stimulus: (frame, channel, height, width), uint8 or float, in the units of the training stimulus.
            session: whose neurons; may be left out where there is one.
            batch_size: windows at once.

        Returns:
            (frame, neuron), expected response per bin; NaN for the first frames, which have no whole window.

        Raises:
            SysidError: another frame size, or an unknown session.
        """
        _, channels, height, width = self.architecture.input_shape
        if stimulus.ndim != 4 or stimulus.shape[1:] != (channels, height, width):
            raise SysidError(
                f"stimulus: expected (frame, {channels}, {height}, {width}), got {tuple(stimulus.shape)}"
            )
        session = session or next(iter(self._populations))
        if session not in self._populations:
            raise SysidError(f'session: expected one of {", ".join(self._populations)}, got "{session}"')
        rates = np.full((len(stimulus), self._populations[session].count), np.nan, dtype=np.float32)
        bins = np.arange(self.window.reach, len(stimulus))
        history = np.arange(-self.window.reach, 1 - self.window.lead)
        for start in range(0, len(bins), batch_size):
            chosen = bins[start : start + batch_size]
            windows = torch.from_numpy(np.ascontiguousarray(stimulus[chosen[:, None] + history]))
            rates[chosen] = self.model(windows, None, session)[0][:, -1].float().numpy()
        return rates


def load_run(folder: Path | str, *, registry: Registry | None = None) -> Run:
    """Open a run folder: the weights are loaded, nobody's code is run from it, no recording is needed.

    Raises:
        SysidError: not a run folder, not finished, or a part that is not installed.
    """
    place = RunFolder(Path(folder))
    information = place.information()
    if information.get("state") != "finished":
        raise SysidError(f"{place.path}: this run is not finished; `sysid run` goes on with it")
    registry = registry or discover()
    configuration = information["identity"]["configuration"]
    where = str(place.run_file)

    def part(kind: Kind) -> Any:
        return structure_component(registry, kind, configuration[kind], f"{where}: {kind}")[1]

    samples = structure(Samples, configuration["samples"], f"{where}: samples")
    encoder: Encoder = part("encoder")
    core: Core = part("core")
    readout: Readout = part("readout")
    populations = {name: _population(each, samples.history) for name, each in information["sessions"].items()}
    channels, height, width = next(iter(information["sessions"].values()))["frame_shape"]
    architecture = Architecture(encoder, core, readout, (samples.history, channels, height, width))
    model = assemble(architecture, outline(architecture, populations).shapes, populations, seed=0)
    load_weights(model, place)
    training = structure(Training, configuration["training"], f"{where}: training")
    return Run(
        place, information, model.eval(), samples, training, architecture, part("dataset"), populations
    )


def load_weights(model: Model, folder: RunFolder) -> None:
    """Bring the best weights of a run into a model.

    Raises:
        SysidError: the file is broken, or holds other weights than the model has.
    """
    weights: dict[str, Tensor] = read_tensors(folder.weights_file)[0]
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        first = str(error).splitlines()[-1].strip()
        raise SysidError(
            f"{folder.weights_file}: expected the weights of this run's model: {first}"
        ) from error


def _population(session: dict[str, Any], history: int) -> Population:
    """Describe a session's neurons from `run.json`; windows placed by an STA lie in the weights."""
    nameless = nameless_population(len(session["neurons"]), tuple(session["frame_shape"]), history)
    centres = np.array(
        [[np.nan if value is None else value for value in centre] for centre in session["centres"]]
    ).reshape(-1, 2)
    return attrs.evolve(nameless, ids=tuple(session["neurons"]), centres=centres)
