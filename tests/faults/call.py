"""Every public function that is given stimuli or responses, and odd arrays to give it."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from sysid import (
    Fold,
    Neuron,
    Presentation,
    Provenance,
    Recording,
    Run,
    bootstrap_difference,
    bootstrap_mean_correlation,
    load_run,
    metrics,
    refit,
)
from tests.command_line import LINEAR, call, write_recipe

Draw = np.random.Generator
SIZES = (0, 1, 2, 3, 5, 8)
SIMULATED = Provenance("drawn at random", "none", simulated=True)


def odd_array(shape: tuple[int, ...], draw: Draw) -> np.ndarray:
    """Return an array of a shape, or of one beside it, of any type, with any numbers."""
    shape = _odd_shape(shape, draw) if draw.random() < 0.4 else shape
    ways: tuple[Callable[[], np.ndarray], ...] = (
        lambda: draw.standard_normal(shape).astype(np.float32),
        lambda: draw.poisson(1.0, shape).astype(np.float32),
        lambda: draw.poisson(1.0, shape).astype(np.float32),
        lambda: draw.integers(0, 256, shape).astype(np.uint8),
        lambda: draw.integers(0, 256, shape).astype(np.uint8),
        lambda: np.zeros(shape, np.float32),
        lambda: np.full(shape, np.nan, np.float32),
        lambda: _holed(draw.poisson(1.0, shape).astype(np.float32), np.nan, draw),
        lambda: _holed(draw.poisson(1.0, shape).astype(np.float32), np.inf, draw),
        lambda: _holed(draw.poisson(1.0, shape).astype(np.float64), -1.0, draw),
        lambda: draw.standard_normal(shape) * 1e300,
        lambda: draw.standard_normal(shape) * 1e-320,
        lambda: (draw.standard_normal(shape) * 1e30).astype(np.float32),
        lambda: draw.standard_normal(shape).astype(np.float16),
        lambda: draw.integers(-(2**62), 2**62, shape),
        lambda: draw.random(shape) > 0.5,
        lambda: draw.standard_normal(shape) + 1j,
        lambda: np.full(shape, "x"),
        lambda: np.full(shape, None),
        lambda: np.zeros(shape, "M8[s]"),
        lambda: np.zeros(shape, [("a", "f4")]),
    )
    return ways[int(draw.integers(len(ways)))]()


def _odd_shape(shape: tuple[int, ...], draw: Draw) -> tuple[int, ...]:
    sizes = list(shape)
    match int(draw.integers(4)):
        case 0 if sizes:
            sizes[int(draw.integers(len(sizes)))] = int(draw.choice(SIZES))
        case 1 if sizes:
            del sizes[int(draw.integers(len(sizes)))]
        case 2:
            sizes.insert(int(draw.integers(len(sizes) + 1)), int(draw.choice(SIZES)))
        case _:
            sizes = [int(size) for size in draw.choice(SIZES, int(draw.integers(6)))]
    return tuple(sizes)


def _holed(values: np.ndarray, hole: float, draw: Draw) -> np.ndarray:
    return np.where(draw.random(values.shape) < 0.2, values.dtype.type(hole), values)


def make_recording(
    draw: Draw, frame_shape: tuple[int, int, int], neurons: int, frames: int = 40
) -> Recording:
    """Return a recording of which some arrays are odd."""

    def some(shape: tuple[int, ...], usual: np.ndarray) -> np.ndarray:
        return odd_array(shape, draw) if draw.random() < 0.5 else usual

    stimulus = some((frames, *frame_shape), draw.integers(0, 256, (frames, *frame_shape)).astype(np.uint8))
    responses = some((2, frames, neurons), draw.poisson(1.0, (2, frames, neurons)).astype(np.float32))
    section = None if draw.random() < 0.7 else some((frames,), np.arange(frames) // 10)
    presentation = Presentation(
        "movie",
        stimulus,
        responses,
        some((frames,), np.full(frames, 1 / 30)),
        train=((0, 25),),
        validation=((25, 30),),
        test=((30, frames),),
        section=section,
    )
    return Recording((presentation,), tuple(Neuron(str(n)) for n in range(neurons)), 30.0, SIMULATED)


def _pair(draw: Draw) -> tuple[np.ndarray, np.ndarray]:
    """Return responses and a prediction."""
    repeats, frames, neurons = (int(draw.choice(SIZES[1:])) for _ in range(3))
    axes = (frames, neurons) if draw.random() < 0.7 else (frames,)
    return odd_array((repeats, *axes), draw), odd_array(axes, draw)


def _fold(draw: Draw) -> Fold:
    responses, prediction = _pair(draw)
    frames = responses.shape[1] if responses.ndim > 1 else 3
    blocks = np.arange(frames) // 2 if draw.random() < 0.7 else odd_array((frames,), draw)
    return Fold(responses, prediction, blocks)


def _refit(draw: Draw, run: Run) -> None:
    _, *frame_shape = run.architecture.input_shape
    refit(run, {"retina": make_recording(draw, tuple(frame_shape), 3)})


def _predict(draw: Draw, run: Run) -> None:
    run.predict(odd_array((9, *run.architecture.input_shape[1:]), draw), batch_size=4)


def _predict_windows(draw: Draw, run: Run) -> None:
    behaviour = odd_array((5, 4, 1), draw) if draw.random() < 0.2 else None
    run.predict_windows(odd_array((5, *run.architecture.input_shape), draw), behaviour=behaviour)


def _mean_score(draw: Draw, _run: Run) -> None:
    neurons = int(draw.choice(SIZES))
    metrics.mean_score(odd_array((neurons,), draw), odd_array((neurons,), draw))


def _with_pair(function: Callable[..., Any], *more: Any) -> Callable[[Draw, Run], object]:
    return lambda draw, _run: function(*_pair(draw), *more)


def _with_responses(function: Callable[..., Any]) -> Callable[[Draw, Run], object]:
    return lambda draw, _run: function(_pair(draw)[0])


CALLS: dict[str, Callable[[Draw, Run], object]] = {
    "Recording": lambda draw, _run: make_recording(draw, (1, 3, 4), 3),
    "Run.predict": _predict,
    "Run.predict_windows": _predict_windows,
    "refit": _refit,
    **{
        f"metrics.{function.__name__}": _with_pair(function)
        for function in (
            metrics.correlation,
            metrics.single_trial_correlation,
            metrics.population_correlation,
            metrics.normalized_correlation,
            metrics.feve,
        )
    },
    "metrics.bits_per_spike": lambda draw, _run: metrics.bits_per_spike(*_pair(draw), odd_array((), draw)),
    **{
        f"metrics.{function.__name__}": _with_responses(function)
        for function in (
            metrics.max_correlation,
            metrics.signal_power,
            metrics.explainable_variance_fraction,
            metrics.leave_one_out_oracle,
            metrics.split_half_ceiling,
            metrics.autocorrelation_time,
            metrics.scorable,
        )
    },
    "metrics.block_ids": lambda draw, _run: metrics.block_ids(
        None if draw.random() < 0.3 else odd_array((5,), draw), odd_array((2, 5, 3), draw)
    ),
    "metrics.mean_score": _mean_score,
    "bootstrap_mean_correlation": lambda draw, _run: bootstrap_mean_correlation([_fold(draw)], draws=10),
    "bootstrap_difference": lambda draw, _run: bootstrap_difference(
        [fold := _fold(draw)], [odd_array(np.shape(fold.prediction), draw)], draws=10
    ),
}


def make_run(folder: Path) -> Run:
    """Train the run that is asked to predict and to be fitted again."""
    with contextlib.chdir(folder):
        write_recipe(more=LINEAR)
        outcome = call("run", "tiny.toml", "--quiet", "--only", "ln/*")
        assert outcome.code == 0, outcome.err
        return load_run(next(folder.glob("runs/tiny/ln/*/fold0/seed0")))
