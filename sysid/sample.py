"""Samples: a stimulus window and the responses of its bin, gathered batch by batch."""

import itertools
from collections.abc import Iterator

import attrs
import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from sysid.configuration import RESIDENT_MIB, Samples
from sysid.frame_store import FrameStore
from sysid.reading import Watch, unwatched
from sysid.recording import PARTS, Part, Recording
from sysid.split import Split, Window, split_bins

FOLDED_VALUES = 4_000_000  # responses averaged over repeats at once: 16 MB, and about four copies


@attrs.frozen(eq=False)
class Batch:
    """What a model is given and what it should have said.

    Attributes:
        stimulus: (batch, time, channel, height, width), as stored (uint8 or float32), oldest frame first.
        responses: (batch, time, neuron) with one time step; zero where not recorded.
        mask: (batch, time, neuron), true where recorded.
        behaviour: (batch, time, channel) of the bins that the window's frames lead to, the last that of the
            response; NaN where nothing was measured. None where the recording has no behaviour.
        earlier: (batch, bin, neuron), responses of the same trial in the bins before, the last that right
            before; NaN where nothing was recorded. None where they were not asked for.
    """

    stimulus: Tensor
    responses: Float[Tensor, "batch 1 neuron"]
    mask: Bool[Tensor, "batch 1 neuron"]
    behaviour: Float[Tensor, "batch time behaviour"] | None
    earlier: Float[Tensor, "batch bin neuron"] | None = None


class SessionSamples:
    """All samples of one recording: which bins each part has, and their windows and responses.

    Windows are gathered from the one movie when a batch is asked for; they never exist all at once.
    """

    def __init__(
        self,
        recording: Recording,
        window: Window,
        device: torch.device,
        *,
        trials: str = "mean",
        fraction: float = 1.0,
        resident_bytes: int = RESIDENT_MIB << 20,
        watch: Watch = unwatched,
    ):
        self.recording = recording
        self.window = window
        self.device = device
        self.store = FrameStore([p.stimulus for p in recording.presentations], device, resident_bytes, watch)
        self.splits: list[Split] = [split_bins(p, window) for p in recording.presentations]
        self.responses = [_fold_repeats(p.responses, trials) for p in recording.presentations]
        self.behaviour = _join_behaviour(recording)
        self._index: dict[Part, np.ndarray] = {part: self._samples(part) for part in PARTS}
        if fraction < 1:
            train = self._index["train"]
            self._index["train"] = train[: max(1, round(fraction * len(train)))]
        self._targets = {part: self._gather(part) for part in PARTS}

    def _samples(self, part: Part) -> np.ndarray:
        """Return (sample, 3): presentation, repeat and frame, leaving out samples with nothing recorded."""
        rows = []
        for number, split in enumerate(self.splits):
            bins = split.bins[part]
            responses = self.responses[number][:, bins]  # repeat frame neuron
            frame, repeat = np.nonzero(~np.isnan(responses).all(axis=2).T)
            rows.append(np.stack([np.full_like(frame, number), repeat, bins[frame]], axis=1))
        return np.concatenate(rows).astype(np.int64)

    def _gather(self, part: Part) -> tuple[Tensor, Tensor, Tensor]:
        """Return first frames (sample,), responses and mask (sample, 1, neuron) of a part, on the device."""
        index = self._index[part]
        first = self.store.offsets[index[:, 0]] + index[:, 2] - self.window.reach
        responses = np.empty((len(index), len(self.recording.neurons)), dtype=np.float32)
        for values, here in zip(self.responses, self._rows(part), strict=True):
            responses[here] = values[index[here, 1], index[here, 2]]
        mask = ~np.isnan(responses)
        responses[~mask] = 0
        return (
            torch.from_numpy(first),
            torch.from_numpy(responses).to(self.device)[:, None],  # sample 1 neuron
            torch.from_numpy(mask).to(self.device)[:, None],  # sample 1 neuron
        )

    def count(self, part: Part) -> int:
        """Return how many samples a part has."""
        return len(self._index[part])

    def frames(self, part: Part) -> list[np.ndarray]:
        """Return, by presentation, the frame number of each of a part's bins, without repetition."""
        index = self._index[part]
        return [np.unique(index[here, 2]) for here in self._rows(part)]

    def _rows(self, part: Part) -> list[slice]:
        """Return, by presentation, which samples of a part are its: they lie presentation by presentation."""
        ends = np.searchsorted(self._index[part][:, 0], np.arange(len(self.splits) + 1))
        return [slice(start, stop) for start, stop in itertools.pairwise(ends.tolist())]

    def name_bin(self, sample: int) -> str:
        """Name the bin of a training sample, and its trial where trials are samples of their own."""
        number, repeat, frame = self._index["train"][sample].tolist()
        trial = f", trial {repeat}" if len(self.responses[number]) > 1 else ""
        return f"bin {frame} of {self.recording.presentations[number].name}{trial}"

    def spans(self, samples: Int[Tensor, " batch"]) -> dict[str, tuple[int, int]]:
        """Return, by presentation, the first and the last bin of some training samples."""
        index = self._index["train"][samples.numpy()]
        return {
            self.recording.presentations[number].name: (
                int(index[index[:, 0] == number, 2].min()),
                int(index[index[:, 0] == number, 2].max()),
            )
            for number in np.unique(index[:, 0])
        }

    def batch(self, part: Part, samples: Int[Tensor, " batch"], *, earlier: bool = False) -> Batch:
        """Gather some samples of a part by number, with responses of earlier bins if they are asked for."""
        first, responses, mask = self._targets[part]
        starts = first[samples]
        behaviour = None
        if self.behaviour is not None:
            bins = starts[:, None] + self.window.lead + torch.arange(self.window.history)
            behaviour = self.behaviour[bins].to(self.device)
        there = samples.to(self.device)
        return Batch(
            self.store.windows(starts, self.window.history),
            responses[there],
            mask[there],
            behaviour,
            self._earlier(part, samples) if earlier else None,
        )

    def _earlier(self, part: Part, samples: Int[Tensor, " batch"]) -> Float[Tensor, "batch bin neuron"]:
        """Return the responses that led to some samples: no part sees another's, as no window does."""
        presentation, repeat, frame = self._index[part][samples.numpy()].T
        bins = frame[:, None] - np.arange(self.window.history - 1, 0, -1)
        found = np.empty((*bins.shape, len(self.recording.neurons)), dtype=np.float32)
        for number in np.unique(presentation):
            here = presentation == number
            found[here] = self.responses[number][repeat[here, None], bins[here]]
        return torch.from_numpy(found).to(self.device)

    def batches(self, part: Part, size: int, *, earlier: bool = False) -> Iterator[Batch]:
        """Yield all samples of a part in order, `size` at a time."""
        for start in range(0, self.count(part), size):
            chosen = torch.arange(start, min(start + size, self.count(part)))
            yield self.batch(part, chosen, earlier=earlier)

    def distinct_batches(self, part: Part, size: int) -> Iterator[Batch]:
        """Yield each bin of a part once, in the order of `frames`, whatever the number of its trials."""
        index = self._index[part]
        _, first = np.unique(index[:, [0, 2]], axis=0, return_index=True)
        for start in range(0, len(first), size):
            yield self.batch(part, torch.from_numpy(first[start : start + size]))

    def mean_response(self) -> np.ndarray:
        """Return each neuron's mean response per bin over the training samples: (neuron,)."""
        _, responses, mask = self._targets["train"]
        total = responses.cpu().double().sum(dim=(0, 1))  # not every device has doubles
        return (total / mask.cpu().sum(dim=(0, 1)).clamp(min=1)).numpy()

    def dropped(self) -> dict[str, dict[str, int]]:
        """Count the bins that were dropped by part, for want of history and for leakage."""
        return {
            part: {
                "kept": sum(len(split.bins[part]) for split in self.splits),
                "dropped_for_history": sum(split.dropped_for_history[part] for split in self.splits),
                "dropped_for_leakage": sum(split.dropped_for_leakage[part] for split in self.splits),
            }
            for part in PARTS
        }


def gather_samples(
    recordings: dict[str, Recording], samples: Samples, device: torch.device, watch: Watch = unwatched
) -> dict[str, SessionSamples]:
    """Return the samples of every session, as `[samples]` of a recipe asks for them; reading is watched."""
    window = Window(samples.history, samples.include_current)
    return {
        session: SessionSamples(
            recording,
            window,
            device,
            trials=samples.trials,
            fraction=samples.fraction,
            resident_bytes=samples.resident_mib << 20,
            watch=watch,
        )
        for session, recording in recordings.items()
    }


def _join_behaviour(recording: Recording) -> Float[Tensor, "frame channel"] | None:
    """Return the behaviour of all presentations end to end, as the frames lie; None where there is none."""
    measured = [each.behaviour for each in recording.presentations if each.behaviour is not None]
    return torch.from_numpy(np.concatenate(measured, dtype=np.float32)) if measured else None


def _fold_repeats(responses: np.ndarray, trials: str) -> np.ndarray:
    """Return responses as (repeat, frame, neuron): one averaged row for "mean", all rows for "single"."""
    if trials == "single":
        return responses
    repeats, frames, neurons = responses.shape
    mean = np.empty((1, frames, neurons), dtype=np.float32)
    step = max(1, FOLDED_VALUES // max(1, repeats * neurons))
    for start in range(0, frames, step):
        here = responses[:, start : start + step]
        recorded = ~np.isnan(here)
        count = recorded.sum(axis=0)
        total = np.where(recorded, here, 0).sum(axis=0, dtype=np.float64)
        mean[0, start : start + step] = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return mean
