"""Try something many times in processes that may die, hang, or ask for too much memory."""

import faulthandler
import json
import os
import resource
import signal
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import attrs

from sysid.errors import SysidError, lines_of
from sysid.visible_text import make_visible
from tests.faults.watch import forbid

READ, REFUSED = "read", "refused"


@attrs.frozen
class Limits:
    """What one case may take.

    Attributes:
        seconds: of processor time, after which it counts as hanging: a busy machine changes nothing.
        wall_s: after which it counts as waiting for what never comes.
        memory_bytes: of address space, beside what the process had before the first case.
    """

    seconds: float = 10.0
    wall_s: float = 240.0
    memory_bytes: int = 1 << 30


@attrs.frozen
class Outcome:
    """What came of a case.

    Attributes:
        case: its number.
        result: `READ`, `REFUSED` (one clear line), or a fault.
        said: the line, or what the fault was.
    """

    case: int
    result: str
    said: str

    @property
    def is_fault(self) -> bool:
        """Whether it was neither read nor refused in one line."""
        return self.result not in (READ, REFUSED)


def try_cases(
    cases: Sequence[int], act: Callable[[int], object], folders: Iterable[Path], limits: Limits = Limits()
) -> Iterator[Outcome]:
    """Yield what came of every case, each process going on until one of its cases ends it.

    Args:
        cases: numbers.
        act: does one; it may write below `folders` and nowhere else.
        folders: where it may write.
        limits: of time and memory.
    """
    waiting, folders = list(cases), tuple(folders)
    while waiting:
        receiving, sending = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(receiving)
            _work(waiting, act, folders, limits, sending)
        os.close(sending)
        begun = None
        with os.fdopen(receiving, encoding="utf-8") as lines:
            for line in lines:
                case, *told = json.loads(line)
                begun = case
                if told:
                    begun = None
                    waiting.remove(case)
                    yield Outcome(case, *told)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if begun is not None:
            waiting.remove(begun)
            yield Outcome(begun, "died", _describe_end(status, limits))
        elif status != 0:
            raise RuntimeError(f"a process ended with {status} between two cases")


def _describe_end(status: int, limits: Limits) -> str:
    if status == -signal.SIGPROF:
        return f"took more than {limits.seconds:g} s of processor time"
    if status < 0:
        return f"killed by {signal.Signals(-status).name}"
    return f"exit {status}; waited for {limits.wall_s:g} s?"


def _work(
    cases: list[int], act: Callable[[int], object], folders: tuple[Path, ...], limits: Limits, pipe: int
) -> None:
    """Do cases in a child and leave it; never returns."""
    with os.fdopen(pipe, "w", encoding="utf-8") as out, open(os.devnull, "w") as nowhere:
        _limit_memory(limits.memory_bytes)
        forbid(folders)
        for case in cases:
            print(json.dumps([case]), file=out, flush=True)
            faulthandler.dump_traceback_later(limits.wall_s, exit=True, file=nowhere)
            signal.setitimer(signal.ITIMER_PROF, limits.seconds)  # its signal ends the process
            result, said = _attempt(act, case)
            signal.setitimer(signal.ITIMER_PROF, 0)
            faulthandler.cancel_dump_traceback_later()
            print(json.dumps([case, result, said]), file=out, flush=True)
    os._exit(0)


def _limit_memory(more_bytes: int) -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * os.sysconf("SC_PAGE_SIZE") + more_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _attempt(act: Callable[[int], object], case: int) -> tuple[str, str]:
    try:
        act(case)
    except SysidError as error:
        broken = [line for line in lines_of(error) if not line or line != make_visible(line)]
        return ("unclear", repr(broken[0])) if broken else (REFUSED, str(error))
    except BaseException as error:
        own = [f for f in traceback.extract_tb(error.__traceback__) if "/sysid" in f.filename]
        place = f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else "?"
        words = " ".join(str(error).split())[:200]
        return type(error).__name__, f"{place}: {words}"
    return READ, ""
