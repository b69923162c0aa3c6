"""Responses and behaviour of one trial of a SENSORIUM folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float32, Float64

from sysid import SysidError
from sysid_datasets.sensorium_array import open_numbers
from sysid_datasets.sensorium_folder import Folder
from sysid_datasets.sensorium_picture import Picture

Channel = Literal["pupil_dilation", "running_speed", "pupil_x", "pupil_y"]
# channel → folder in data, and its row by the number of rows there
ROWS: dict[str, tuple[str, dict[int, int]]] = {
    "pupil_dilation": ("behavior", {2: 0, 3: 0}),
    "running_speed": ("behavior", {2: 1, 3: 2}),
    "pupil_x": ("pupil_center", {2: 0}),
    "pupil_y": ("pupil_center", {2: 1}),
}


def open_responses(folder: Folder, trial: int, frames: int, count: int | None) -> np.ndarray:
    """Return a trial's responses, (neuron, time) with as many frames as its video is stored with.

    Args:
        folder: of the mouse.
        trial: its number.
        frames: as the video is stored, with those of NaN; 1 for an image.
        count: of neurons, as in other trials; None = whatever there is.

    Raises:
        SysidError: another shape.
    """
    path = folder.file("responses", trial)
    stored = open_numbers(path)
    axes = "(neuron, time)" if folder.is_movie else "(neuron,)"
    if stored.ndim != (2 if folder.is_movie else 1) or 0 in stored.shape:
        raise SysidError(f"{path}: expected {axes}, got shape {stored.shape}")
    if count is not None and len(stored) != count:
        raise SysidError(f"{path}: expected {count} neurons, as in other trials, got {len(stored)}")
    stored = stored if folder.is_movie else stored[:, None]
    _check_frames(path, stored.shape[1], frames, folder.picture(trial))
    return stored


def read_responses(
    folder: Folder, trial: int, picture: Picture, factor: Float64[np.ndarray, " neuron"], count: int
) -> Float32[np.ndarray, "frame neuron"]:
    """Return the scaled responses of the first neurons to the frames of a trial, NaN = not recorded.

    Args:
        folder: of the mouse.
        trial: its number.
        picture: what was shown.
        factor: of all neurons that are kept, the first.
        count: of the neurons in the folder.

    Raises:
        SysidError: another shape, or a value that is infinite.
    """
    stored = open_responses(folder, trial, picture.stored_frames, count)
    values = np.asarray(stored[: len(factor), : picture.shape[0]], dtype=np.float64) * factor[:, None]
    if np.isinf(values).any():
        raise SysidError(f"{folder.file('responses', trial)}: expected numbers or NaN, got infinity")
    return np.ascontiguousarray(values.T, dtype=np.float32)


def is_silent(folder: Folder, trial: int, picture: Picture, count: int) -> bool:
    """Say whether every response of a trial is zero or NaN, as where responses are withheld."""
    stored = open_responses(folder, trial, picture.stored_frames, count)
    return not bool(np.nan_to_num(np.asarray(stored)).any())


def read_behaviour(
    folder: Folder, trial: int, picture: Picture, channels: Sequence[str]
) -> Float32[np.ndarray, "frame channel"]:
    """Return channels of behaviour during the frames of a trial, as stored; NaN = not measured.

    Raises:
        SysidError: a file is not there, or has another shape.
    """
    columns = [_read_channel(folder, trial, picture, channel) for channel in channels]
    return np.stack(columns, axis=1).astype(np.float32)  # frame channel


def _read_channel(folder: Folder, trial: int, picture: Picture, channel: str) -> np.ndarray:
    what, rows = ROWS[channel]
    path = folder.file(what, trial)
    if not path.is_file():
        raise SysidError(f"{path}: expected a file, as `behaviour` asks for {channel}, got none")
    stored = open_numbers(path)
    values = stored if folder.is_movie else stored.reshape(-1, 1)
    if values.ndim != 2 or len(values) not in rows:
        numbers = " or ".join(map(str, rows))
        axes = f"({numbers}, time)" if folder.is_movie else f"({numbers},)"
        raise SysidError(f"{path}: expected {axes}, got shape {stored.shape}")
    _check_frames(path, values.shape[1], picture.stored_frames, picture.path)
    return values[rows[len(values)], : picture.shape[0]]


def _check_frames(path: Path, found: int, expected: int, picture: Path) -> None:
    if found != expected:
        raise SysidError(
            f"{path}: expected {expected} frames in time, as in {picture.parent.name}/{picture.name}, got "
            f"{found}"
        )
