"""A small NWB file: noise shown once with a dropped frame, a clip shown three times, three units."""

from datetime import UTC, datetime
from pathlib import Path

import attrs
import numpy as np
import pynwb
from pynwb.base import ImageReferences, Images
from pynwb.image import GrayscaleImage, ImageSeries, IndexSeries

UNIT_IDS = (7, 11, 30)
CLIP_FRAMES, REPEATS = 5, 3
FRAME_S = 0.1


@attrs.define
class SmallFile:
    """What is in the file, to be changed before it is written.

    Attributes:
        noise: (frame, height, width), uint8 or float.
        noise_s: onset of each frame; frame 20 is on screen for two frames' time.
        clip: (frame, height, width) of the images.
        clip_s: onset of each frame of the three repeats, end to end.
        spikes_s: of each unit.
        invalid_s: intervals without valid data.
        observed_s: the same interval for each unit; None = the table has none.
    """

    noise: np.ndarray
    noise_s: np.ndarray
    clip: np.ndarray
    clip_s: np.ndarray
    spikes_s: list[np.ndarray]
    invalid_s: tuple[tuple[float, float], ...] = ()
    session_id: str | None = "mouse 3/day 2"
    running: tuple[np.ndarray, np.ndarray] | None = None
    observed_s: tuple[float, float] | None = None
    description: str = "a test"
    notes: str | None = None
    start: datetime = datetime(2024, 5, 1, 12, tzinfo=UTC)

    def write(self, path: Path) -> Path:
        """Write the file."""
        file = pynwb.NWBFile(
            session_description=self.description,
            identifier="abc",
            session_start_time=self.start,
            notes=self.notes,
            session_id=self.session_id,
            related_publications=["see https://doi.org/10.1234/some.paper."],
        )
        self._add_stimuli(file)
        file.add_unit_column("quality", "how well it was sorted")
        for unit, times_s in zip(UNIT_IDS, self.spikes_s, strict=True):
            quality = "noise" if unit == UNIT_IDS[-1] else "good"
            observed = {} if self.observed_s is None else {"obs_intervals": np.array([self.observed_s])}
            file.add_unit(id=unit, spike_times=times_s, quality=quality, **observed)
        for start_s, stop_s in self.invalid_s:
            file.add_invalid_time_interval(start_time=start_s, stop_time=stop_s)
        if self.running is not None:
            module = file.create_processing_module("behavior", "of the animal")
            times_s, values = self.running
            module.add(pynwb.TimeSeries(name="running_speed", data=values, unit="cm/s", timestamps=times_s))
        with pynwb.NWBHDF5IO(path, "w") as io:
            io.write(file)
        return path

    def _add_stimuli(self, file: pynwb.NWBFile) -> None:
        file.add_stimulus(
            ImageSeries(name="noise", data=self.noise, unit="n.a.", format="raw", timestamps=self.noise_s)
        )
        images = [GrayscaleImage(name=f"frame{n}", data=frame) for n, frame in enumerate(self.clip)]
        order = ImageReferences(name="order_of_images", data=images)
        # stored by name, which says nothing of the order in which they are numbered
        container = Images(name="clip_images", images=images[::-1], order_of_images=order)
        file.add_stimulus_template(container)
        index = np.tile(np.arange(len(self.clip), dtype=np.uint32), REPEATS)
        file.add_stimulus(
            IndexSeries(name="clip", data=index, unit="N/A", indexed_images=container, timestamps=self.clip_s)
        )


def make_small_file(frames: int = 60, height: int = 4, width: int = 6, seed: int = 0) -> SmallFile:
    """Draw the contents from a seed."""
    generator = np.random.default_rng(seed)
    noise_s = 1.0 + FRAME_S * (np.arange(frames) + (np.arange(frames) > 20))
    begin_s = 20.0 + 3 * np.arange(REPEATS)[:, None]  # half a second of clip, then a pause
    clip_s = (begin_s + FRAME_S * np.arange(CLIP_FRAMES)).ravel()
    return SmallFile(
        noise=generator.integers(0, 256, (frames, height, width), dtype=np.uint8),
        noise_s=noise_s,
        clip=generator.integers(0, 256, (CLIP_FRAMES, height, width), dtype=np.uint8),
        clip_s=clip_s,
        spikes_s=[np.sort(generator.uniform(0, 30, 300)) for _ in UNIT_IDS],
    )
