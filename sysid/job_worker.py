"""A process that carries out runs for `sysid run --jobs`: `python -m sysid.job_worker`, told by its input."""

import functools
import os
import sys
import time
from pathlib import Path

import attrs

from sysid.errors import InterruptedTrainingError, SysidError
from sysid.identity import digest
from sysid.interface import Dataset
from sysid.interruption import StopRequest, listen_for_stop
from sysid.job_message import Message, Stream, hear_orders, write_message
from sysid.planned_run import PlannedRun, carry_out
from sysid.recipe import Recipe, load_recipe
from sysid.reporter import Silence
from sysid.run_claim import plan_identity
from sysid.run_folder import RunFolder
from sysid.source import Recordings, Source, find_sources
from sysid.training import Epoch

SECONDS_BETWEEN_STEPS = 0.1  # a display needs no more, and a step may take a millisecond


class Outlet(Silence):
    """Pass on what runs tell; where nobody is left to hear it, ask to stop."""

    def __init__(self, stream: Stream, should_stop: StopRequest):
        self.stream = stream
        self.should_stop = should_stop
        self.said = 0.0

    def send(self, message: Message) -> None:
        """Send a message to the process that gave the order."""
        try:
            write_message(self.stream, message)
        except OSError:
            self.should_stop.asked = True

    def tell(self, name: str, *values: object) -> None:
        """Send one call of a reporter."""
        self.send({"tell": name, "with": values})

    def note(self, line: str) -> None:
        """Pass it on."""
        self.tell("note", line)

    def warn(self, line: str) -> None:
        """Pass it on."""
        self.tell("warn", line)

    def run_started(self, name: str, number: int, of: int, resumed: bool) -> None:
        """Pass it on."""
        self.tell("run_started", name, number, of, resumed)

    def reading(self, name: str, frames: int, of: int) -> None:
        """Pass on some of it."""
        self.tell_at_times("reading", name, frames, of)

    def step(self, name: str, epoch: int, epochs: int, step: int, steps: int) -> None:
        """Pass on some of the steps."""
        self.tell_at_times("step", name, epoch, epochs, step, steps)

    def tell_at_times(self, name: str, *values: object) -> None:
        """Send a call that is one of many, unless one was sent a moment ago."""
        if time.monotonic() - self.said > SECONDS_BETWEEN_STEPS:
            self.said = time.monotonic()
            self.tell(name, *values)

    def epoch(self, name: str, epoch: Epoch) -> None:
        """Pass it on."""
        self.tell("epoch", name, attrs.asdict(epoch))

    def run_finished(self, name: str, correlation: float, simulated: bool) -> None:
        """Pass it on."""
        self.tell("run_finished", name, correlation, simulated)


class Worker:
    """Carry out runs one after the other, and keep what the next may need as well."""

    def __init__(self, outlet: Outlet, should_stop: StopRequest):
        self.outlet = outlet
        self.should_stop = should_stop
        self.load = functools.cache(load_recipe)
        self.sources: dict[Dataset, Source] = {}
        self.recordings: Recordings | None = None

    def obey(self, order: Message) -> Message:
        """Carry out the run of an order and return what became of it."""
        if self.should_stop():
            return {"put_back": True}
        try:
            recipe = self.load(order["recipe"], profile=order["profile"], settings=tuple(order["settings"]))
            self.recordings = self.recordings or Recordings(str(recipe.path))
            planned = self.find(order, recipe)
            carry_out(planned, recipe, self.recordings, self.outlet, self.should_stop)
        except InterruptedTrainingError as error:
            return {"interrupted": str(error)}
        except SysidError as error:
            return {"failed": str(error)}
        return {"done": True}

    def find(self, order: Message, recipe: Recipe) -> PlannedRun:
        """Return the run that is meant.

        Raises:
            SysidError: it is not what it was when the order was given.
        """
        plan = next((plan for plan in recipe.runs if plan.name == order["run"]), None)
        if plan is not None:
            if plan.dataset not in self.sources:
                found = find_sources((plan,), str(recipe.path), stand_in=order["stand_in"])
                self.sources[plan.dataset] = found[plan.name]
            source = self.sources[plan.dataset]
            if digest(plan_identity(plan, source)) == order["digest"]:
                folder = RunFolder(Path(order["folder"]))
                return PlannedRun(plan, source, folder, order["number"], order["of"])
        raise SysidError(
            f"{recipe.path}: {order['run']}: recipe, data or packages changed after the command began; "
            "the same command begins with them as they are now"
        )


def main() -> None:
    """Obey orders until there are no more; what anybody prints goes to standard error."""
    answering = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    # unbuffered: a thread that waits in a buffered standard input cannot be left behind after a bug
    with (
        open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as incoming,
        open(answering, "wb") as answers,
        listen_for_stop() as should_stop,
    ):
        orders = hear_orders(incoming, should_stop)
        outlet = Outlet(answers, should_stop)
        worker = Worker(outlet, should_stop)
        for order in iter(orders.get, None):
            outlet.send(worker.obey(order))


if __name__ == "__main__":
    main()
