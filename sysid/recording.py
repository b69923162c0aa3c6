"""What was shown and what was recorded to it."""

from typing import Any, Literal, Protocol, get_args, runtime_checkable

import attrs
import numpy as np

from sysid.behaviour import check_recorded
from sysid.errors import SysidError
from sysid.provenance import Provenance

Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = get_args(Part)
COUNTS = "spikes"  # the kind of responses that are counts; all others are measures
FrameRanges = tuple[tuple[int, int], ...]


@runtime_checkable
class Stimulus(Protocol):
    """Frames that are read when they are indexed: a numpy array, a memory map, an HDF5 dataset."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(frame, channel, height, width)."""
        ...

    @property
    def dtype(self) -> Any:
        """uint8 or float32."""
        ...

    def __getitem__(self, frames: slice) -> np.ndarray:
        """Return consecutive frames, (frame, channel, height, width)."""
        ...


@attrs.frozen(eq=False)
class ReceptiveField:
    """What a recording knows of where a neuron looks.

    Attributes:
        centre: (x, y) in pixels of the stimulus as delivered; x to the right, y down; the middle of the
            first pixel is (0, 0).
        outline: (2, point), x and y of a contour in the same pixels, where known.
    """

    centre: tuple[float, float]
    outline: np.ndarray | None = None


@attrs.frozen(eq=False)
class Neuron:
    """Name one neuron and say what is known of it.

    Attributes:
        id: the identity in the source, not the row number where the two differ.
        receptive_field: where known.
        properties: anything else by name (cell type, area, quality), text or number.
    """

    id: str
    receptive_field: ReceptiveField | None = None
    properties: dict[str, str | float] = attrs.Factory(dict)


@attrs.frozen(eq=False)
class Truth:
    """What a simulation knows and a recording never does; whatever does not apply is None.

    Attributes:
        subunits: (subunit, lag, height, width), lag 0 the newest frame, each of unit norm.
        weights: (neuron, subunit), how much each neuron takes of each subunit.
        filters: (neuron, lag, height, width), the linear part of each neuron, lag 0 the newest frame.
        centres: (neuron, 2), receptive field centres (x, y) in stimulus pixels.
        rates: presentation name → (frame, neuron), noise-free expected responses per bin.
    """

    subunits: np.ndarray | None = None
    weights: np.ndarray | None = None
    filters: np.ndarray | None = None
    centres: np.ndarray | None = None
    rates: dict[str, np.ndarray] = attrs.Factory(dict)


@attrs.frozen(eq=False)
class Presentation:
    """One uninterrupted stimulus and what was recorded to it; a history never leaves it.

    Attributes:
        name: unique within the recording.
        stimulus: (frame, channel, height, width), uint8 or float32, sliced lazily.
        responses: (repeat, frame, neuron), float32, spikes per frame; NaN = not recorded.
        bin_duration_s: (frame,), how long each frame was on screen.
        train, validation, test: half-open frame ranges (start, stop) of the response bins of each part.
        identity: repeats of one stimulus share it and stay in one part of the split; the name if empty.
        behaviour: (frame, channel), float32, NaN = not measured.
        section: (frame,), int, which independent stretch of recording a bin belongs to; −1 = none.
            Confidence intervals resample sections; None = resample by autocorrelation.
        response_kind: "spikes" (counts) or "fluorescence" or whatever the source names.

    Raises:
        SysidError: axes that do not fit together, ranges outside the frames or overlapping, a response that
            is infinite, a stimulus held in memory that has NaN.
    """

    name: str
    stimulus: Stimulus
    responses: np.ndarray
    bin_duration_s: np.ndarray
    train: FrameRanges = ()
    validation: FrameRanges = ()
    test: FrameRanges = ()
    identity: str = ""
    behaviour: np.ndarray | None = None
    section: np.ndarray | None = None
    response_kind: str = COUNTS

    def __attrs_post_init__(self) -> None:
        frames = self.frames
        if len(self.stimulus.shape) != 4:
            raise SysidError(
                f"{self.name}: stimulus: expected 4 axes (frame, channel, height, width), "
                f"got {len(self.stimulus.shape)}"
            )
        if self.stimulus.dtype not in (np.uint8, np.float32):
            raise SysidError(f"{self.name}: stimulus: expected uint8 or float32, got {self.stimulus.dtype}")
        if self.responses.ndim != 3:
            raise SysidError(
                f"{self.name}: responses: expected 3 axes (repeat, frame, neuron), got {self.responses.ndim}"
            )
        if self.responses.shape[1] != frames:
            raise SysidError(
                f"{self.name}: responses: expected {frames} bins, one per stimulus frame, "
                f"got {self.responses.shape[1]}"
            )
        for what in ("bin_duration_s", "behaviour", "section"):
            values = getattr(self, what)
            if values is not None and len(values) != frames:
                raise SysidError(f"{self.name}: {what}: expected {frames} frames, got {len(values)}")
        self._check_responses()
        if isinstance(self.stimulus, np.ndarray) and self.stimulus.dtype == np.float32:
            broken = ~np.isfinite(self.stimulus).all(axis=(1, 2, 3))
            if broken.any():
                raise SysidError(
                    f"{self.name}: stimulus: expected finite pixels, got NaN or infinity in "
                    f"{int(broken.sum())} frames, the first {int(broken.argmax())}"
                )
        self._check_parts()

    def _check_responses(self) -> None:
        """Refuse what no loss and no score could be computed of; repeat by repeat, as there may be many."""
        for repeat, of_repeat in enumerate(self.responses):
            infinite = np.isinf(of_repeat)
            if infinite.any():
                frame, neuron = np.argwhere(infinite)[0].tolist()
                raise SysidError(
                    f"{self.name}: responses: expected finite numbers or NaN (not recorded), got infinity, "
                    f"first in repeat {repeat}, frame {frame}, neuron {neuron}"
                )

    def _check_parts(self) -> None:
        taken = np.zeros(self.frames, dtype=bool)
        for part in PARTS:
            for start, stop in self.ranges(part):
                if not 0 <= start < stop <= self.frames:
                    raise SysidError(
                        f"{self.name}: {part}: expected a range within {self.frames} frames, "
                        f"got {start}:{stop}"
                    )
                if taken[start:stop].any():
                    raise SysidError(f"{self.name}: {part}: frames {start}:{stop} are in two ranges")
                taken[start:stop] = True

    @property
    def frames(self) -> int:
        """How many frames the stimulus has."""
        return self.stimulus.shape[0]

    def ranges(self, part: Part) -> FrameRanges:
        """Return the frame ranges of one part.

        Args:
            part: "train", "validation" or "test".
        """
        return {"train": self.train, "validation": self.validation, "test": self.test}[part]


@attrs.frozen(eq=False)
class Recording:
    """One population and everything that was shown to it.

    Attributes:
        presentations: in the order shown; all with the same frame size, channels and neurons.
        neurons: one entry per response column.
        frame_rate_hz: of the stimulus.
        provenance: source, licence, checksum.
        truth: where simulated.
        behaviour: names of the channels of every presentation's behaviour; empty where none was measured.

    Raises:
        SysidError: presentations that do not fit together, behaviour with other channels than are named, or
            repeats of one stimulus in different parts.
    """

    presentations: tuple[Presentation, ...]
    neurons: tuple[Neuron, ...]
    frame_rate_hz: float
    provenance: Provenance
    truth: Truth | None = None
    behaviour: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        if not self.presentations:
            raise SysidError(f"{self.provenance.source}: expected at least one presentation, got none")
        if len(set(self.behaviour)) < len(self.behaviour):
            raise SysidError(
                f"{self.provenance.source}: behaviour: expected different names of channels, "
                f"got {', '.join(self.behaviour)}"
            )
        first = self.presentations[0]
        parts_of: dict[str, set[str]] = {}
        for presentation in self.presentations:
            if presentation.stimulus.shape[1:] != first.stimulus.shape[1:]:
                raise SysidError(
                    f"{presentation.name}: stimulus: expected (channel, height, width) "
                    f"{first.stimulus.shape[1:]} as in {first.name}, got {presentation.stimulus.shape[1:]}"
                )
            if presentation.responses.shape[2] != len(self.neurons):
                raise SysidError(
                    f"{presentation.name}: responses: expected {len(self.neurons)} neurons, "
                    f"got {presentation.responses.shape[2]}"
                )
            check_recorded(presentation.name, presentation.behaviour, self.behaviour)
            if presentation.identity:
                parts = {part for part in PARTS if presentation.ranges(part)}
                parts_of.setdefault(presentation.identity, set()).update(parts)
        for identity, parts in parts_of.items():
            if len(parts) > 1:
                raise SysidError(
                    f"{identity}: expected all repeats of one stimulus in one part of the split, "
                    f"got {' and '.join(sorted(parts))}"
                )

    @property
    def response_kind(self) -> str:
        """What the responses are: `COUNTS` or another kind; several kinds side by side."""
        return ", ".join(dict.fromkeys(each.response_kind for each in self.presentations))

    @property
    def frame_shape(self) -> tuple[int, int, int]:
        """(channel, height, width) of the stimulus."""
        channels, height, width = self.presentations[0].stimulus.shape[1:]
        return channels, height, width
