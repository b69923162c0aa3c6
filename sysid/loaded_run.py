"""A finished run: its model, its scores, its recordings, and predictions for any stimulus."""

from typing import Any

import attrs
import numpy as np
import torch
from torch import Tensor

from sysid.behaviour import check_given
from sysid.configuration import Samples, Training
from sysid.errors import DataNotFoundError, SysidError
from sysid.interface import Dataset
from sysid.model import Architecture, Model, assemble
from sysid.outline import outline
from sysid.pixel import check_pixels
from sysid.population import Population
from sysid.recording import Part, Recording, Stimulus
from sysid.run_folder import RunFolder
from sysid.sample import SessionSamples, gather_samples
from sysid.split import Window

BATCH_SIZE = 64  # windows predicted at once: at paper size about 1 GiB


@attrs.frozen(eq=False)
class Run:
    """One run as it lies on disk.

    Attributes:
        folder: its files.
        information: `run.json`.
        model: with the best weights, on the CPU, in evaluation mode.
        samples, training, dataset: as in the recipe.
        architecture: the configs the model is made of.
        notes: what differs from when the run was made, one line each: a package that is newer now.
    """

    folder: RunFolder
    information: dict[str, Any]
    model: Model
    samples: Samples
    training: Training
    architecture: Architecture
    dataset: Dataset
    _populations: dict[str, Population]
    notes: tuple[str, ...] = ()

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

        Where weights were imported without their recording (`sysid import-keras`), no checksum is known:
        then whatever the dataset finds is taken, if its frames are of the size that the weights expect.

        Raises:
            DataNotFoundError: the data are not on this machine any more.
            SysidError: they are there, but are not what the run was trained on.
        """
        stored = self.information["data"]
        try:
            found = self.dataset.provenance()
        except DataNotFoundError as error:
            raise DataNotFoundError(f"{self.folder.path}: its recording is not here: {error}") from error
        if stored["checksum"] and found.checksum != stored["checksum"]:
            raise SysidError(
                f"{self.folder.path}: expected the data it was trained on ({stored['source']}), "
                f"found other data of that name ({found.source})"
            )
        recordings = self.dataset.load()
        frame_shape = self.architecture.input_shape[1:]
        for recording in recordings.values():
            if recording.frame_shape != frame_shape:  # only possible where the checksum is not known
                raise SysidError(
                    f"{self.folder.path}: expected frames {frame_shape} (channel, height, width), "
                    f"got {recording.frame_shape} ({found.source})"
                )
        return recordings

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

    def session_samples(self) -> dict[str, SessionSamples]:
        """Return the samples of every session, on the CPU, as the training had them."""
        return gather_samples(self.recordings, self.samples, torch.device("cpu"))

    def responses_in(self, part: Part) -> dict[str, list[np.ndarray]]:
        """Return the responses of one part, by session and presentation: (repeat, frame, neuron).

        NaN where nothing was recorded, and at every bin that is not in the part: also those whose window
        would leave the presentation or share frames with another part (see `sysid.split`), or which
        `samples.fraction` leaves out. So an analysis of "train" sees what the training saw.

        Args:
            part: "train", "validation" or "test".
        """
        chosen = {}
        for session, samples in self.session_samples().items():
            presentations = samples.recording.presentations
            chosen[session] = [np.full_like(presentation.responses, np.nan) for presentation in presentations]
            for responses, presentation, bins in zip(
                chosen[session], presentations, samples.frames(part), strict=True
            ):
                responses[:, bins] = presentation.responses[:, bins]
        return chosen

    def predict_windows(
        self,
        windows: np.ndarray,
        *,
        behaviour: np.ndarray | None = None,
        session: str | None = None,
        batch_size: int = BATCH_SIZE,
    ) -> np.ndarray:
        """Predict the response that follows each of several windows which need not belong to one movie.

        Args:
            windows: (window, time, channel, height, width), oldest frame first, uint8 or float, in the units
                of the training stimulus; time is the run's history.
            behaviour: (window, time, channel), its last step that of the bin that is predicted, NaN = not
                measured; left out, the average behaviour. Channels are those of the session.
            session: whose neurons; may be left out where there is one.
            batch_size: windows at once.

        Returns:
            (window, neuron), expected response per bin.

        Raises:
            SysidError: another window size, pixels that are no finite numbers, behaviour that is not like the
                session's, or an unknown session.
        """
        if windows.ndim != 5 or windows.shape[1:] != self.architecture.input_shape:
            expected = ", ".join(map(str, self.architecture.input_shape))
            raise SysidError(f"windows: expected (window, {expected}), got {tuple(windows.shape)}")
        check_pixels("windows", windows, "window")
        session = self._session(session)
        history = self.architecture.input_shape[0]
        seen = self._behaviour(behaviour, {"window": len(windows), "step": history}, session)
        rates = np.empty((len(windows), self._populations[session].count), dtype=np.float32)
        for start in range(0, len(windows), batch_size):
            batch = torch.from_numpy(np.array(windows[start : start + batch_size], order="C"))
            beside = None if seen is None else seen[start : start + batch_size]
            rates[start : start + batch_size] = self._rates(batch, beside, session)
        return rates

    @torch.no_grad()
    def _rates(self, windows: Tensor, behaviour: Tensor | None, session: str) -> np.ndarray:
        """Return what is expected after each window, (window, neuron)."""
        return self.model(windows, behaviour, session)[0][:, -1].float().numpy()

    def _behaviour(self, behaviour: np.ndarray | None, axes: dict[str, int], session: str) -> Tensor | None:
        """Return behaviour that a session's readout can be given."""
        if behaviour is None:
            return None
        names = self._populations[session].behaviour
        return torch.from_numpy(check_given("behaviour", behaviour, axes, names))

    def _session(self, session: str | None) -> str:
        """Return the session asked for, or the first."""
        session = session or next(iter(self._populations))
        if session not in self._populations:
            raise SysidError(f'session: expected one of {", ".join(self._populations)}, got "{session}"')
        return session

    def untrained_model(self) -> Model:
        """Return the model as it was before training: the same seed, the same standardisation."""
        shapes = outline(self.architecture, self._populations).shapes
        with torch.random.fork_rng(devices=[]):  # whoever asks may be drawing numbers of their own
            model = assemble(self.architecture, shapes, self._populations, self.seed)
        model.standardization.load_state_dict(self.model.standardization.state_dict())
        return model.eval()

    def predict(
        self,
        stimulus: Stimulus,
        *,
        behaviour: np.ndarray | None = None,
        session: str | None = None,
        batch_size: int = BATCH_SIZE,
    ) -> np.ndarray:
        """Predict responses to any stimulus of the run's frame size.

        Args:
            stimulus: (frame, channel, height, width), uint8 or float, in the units of the training stimulus:
                an array, or anything that reads frames when it is sliced, such as an HDF5 dataset, of which
                no more than `batch_size` windows are in memory at once.
            behaviour: (frame, channel) beside the stimulus, NaN = not measured; left out, the average
                behaviour. Channels are those of the session.
            session: whose neurons; may be left out where there is one.
            batch_size: windows at once.

        Returns:
            (frame, neuron), expected response per bin; NaN for the first frames, which have no whole window.

        Raises:
            SysidError: another frame size, pixels that are no finite numbers, behaviour that is not like the
                session's, or an unknown session.
        """
        history, channels, height, width = self.architecture.input_shape
        shape = tuple(stimulus.shape)
        if len(shape) != 4 or shape[1:] != (channels, height, width):
            raise SysidError(f"stimulus: expected (frame, {channels}, {height}, {width}), got {shape}")
        check_pixels("stimulus", stimulus, "frame")
        session = self._session(session)
        frames, window = shape[0], self.window
        seen = self._behaviour(behaviour, {"frame": frames}, session)
        rates = np.full((frames, self._populations[session].count), np.nan, dtype=np.float32)
        for start in range(window.reach, frames, batch_size):
            stop = min(start + batch_size, frames)
            read = np.array(stimulus[start - window.reach : stop - window.lead], order="C")
            windows = torch.from_numpy(read).unfold(0, history, 1)  # bin channel height width time
            beside = None if seen is None else seen[start - history + 1 : stop].unfold(0, history, 1).mT
            rates[start:stop] = self._rates(windows.movedim(-1, 1).contiguous(), beside, session)
        return rates
