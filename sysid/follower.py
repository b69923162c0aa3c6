"""What the processes beside the first do: prepare its trainings, take part in them, and end as it does."""

import json
import socket
from pathlib import Path

import torch.distributed as dist

from sysid.command.line import print_line
from sysid.crew import Crew, own_crew
from sysid.errors import InterruptedTrainingError, SysidError
from sysid.identity import differences, digest
from sysid.interruption import StopRequest, listen_for_stop
from sysid.joint_training import Task
from sysid.preparation import Prepared, prepare
from sysid.process_group import join_group, lost_touch
from sysid.recipe import load_recipe
from sysid.run_claim import plan_identity
from sysid.source import Recordings, find_sources
from sysid.thread import limit_threads
from sysid.training import silent_hooks, train

INTERRUPTED = 130  # 128 + SIGINT, as shells have it


def follow() -> int:
    """Take part in every training that the first process begins, and return the exit code to end with."""
    crew = own_crew()
    with listen_for_stop() as should_stop:
        try:
            crew.know(lambda: None)
            return _obey(crew, should_stop)
        except InterruptedTrainingError as error:  # the first process has ended, and cannot say so
            alive = set(crew.processes) - set(crew.lost())
            if crew.place.rank == min(alive):
                print_line(f"sysid: {error}", err=True)
            return INTERRUPTED


def _obey(crew: Crew, should_stop: StopRequest) -> int:
    """Wait for a word of the first process and do as it says, until it says to leave."""
    recordings: dict[str, Recordings] = {}
    while True:
        word = crew.wait(f"word/{crew.said}", crew.refuse_to_be_left)
        if "leave" in word:
            crew.store.add("left", 1)
            return int(word["leave"])
        number, crew.said = crew.said, crew.said + 1
        task = word["train"]
        crew.state_file = Path(task["state_file"])
        kept = recordings.setdefault(task["recipe"], Recordings(task["recipe"]))
        with limit_threads(task["threads"]):
            _take_part(crew, number, task, kept, should_stop)


def _take_part(crew: Crew, number: int, task: Task, recordings: Recordings, should_stop: StopRequest) -> None:
    """Prepare one training, tell the first process whether that went well, and train when all are ready."""
    hindrance = ""
    try:
        prepared = prepare_task(task, recordings)
    except SysidError as error:
        hindrance = f"rank {crew.place.rank} on {socket.gethostname()}: {error}"
    crew.tell(f"ready/{number}/{crew.place.rank}", hindrance)
    if not crew.wait(f"go/{number}", crew.refuse_to_be_left):
        return
    try:
        with join_group(dist.PrefixStore(f"group/{number}", crew.store), prepared.device):
            plan = prepared.plan
            train(
                prepared.model, prepared.sessions, plan.training, plan.seed, None, silent_hooks(should_stop)
            )
    except SysidError:
        pass  # the first process has met it as well, and says so
    except RuntimeError as error:
        if not lost_touch(error):
            raise
        crew.wait(f"over/{number}", crew.refuse_to_be_left)


def prepare_task(task: Task, recordings: Recordings) -> Prepared:
    """Prepare the same training as the first process, from the recipe and the data of this machine.

    Raises:
        SysidError: something is missing here or is not what the first process has.
    """
    recipe = load_recipe(task["recipe"], profile=task["profile"], settings=task["settings"])
    plans = {plan.name: plan for plan in recipe.runs}
    if task["run"] not in plans:
        raise SysidError(f"{task['recipe']}: expected the run {task['run']}, as rank 0 has it, got none")
    plan = plans[task["run"]]
    source = find_sources((plan,), task["recipe"], stand_in=True)[plan.name]
    identity = json.loads(json.dumps(plan_identity(plan, source), default=str))
    if digest(identity) != digest(task["identity"]):
        changes = "; ".join(differences(task["identity"], identity))
        raise SysidError(f"{task['recipe']}: expected the run {plan.name} of rank 0, got {changes}")
    where = f"{task['recipe']}: datasets.{plan.dataset_name}"
    return prepare(plan, recordings.load(plan, source), where)
