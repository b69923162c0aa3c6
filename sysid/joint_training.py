"""How the first of several processes trains one model together with the others."""

import atexit
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist

from sysid.crew import GLANCE_S, REAPING_S, Crew, own_crew
from sysid.errors import InterruptedTrainingError, SysidErrors
from sysid.identity import Identity
from sysid.place import own_place
from sysid.process_group import join_group, lost_touch
from sysid.recipe import Recipe
from sysid.run_plan import RunPlan

PARTING_S = 2.0  # how long the first process waits for the others to hear that it leaves

_led: list[bool] = []  # whether somebody will send the others home


Task = dict[str, Any]
"""What the other processes prepare a training from (see `describe_task`), plain enough for JSON."""


@contextmanager
def train_together(task: Task, device: torch.device, should_stop: Callable[[], bool]) -> Iterator[None]:
    """Have every process take part in a training, for the length of a `with` block of the first.

    Nothing happens where there is one process.

    Args:
        task: from `describe_task`.
        device: of the first process.
        should_stop: asked while the others prepare.

    Raises:
        SysidErrors: other processes cannot prepare it, one line for each.
        InterruptedTrainingError: a process ended, or somebody asked to stop.
    """
    if own_place().count == 1:
        yield
        return
    crew = own_crew()
    crew.state_file = Path(task["state_file"])
    number, crew.said = crew.said, crew.said + 1
    _call(crew, number, task, should_stop)
    try:
        with join_group(dist.PrefixStore(f"group/{number}", crew.store), device):
            try:
                yield
            finally:
                crew.tell(f"over/{number}", True)  # before the others lose touch with this process
    except RuntimeError as error:
        if not lost_touch(error):
            raise
        crew.refuse_lost(REAPING_S)
        raise InterruptedTrainingError(
            f"lost touch with a process of another machine; {crew.remedy()}"
        ) from error


def describe_task(recipe: Recipe, plan: RunPlan, identity: Identity, state_file: Path) -> Task:
    """Say which training begins: words alone, so that each process reads recipe and data for itself."""
    return {
        "recipe": str(recipe.path),
        "profile": recipe.profile,
        "settings": list(recipe.settings),
        "run": plan.name,
        "threads": plan.training.threads,
        "identity": identity,
        "state_file": str(state_file.resolve()),
    }


def _call(crew: Crew, number: int, task: Task, should_stop: Callable[[], bool]) -> None:
    """Call the others to a training and wait until all of them have prepared it."""

    def give_up() -> None:
        crew.refuse_lost()
        if should_stop():
            raise InterruptedTrainingError("interrupted before training; the same command goes on from here")

    hindrances = ["unprepared"]
    try:
        crew.know(give_up)
        crew.tell(f"word/{number}", {"train": task})
        others = range(1, crew.place.count)
        hindrances = [line for rank in others if (line := crew.wait(f"ready/{number}/{rank}", give_up))]
    finally:
        crew.tell(f"go/{number}", not hindrances)
    if hindrances:
        raise SysidErrors(hindrances)


@contextmanager
def lead() -> Iterator[None]:
    """Send the other processes home when the command of the first is over, with its exit code."""
    if own_place().count == 1:
        yield
        return
    _led.append(True)
    code: int | str | None = 1  # of an error that nobody expected
    try:
        yield
        code = 0
    except SystemExit as leaving:
        code = leaving.code
        raise
    finally:
        send_home(code if isinstance(code, int) else 0 if code is None else 1)


def send_home(code: int) -> None:
    """Let the other processes end with this exit code, and see them off."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # torchrun's, as soon as one of them ends with an error
    crew = own_crew()
    crew.tell(f"word/{crew.said}", {"leave": code})
    until = time.monotonic() + PARTING_S
    while time.monotonic() < until and crew.store.add("left", 0) < crew.place.count - 1 - len(crew.lost()):
        time.sleep(GLANCE_S)


def lead_or_follow() -> None:
    """Make the first of several processes the leader of a script, and all others its followers.

    A follower does not return: it ends when the first process does, so what follows in a script is done once.
    """
    place = own_place()
    if place.count == 1 or _led:
        return
    if place.rank:
        from sysid.follower import follow  # which prepares runs, so needs the modules that train

        raise SystemExit(follow())
    _led.append(True)
    atexit.register(send_home, 0)
