"""Several runs of a recipe at once, each in one of several processes: `sysid run --jobs`."""

from collections import deque
from queue import Empty, SimpleQueue
from typing import Any

from sysid.errors import InterruptedTrainingError, SysidError
from sysid.identity import digest
from sysid.interruption import StopRequest, leave_if_asked
from sysid.job_chorus import Chorus
from sysid.job_message import Message
from sysid.job_process import JobProcess, explain_end
from sysid.planned_run import PlannedRun
from sysid.recipe import Recipe
from sysid.reporter import Reporter
from sysid.run_claim import plan_identity
from sysid.training import Epoch

GLANCE_S = 0.1  # between two looks whether somebody asked to stop
SHOWN = 12  # names of runs in a line


def run_in_jobs(
    runs: list[PlannedRun],
    recipe: Recipe,
    reporter: Reporter,
    should_stop: StopRequest,
    *,
    jobs: int,
    stand_in: bool,
) -> None:
    """Carry out runs, `jobs` at once; one that fails takes no other with it.

    Raises:
        SysidError: some runs failed, all others being finished; its notes say why.
        InterruptedTrainingError: `should_stop` said so, and every process saved.
    """
    pool = Pool(runs, recipe, reporter, should_stop, jobs=jobs, stand_in=stand_in)
    try:
        pool.work()
    except KeyboardInterrupt:  # the second one
        for process in pool.processes:
            process.kill()
        raise
    finally:
        for process in pool.processes:
            process.dismiss()
        for process in pool.processes:
            process.part()
    pool.conclude()


class Pool:
    """The runs that wait, and the processes that carry them out."""

    def __init__(
        self,
        runs: list[PlannedRun],
        recipe: Recipe,
        reporter: Reporter,
        should_stop: StopRequest,
        *,
        jobs: int,
        stand_in: bool,
    ):
        self.waiting = deque(runs)
        self.count = len(runs)
        self.recipe = recipe
        self.reporter = reporter
        self.should_stop = should_stop
        self.jobs = jobs
        self.stand_in = stand_in
        self.events: SimpleQueue[tuple[JobProcess, Message]] = SimpleQueue()
        self.processes: list[JobProcess] = []
        self.chorus = Chorus()
        self.failed: dict[str, str] = {}
        self.interrupted = ""

    def work(self) -> None:
        """Hand out runs until none waits, or until somebody asks to stop."""
        for _ in range(self.jobs):
            self.processes.append(JobProcess(self.events))
            self.hand_out(self.processes[-1])
        asked = False
        while any(process.planned for process in self.processes):
            if self.stopping and not asked:
                asked = True
                for process in self.processes:
                    process.ask_to_stop()
            try:
                process, message = self.events.get(timeout=GLANCE_S)
            except Empty:
                continue
            self.hear(process, message)

    @property
    def stopping(self) -> bool:
        """Whether somebody asked this process, or one of the others, to stop."""
        return self.should_stop() or bool(self.interrupted)

    def hand_out(self, process: JobProcess) -> None:
        """Give a process the next run, or send it home so that its memory is free."""
        process.planned = None
        if self.stopping or not self.waiting:
            process.dismiss()
            return
        planned = self.waiting.popleft()
        order = {
            "recipe": str(self.recipe.path),
            "profile": self.recipe.profile,
            "settings": self.recipe.settings,
            "stand_in": self.stand_in,
            "run": planned.plan.name,
            "number": planned.number,
            "of": planned.of,
            "folder": str(planned.folder.path),
            "digest": digest(plan_identity(planned.plan, planned.source)),
        }
        process.order(planned, order)

    def hear(self, process: JobProcess, message: Message) -> None:
        """Pass on what a process says, and see to it that it has something to do."""
        planned = process.planned
        if "tell" in message:
            self.pass_on(process, message["tell"], message["with"])
        elif "printed" in message:
            self.chorus.say(process, message["printed"], self.reporter.warn)
        elif "done" in message:
            self.hand_out(process)
        elif planned is None:  # its end, which nobody need explain
            return
        elif "failed" in message:
            self.fail(planned, message["failed"])
            self.hand_out(process)
        elif "ended" in message:
            process.planned = None
            why = f"{self.recipe.path}: {planned.plan.name}: {explain_end(message['ended'])}"
            self.fail(planned, why, self.chorus.last_words(process))
        elif "put_back" in message:
            process.planned = None
            self.waiting.appendleft(planned)
        else:
            process.planned = None
            self.interrupted = message["interrupted"]

    def pass_on(self, process: JobProcess, name: str, values: list[Any]) -> None:
        """Call the reporter as a process would have called it."""
        if name in ("note", "warn"):
            self.chorus.say(process, values[0], getattr(self.reporter, name))
        elif name == "epoch":
            self.reporter.epoch(values[0], Epoch(**values[1]))
        else:
            getattr(self.reporter, name)(*values)

    def fail(self, planned: PlannedRun, why: str, last_words: str = "") -> None:
        """Remember why a run failed, and tell it at once: the others may take hours."""
        self.failed[planned.plan.name] = f"{why}\n{last_words}".strip()
        self.reporter.run_failed(planned.plan.name, why)

    def conclude(self) -> None:
        """Raise what has to be said of the runs together (see `run_in_jobs`)."""
        if self.interrupted:
            raise InterruptedTrainingError(self.interrupted)
        if self.waiting:
            leave_if_asked(self.should_stop, "runs")
        if not self.failed:
            return
        names = ", ".join(list(self.failed)[:SHOWN])
        more = f" and {len(self.failed) - SHOWN} more" if len(self.failed) > SHOWN else ""
        rest = f"; {len(self.waiting)} were not begun" if self.waiting else ""
        error = SysidError(
            f"{self.recipe.path}: {len(self.failed)} of {self.count} runs failed: {names}{more}{rest}; "
            "what is finished stays, and the same command goes on with the others"
        )
        for why in self.failed.values():
            error.add_note(why)
        raise error
