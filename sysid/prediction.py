"""Rates and Poisson spikes for a movie of any length, piece by piece."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jaxtyping import Float

from sysid.disk_trouble import disk_trouble
from sysid.errors import SysidError
from sysid.loaded_run import Run
from sysid.stimulus_file import StimulusFile

PIECE_FRAMES = 64  # predicted at once; 64 windows of the paper's CRNN take about 0.5 GiB
MOST_SPIKES = 1e6  # per frame; a larger rate is a broken model

Rows = Iterator[Float[np.ndarray, "frame neuron"]]


def stream_rates(
    run: Run, stimulus: StimulusFile, session: str | None, behaviour: np.ndarray | None = None
) -> Rows:
    """Yield the expected response per bin, frames in order; NaN where there is no whole window yet.

    Args:
        run: whose model predicts.
        stimulus: the movie.
        session: whose neurons; None = the first session's.
        behaviour: (frame, channel) beside the movie; None = the average behaviour.

    Raises:
        SysidError: the movie is shorter than one window, has a broken pixel, or the session is unknown.
    """
    reach = run.window.reach
    if stimulus.frames <= reach:
        raise SysidError(
            f"{stimulus.path}: expected at least {reach + 1} frames, the window of one bin, "
            f"got {stimulus.frames}"
        )
    for start in range(reach, stimulus.frames, PIECE_FRAMES):
        stop = min(start + PIECE_FRAMES, stimulus.frames)
        beside = None if behaviour is None else behaviour[start - reach : stop]
        rates = run.predict(stimulus.read(start - reach, stop), behaviour=beside, session=session)
        yield rates if start == reach else rates[reach:]  # the first rows of a piece have no whole window


def stream_spikes(rates: Float[np.ndarray, "frame neuron"], reach: int, trials: int, seed: int) -> Rows:
    """Yield Poisson counts, trial after trial; NaN for the first `reach` frames, which have no rate.

    The counts depend on rates and seed alone, not on the size of the pieces.

    Raises:
        SysidError: a rate that is negative, not finite, or absurdly large.
    """
    generator = np.random.default_rng(seed)
    for _ in range(trials):
        yield np.full((reach, rates.shape[1]), np.nan, dtype=np.float32)
        for start in range(reach, len(rates), PIECE_FRAMES):
            here = rates[start : start + PIECE_FRAMES].astype(np.float64)
            broken = ~((here >= 0) & (here <= MOST_SPIKES))  # NaN is neither
            if broken.any():
                frame, neuron = np.argwhere(broken)[0]
                raise SysidError(
                    f"--spikes: expected rates from 0 to {MOST_SPIKES:g} per frame, "
                    f"got {here[frame, neuron]:g} for neuron {neuron} in frame {start + frame}"
                )
            yield generator.poisson(here).astype(np.float32)


def keep_on_disk(rows: Rows, shape: tuple[int, int], folder: Path) -> np.ndarray:
    """Return rows as one array (frame, neuron) that lies in a nameless file in `folder`, gone when closed.

    Raises:
        SysidError: the folder cannot be written to.
    """
    with disk_trouble(folder), tempfile.TemporaryFile(dir=folder) as file:
        for row in rows:
            file.write(np.ascontiguousarray(row, dtype=np.float32).tobytes())
        file.flush()
        return np.memmap(file, dtype=np.float32, mode="r", shape=shape)
