"""A training of at most ten seconds: does it run, how fast, and does its loss fall?"""

import contextlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import attrs

from sysid.doctor.device import name_device
from sysid.doctor.remark import Remark
from sysid.errors import InterruptedTrainingError, SysidError
from sysid.preparation import prepare
from sysid.recipe import load_recipe
from sysid.registry import Registry
from sysid.source import Recordings, find_sources
from sysid.thread import count_cores, limit_threads
from sysid.training import Epoch, Hooks, silent_hooks, train

LONGEST_S = 10.0
FEW_STEPS_A_SECOND = 2.0  # such a small model takes some hundred on one core
RECIPE = """\
# What `sysid doctor` trains
[datasets.retina]
use = "simulated_retina"
neurons = 6
size_px = 16
frames = 1200
[samples]
history = 8
[encoder]
use = "conv2d"
layers = [{channels = 4, kernel_px = 5}]
[readout]
use = "dense"
[training]
epochs = 1000
patience = 1000
batch_size = 64
"""


@attrs.frozen
class Pace:
    """What a training came to.

    Attributes:
        device: in words.
        losses: of the training samples, one for each whole epoch.
        steps: in all.
        seconds: that these took, without the time to the end of the first.
    """

    device: str
    losses: tuple[float, ...]
    steps: int
    seconds: float


def examine_training(registry: Registry, longest_s: float = LONGEST_S) -> Iterator[Remark]:
    """Train a small model on simulated cells until the time is over, and say how that went."""
    try:
        pace = train_a_while(registry, longest_s)
    except (SysidError, RuntimeError, OSError) as error:  # torch raises RuntimeError where a device fails
        lines = str(error).splitlines() or ["no reason given"]
        remedy = "see the other areas; if they are fine, report it"
        yield Remark("problem", f"a small training failed: {lines[0]}", remedy)
        return
    yield judge(pace)


def judge(pace: Pace) -> Remark:
    """Say whether a training is as it should be."""
    speed = (pace.steps - 1) / pace.seconds if pace.seconds else 0.0
    said = f"a small training on {pace.device} took {speed:.3g} steps a second"
    if len(pace.losses) < 2:
        return Remark("problem", f"{said}, too few to see its loss fall", "see what keeps the machine busy")
    first, last = pace.losses[0], pace.losses[-1]
    told = f"{said}; its loss went from {first:.3f} to {last:.3f} in {len(pace.losses)} epochs"
    if not last < first:
        return Remark("problem", f"{told} and did not fall", "the device may compute wrongly: try another")
    if speed < FEW_STEPS_A_SECOND:
        return Remark("note", told, "that is slow: see the areas above for cores, memory and a busy machine")
    return Remark("ok", told)


def train_a_while(registry: Registry, longest_s: float) -> Pace:
    """Train in memory alone, on as many threads as a recipe has or the cores allow."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "doctor.toml"
        file.write_text(RECIPE, encoding="utf-8")
        recipe = load_recipe(file, registry=registry)
    (plan,) = recipe.runs
    source = find_sources((plan,), "doctor", stand_in=False)[plan.name]
    losses: list[float] = []
    step_times: list[float] = []

    def on_epoch(epoch: Epoch) -> int:
        losses.append(epoch.training_loss)
        return 0

    def on_step(_epoch: int, _step: int, _steps: int) -> None:
        step_times.append(time.perf_counter())

    with limit_threads(min(plan.training.threads, count_cores())):
        prepared = prepare(plan, Recordings("doctor").load(plan, source), "doctor")
        stop_at = time.perf_counter() + longest_s
        silent = silent_hooks(lambda: time.perf_counter() >= stop_at)
        hooks = Hooks(on_step, on_epoch, silent.should_stop, silent.on_resume)
        with contextlib.suppress(InterruptedTrainingError):  # as planned: the time is over
            train(prepared.model, prepared.sessions, plan.training, plan.seed, None, hooks)
    seconds = step_times[-1] - step_times[0]
    return Pace(name_device(prepared.device), tuple(losses), len(step_times), seconds)
