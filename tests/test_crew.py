import os
import subprocess
import sys
import threading
import time

import pytest
import torch
import torch.distributed as dist

from sysid import crew as crew_module
from sysid import follower, joint_training
from sysid.crew import Crew, is_alive
from sysid.errors import InterruptedTrainingError, SysidErrors
from sysid.joint_training import send_home, train_together
from sysid.process_group import lost_touch

NOBODY = 4_194_305  # more than the highest process number of Linux


@pytest.fixture
def store(monkeypatch):
    """The store of two processes, of which this one is both."""
    store = dist.HashStore()
    for name, value in {"WORLD_SIZE": "2", "MASTER_ADDR": "here", "MASTER_PORT": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(dist, "rendezvous", lambda _: iter([(store, 0, 2)]))
    return store


TASK = {"recipe": "tiny.toml", "threads": 1, "state_file": "nowhere/state.safetensors"}


@pytest.fixture
def crews(store, monkeypatch):
    """The crew as seen by the first process and by the second."""
    seen = []
    for rank in "01":
        monkeypatch.setenv("RANK", rank)
        seen.append(Crew())
    for crew in seen:
        crew.know(lambda: None)
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setattr(joint_training, "own_crew", lambda: seen[0])
    monkeypatch.setattr(follower, "own_crew", lambda: seen[1])
    return seen


def test_a_process_is_alive_until_it_ends_whoever_buries_it():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert is_alive(process.pid)
    process.stdin.close()
    until = time.monotonic() + 60
    while is_alive(process.pid) and time.monotonic() < until:
        time.sleep(0.01)
    assert not is_alive(process.pid)  # nobody has waited for it yet
    process.wait()
    assert not is_alive(process.pid)
    assert is_alive(os.getpid())


def test_words_reach_the_other_process(crews):
    first, second = crews
    assert second.ask("word") is None
    first.tell("word", {"leave": 3})
    assert second.wait("word", lambda: None) == {"leave": 3}


def test_who_waits_may_give_up(crews):
    def give_up():
        raise KeyError("enough")

    with pytest.raises(KeyError):
        crews[1].wait("nothing", give_up)


def test_a_process_that_ended_is_named_with_what_to_do(crews):
    first, second = crews
    assert first.lost() == []
    first.processes[1] = second.processes[1] = first.processes[1] | {"number": NOBODY}
    with pytest.raises(InterruptedTrainingError) as error:
        first.refuse_lost()
    assert str(error.value) == (
        "rank 1 of 2 processes ended, so the others do; the same command goes on with what is left"
    )
    second.refuse_to_be_left()  # the first is there, and says what to do
    second.processes[0] = second.processes[1]
    with pytest.raises(InterruptedTrainingError, match="rank 0 and rank 1 of 2 processes ended"):
        second.refuse_to_be_left()


def test_what_the_same_command_does_depends_on_whether_anything_was_saved(crews, tmp_path):
    (first, _), saved = crews, tmp_path / "state.safetensors"
    assert first.remedy() == "the same command goes on with what is left"
    first.state_file = saved
    anew = "nothing of this training was saved yet, so the same command begins it anew"
    assert first.remedy() == anew
    saved.touch()
    assert first.remedy() == "the same command goes on from the last save"


def test_the_others_learn_where_the_first_saves(crews, monkeypatch):
    crews[0].tell("word/0", {"train": TASK})
    crews[0].tell("word/1", {"leave": 0})
    monkeypatch.setattr(follower, "_take_part", lambda *_: None)
    assert follower.follow() == 0
    assert str(crews[1].state_file) == TASK["state_file"]


def test_processes_of_another_machine_count_as_alive(crews):
    crews[0].processes[1] = {"host": "elsewhere", "number": NOBODY}
    assert crews[0].lost() == []


def test_followers_end_with_the_code_of_the_first(crews, monkeypatch):
    monkeypatch.setattr(joint_training.signal, "signal", lambda *_: None)
    codes = []
    waiting = threading.Thread(target=lambda: codes.append(follower.follow()))
    waiting.start()
    send_home(2)
    waiting.join(timeout=60)
    assert codes == [2]


def test_a_follower_without_the_first_says_so_once_and_ends(crews, capsys):
    crews[1].processes[0] = crews[1].processes[0] | {"number": NOBODY}
    crews[1].know = lambda _: None
    assert follower.follow() == 130
    assert capsys.readouterr().err == (
        "sysid: rank 0 of 2 processes ended, so the others do; the same command goes on with what is left\n"
    )


def test_what_hinders_another_process_is_said_by_the_first(crews):
    crews[1].tell("ready/0/1", "rank 1 on there: expected data, got none")
    with (
        pytest.raises(SysidErrors, match="rank 1 on there: expected data, got none"),
        train_together(TASK, torch.device("cpu"), lambda: False),
    ):
        pass
    assert crews[1].ask("word/0") == {"train": TASK}
    assert crews[1].ask("go/0") is False
    assert crews[0].said == 1


def test_who_asks_to_stop_need_not_wait_for_the_others(crews):
    with (
        pytest.raises(InterruptedTrainingError, match="interrupted before training; the same command goes"),
        train_together(TASK, torch.device("cpu"), lambda: True),
    ):
        pass
    assert crews[1].ask("go/0") is False


def test_a_process_alone_trains_without_a_word(monkeypatch):
    monkeypatch.setattr(joint_training, "own_crew", lambda: 1 / 0)
    with train_together(TASK, torch.device("cpu"), lambda: False):
        pass


def test_only_errors_of_communication_are_lost_touch():
    assert lost_touch(RuntimeError("[gloo/transport/tcp/pair.cc:534] Connection closed by peer"))
    assert lost_touch(dist.DistNetworkError("gone"))
    assert not lost_touch(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))


def test_a_machine_that_is_out_of_reach_is_one_line(crews, monkeypatch):
    crews[1].tell("ready/0/1", "")
    monkeypatch.setattr(joint_training, "REAPING_S", 0.0)
    monkeypatch.setattr(joint_training, "join_group", lambda *_: break_off())
    with (
        pytest.raises(InterruptedTrainingError) as error,
        train_together(TASK, torch.device("cpu"), lambda: False),
    ):
        pass
    assert str(error.value) == (
        "lost touch with a process of another machine; nothing of this training was saved yet, so the same "
        "command begins it anew"
    )


def break_off():
    raise dist.DistNetworkError("gone")


def test_a_crew_is_made_once(store, monkeypatch):
    monkeypatch.setenv("RANK", "0")
    crew_module.own_crew.cache_clear()
    assert crew_module.own_crew() is crew_module.own_crew()
    crew_module.own_crew.cache_clear()
