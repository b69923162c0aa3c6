"""Two processes train as one does: noise, dropout, batch norm, penalties and masks over the whole batch.

Both run once, in tests/two_processes.py, as processes take seconds to start.
"""

import json
import os
import socket
import subprocess
import sys

import pytest

from tests.two_processes import SITUATIONS


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    file = tmp_path_factory.mktemp("two") / "result.json"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "OMP_NUM_THREADS": "1",
    }
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.two_processes", str(file)],
            env=environment | {"RANK": str(rank)},
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        for rank in range(2)
    ]
    errors = [process.communicate(timeout=300)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], "\n".join(errors)
    return json.loads(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", [name for name in SITUATIONS if name.startswith("float64")])
def test_losses_are_those_of_one_process(found, name):
    assert found[name]["steps"] >= 20
    assert max(found[name]["losses"]) < 1e-12
    assert found[name]["epochs"] < 1e-12
    assert found[name]["weights"] < 1e-8


def test_single_precision_differs_by_rounding(found):
    assert found["float32"]["losses"][0] < 1e-6
    assert max(found["float32"]["losses"]) < 1e-4


@pytest.mark.parametrize("name", list(SITUATIONS))
def test_weights_keep_their_names_and_the_model_its_layers(found, name):
    assert found[name]["names"]
    assert found[name]["layers"]


def test_batch_norm_is_that_of_the_whole_batch_forward_and_backward(found):
    assert max(found["batch norm"]) < 1e-10


def test_a_loss_that_is_not_finite_ends_all_with_the_same_line(found):
    assert found["broken"].startswith("training: the loss is nan in epoch 0, step 0")


def test_all_leave_out_the_same_steps_and_name_the_same_culprit(found):
    left_out = found["left out"]
    together, alone = left_out["steps"]
    assert together == alone > 0
    assert left_out["weights"] < 1e-8
    for what in ("warned", "stopped"):
        together, alone = left_out[what]
        assert together == alone
    assert "pixels that are NaN or infinite in the window of bin 1" in left_out["stopped"][0]


def test_all_stop_at_the_step_at_which_one_is_asked_to(found):
    assert found["stopped"] == [7, "interrupted and saved; the same command goes on from here"]


def test_a_training_in_pieces_ends_with_the_same_bits(found):
    assert found["resumed"] is True


def test_all_decide_alike(found):
    assert found["any"] == [True, False]
    assert found["first"] == 0.5
