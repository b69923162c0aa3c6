"""The command line in processes that are stopped or hindered, made quickly: forks of one that is warm.

`python -m tests.stopped_command` reads a request a line and answers each with what became of it.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sysid.registry import discover
from tests.command_line import Outcome
from tests.installed_plugin import on_path

TOP = Path(__file__).resolve().parents[1]
LONGEST_S = 120
IMPORTED = (
    "matplotlib.backends.backend_agg",
    "sysid.job_pool",
    "sysid.recipe_run",
    "sysid.response_figure",
    "torch._dynamo",
    "torch.utils.tensorboard",
    "tensorboard.compat.tensorflow_stub",
)
"""What takes long to import."""

ANALYSIS = """\
[analyses.counted]
use = "acme:count"
"""
COUNT = """
    import attrs, numpy, sysid

    @attrs.frozen
    class Count(sysid.Analysis):
        scope = "run"

        def analyze(self, runs, folder):
            (folder / "table.csv").write_text("run,bins\\n0,7\\n")
            with open(folder / "bins.npz", "wb") as file:
                numpy.savez(file, bins=numpy.arange(7))
            return sysid.Findings(
                numbers={"bins": 7.0}, headlines=("seven bins",), tables=(sysid.Table("table.csv", "a run"),)
            )

    @sysid.hookimpl
    def sysid_analyses():
        return {"count": Count}
"""
"""An analysis that draws nothing, as drawing takes longer than the rest of a small run."""


class Commands:
    """Start commands, one after the other, in forks of a process that has imported everything."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.stopped_command"],
            cwd=TOP,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"},
            encoding="utf-8",
        )

    def call(self, *arguments: Any, **hindrance: Any) -> tuple[Outcome, int]:
        """Carry out one command in the working directory; return what became of it, and the disk's count.

        Args:
            arguments: of the command line.
            hindrance: `fault`, `at` and `below` of a `FaultyDisk`; or `signals`, sent when a `function` named
                `module:name` or `module:Class.name` is called for the `at`-th time.
        """
        request = {"folder": os.getcwd(), "arguments": [str(each) for each in arguments]} | hindrance
        print(json.dumps(request), file=self.process.stdin, flush=True)
        answer = json.loads(self.process.stdout.readline())
        return Outcome(answer["code"], answer["out"], answer["err"]), answer["count"]

    def end(self) -> None:
        """End the process."""
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def warm_up() -> None:
    """Import what a run needs; no thread is started here, so forks are whole."""
    for name in IMPORTED:
        importlib.import_module(name)


def serve() -> None:
    """Answer requests until there are no more."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as folder, on_path(Path(folder) / "site") as site:
        site.install(COUNT)
        warm_up()
        discover()
        for line in sys.stdin:
            print(json.dumps(answer(json.loads(line))), flush=True)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Carry out a request in a fork and return what became of it."""
    with tempfile.TemporaryDirectory() as scratch:
        child = os.fork()
        if child == 0:
            carry_out(request, Path(scratch))
        code = wait_for(child)
        out, err = ((Path(scratch) / name).read_text("utf-8") for name in ("out", "err"))
        count = Path(scratch) / "count"
        return {
            "code": code,
            "out": out,
            "err": err,
            "count": int(count.read_text()) if count.exists() else 0,
        }


def wait_for(child: int) -> int:
    """Wait for a fork to end and return its exit code; one that hangs is killed."""
    until = time.monotonic() + LONGEST_S
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -signal.SIGALRM  # as if an alarm had ended it


def carry_out(request: dict[str, Any], scratch: Path) -> None:
    """Be the command, in a fork; does not return."""
    from sysid.command.main import main
    from tests.faulty_disk import FaultyDisk

    os.chdir(request["folder"])
    for name, descriptor in (("out", 1), ("err", 2)):
        opened = os.open(scratch / name, os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(opened, descriptor)
    os.setsid()
    sys.argv = ["sysid", *request["arguments"]]
    disk = None
    if "fault" in request:
        disk = FaultyDisk(Path(request["below"]), request["fault"], request["at"])
        disk.install()
    if "signals" in request:
        send_when_called(request)
    code: Any = 1
    try:
        main()
        code = 0
    except SystemExit as leaving:
        code = leaving.code or 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        if disk is not None:
            (scratch / "count").write_text(str(disk.count))
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def send_when_called(request: dict[str, Any]) -> None:
    """Have this process sent signals when it calls a function for the so-and-so-many-th time."""
    module, _, path = request["function"].partition(":")
    holder: Any = importlib.import_module(module)
    *classes, name = path.split(".")
    for each in classes:
        holder = getattr(holder, each)
    real, calls = getattr(holder, name), []

    def called(*arguments: Any, **options: Any) -> Any:
        calls.append(None)
        if len(calls) == request["at"]:
            for number in request["signals"]:
                os.kill(os.getpid(), number)
        return real(*arguments, **options)

    setattr(holder, name, called)


if __name__ == "__main__":
    serve()
