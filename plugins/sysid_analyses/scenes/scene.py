"""The movies of a recipe, one at a time, at the size at which complexity is measured."""

import hashlib
from collections.abc import Iterable, Iterator

import attrs
import numpy as np
from jaxtyping import Shaped, UInt8

import sysid
from sysid import Presentation, ReceptiveField, Recording, RunFolder

Movies = tuple[UInt8[np.ndarray, "_ _ _"], ...]
"""(frame, height, width) each, grey levels 0 … 255, one per stimulus that was shown."""

BLOCKS_PX = range(8, 1, -1)  # sizes of blocks of equal pixels that are looked for


@attrs.frozen(eq=False)
class Scene:
    """Say what was shown to one session of one dataset, without the movies themselves.

    Attributes:
        dataset, session: as in the recipe and in the recording.
        name: the dataset, and the session where there are several.
        frame_px: (height, width) of a frame.
        fields: id of a cell → what the recording knows of where it looks, in pixels of these frames.
        frame_rate_hz: of the movies.
        simulated: whether the recording is.
        skipped_frames: how many were left out at the beginning of each movie.
        rescaled: whether grey levels were brought to 0 … 255 from the range of the movies.
        block_px: width of the blocks of equal pixels that the frames consist of; 1 where they do not.
        digest: equal where two scenes show the same frames.
    """

    dataset: str
    session: str
    name: str
    frame_px: tuple[int, int]
    fields: dict[str, ReceptiveField]
    frame_rate_hz: float
    simulated: bool
    skipped_frames: int
    rescaled: bool
    block_px: int
    digest: str

    @property
    def label(self) -> str:
        """The name, with what a reader must know of it."""
        return f"{self.name} (simulated)" if self.simulated else self.name


@attrs.frozen
class NoScene:
    """Say why a dataset, or a session of it, has no movie to measure."""

    name: str
    reason: str


def first_runs(runs: Iterable[RunFolder]) -> tuple[RunFolder, ...]:
    """Return the first run of every dataset, without those that are controls."""
    first: dict[str, RunFolder] = {}
    for run in runs:
        information = run.information()
        if information.get("control_of") is None:
            first.setdefault(information["identity"]["configuration"]["dataset_name"], run)
    return tuple(first.values())


def read_scenes(
    run: RunFolder, size_px: int | None, skip_frames: int
) -> Iterator[tuple[Scene, Movies] | NoScene]:
    """Read the movies of a run's dataset, session by session, with whole frames as large as they are known.

    Where the responses were recorded and the dataset resamples its frames (it has keys `size_px` and
    `crop_px`), whole frames of `size_px` are read, and `skip_frames` left out; all others are taken as the
    model saw them, for there the size is a property of the stimulus itself.

    Raises:
        DataNotFoundError: the data are not on this machine any more.
        SysidError: they are there, but are not what the run was trained on.
    """
    loaded, information = sysid.load_run(run.path), run.information()
    keys = {field.name for field in attrs.fields(type(loaded.dataset))}
    simulated = bool(information["simulated"])
    resampled = size_px is not None and not simulated and {"size_px", "crop_px"} <= keys
    dataset = information["identity"]["configuration"]["dataset_name"]
    recordings = loaded.recordings  # also where they are read again: it checks what the run was trained on
    if resampled:
        recordings = attrs.evolve(loaded.dataset, size_px=size_px, crop_px=None).load()
    for session, recording in recordings.items():
        name = dataset if len(recordings) == 1 else f"{dataset}/{session}"
        shown = distinct_movies(recording)
        skipped = skip_frames if resampled else 0
        reason = why_not(recording.frame_shape[0], max(map(len, shown)), skipped)
        if reason:
            yield NoScene(name, reason)
            continue
        movies = to_grey_levels([movie[skipped:, 0] for movie in shown if len(movie) >= skipped + 2])
        yield (
            Scene(
                dataset=dataset,
                session=session,
                name=name,
                frame_px=movies[0].shape[1:],
                fields=known_fields(recording),
                frame_rate_hz=recording.frame_rate_hz,
                simulated=simulated,
                skipped_frames=skipped,
                rescaled=shown[0].dtype != np.uint8,
                block_px=min(find_block_px(movie[[0, len(movie) // 2, -1]]) for movie in movies),
                digest=digest_of(movies),
            ),
            movies,
        )


def why_not(channels: int, frames: int, skipped: int) -> str:
    """Say why there is no complexity of the longest movie of a recording, or nothing where there is."""
    if channels != 1:
        return f"its frames have {channels} channels, not one of grey levels"
    if frames < 2:
        return "it shows single images, which have no next frame"
    if frames < skipped + 2:
        return f"its movie of {frames} frames is over with the {skipped} that are left out"
    return ""


def distinct_movies(recording: Recording) -> list[Shaped[np.ndarray, "_ _ _ _"]]:
    """Return what was shown, (frame, channel, height, width) each; repeats of one stimulus count once."""
    first: dict[str, Presentation] = {}
    for presentation in recording.presentations:
        first.setdefault(presentation.identity or presentation.name, presentation)
    return [presentation.stimulus[:] for presentation in first.values()]


def known_fields(recording: Recording) -> dict[str, ReceptiveField]:
    """Return the receptive fields that a recording knows, by cell."""
    fields = {each.id: each.receptive_field for each in recording.neurons}
    return {cell: field for cell, field in fields.items() if field and np.isfinite(field.centre).all()}


def to_grey_levels(movies: list[Shaped[np.ndarray, "_ _ _"]]) -> Movies:
    """Return movies of bytes as they are, others stretched from their common range to 0 … 255."""
    if all(movie.dtype == np.uint8 for movie in movies):
        return tuple(movies)
    low, high = min(float(movie.min()) for movie in movies), max(float(movie.max()) for movie in movies)
    scale = 255 / (high - low) if high > low else 0.0
    return tuple(np.rint((movie - low) * scale).astype(np.uint8) for movie in movies)


def find_block_px(frames: UInt8[np.ndarray, "frame height width"]) -> int:
    """Return the width of the blocks of equal pixels that frames consist of, 1 where they do not.

    Blocks are laid from the upper left corner and 8 px wide at the most; finer detail was averaged away, or
    was never there. A frame of one grey level says nothing.
    """
    telling = [frame for frame in frames if np.ptp(frame)]
    for size in BLOCKS_PX if telling else ():
        if all(_has_blocks(frame, size) for frame in telling):
            return size
    return 1


def _has_blocks(frame: UInt8[np.ndarray, "height width"], size_px: int) -> bool:
    rows, columns = (side // size_px for side in frame.shape)
    blocks = frame[: rows * size_px, : columns * size_px].reshape(rows, size_px, columns, size_px)
    return bool((blocks == blocks[:, :1, :, :1]).all())


def digest_of(movies: Movies) -> str:
    """Return one digest of all frames and their sizes."""
    seen = hashlib.sha256()
    for movie in movies:
        seen.update(repr(movie.shape).encode())
        seen.update(np.ascontiguousarray(movie))
    return seen.hexdigest()
