"""`training.compile`: compiled where torch can, as it is where it cannot, and said in one line."""

import functools

import attrs
import pytest
import torch

from sysid import training_step
from sysid.compilation import CompiledForward
from sysid.training_step import OwnLoss, prepare_loss
from tests.test_training import TRAINING, make_model, make_sessions

COMPILING = attrs.evolve(TRAINING, compile=True)


def refuse(model):
    def fail(*inputs):
        torch.rand(3)  # as noise that was drawn before something failed
        raise RuntimeError("no C++ compiler\nand much more")

    return fail


def loss_of(sessions, training, warn):
    """Return the loss of a first batch, with dropout of a seed."""
    model = make_model(sessions)
    torch.manual_seed(5)
    with prepare_loss(model, training, warn) as loss:
        return loss(sessions["one"].batch("train", torch.arange(9)), "one")


def test_what_cannot_be_compiled_goes_on_as_it_is_after_one_line(monkeypatch):
    monkeypatch.setattr(torch, "compile", refuse)
    sessions, said = make_sessions(), []
    assert torch.equal(loss_of(sessions, COMPILING, said.append), loss_of(sessions, TRAINING, said.append))
    assert said == ["training.compile: goes on without, as torch refuses this model: no C++ compiler"]
    forward = CompiledForward(torch.nn.Identity(), said.append)
    assert [forward(number) for number in (1, 2)] == [1, 2]
    assert len(said) == 2


def test_a_torch_that_does_not_compile_at_all_is_no_error(monkeypatch):
    def unsupported(model):
        raise RuntimeError

    monkeypatch.setattr(torch, "compile", unsupported)
    said = []
    assert CompiledForward(torch.nn.Identity(), said.append)(7) == 7
    assert said == ["training.compile: goes on without, as torch refuses this model: RuntimeError"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RuntimeError("no C++ compiler\nand much more"), ": no C++ compiler"),
        (
            AssertionError("expected Wrapper, got <class>"),
            ": its compiler fails (expected Wrapper, got <class>)",
        ),
        (
            AssertionError(
                'expected Wrapper\n\nfrom user code:\n   File "/there/outer.py", line 7, in forward\n'
                '    x = y()\n  File "/there/inner.py", line 18, in __init__\n    set(1)\n\nSet SOMETHING=1'
            ),
            " at inner.py, line 18 (__init__): its compiler fails (expected Wrapper)",
        ),
    ],
)
def test_the_reason_says_where_torch_stops(monkeypatch, error, reason):
    def unsupported(model):
        raise error

    monkeypatch.setattr(torch, "compile", unsupported)
    said = []
    CompiledForward(torch.nn.Identity(), said.append)(7)
    assert said == [f"training.compile: goes on without, as torch refuses this model{reason}"]


def test_an_error_of_the_model_itself_is_not_hidden(monkeypatch):
    class Broken(torch.nn.Module):
        def forward(self, stimulus):
            raise ValueError("mine")

    monkeypatch.setattr(torch, "compile", lambda model: model)
    with pytest.raises(ValueError, match="mine"):
        CompiledForward(Broken(), lambda line: None)(1)


def test_a_compiled_model_has_the_same_values_and_gradients(monkeypatch):
    # "eager" needs no C++ compiler; under pytest our own models check their shapes, which torch refuses
    monkeypatch.setattr(torch, "compile", functools.partial(torch.compile, backend="eager"))
    model, said = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh()), []
    inputs = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    found = []
    for forward in (model, CompiledForward(model, said.append)):
        values = forward(inputs)
        values.square().sum().backward()
        found.append((values.detach(), model[0].weight.grad))
        model.zero_grad()
    assert said == []
    torch.testing.assert_close(found[0], found[1])


def test_only_who_asks_compiles():
    model = make_model(make_sessions())
    for training in (TRAINING, COMPILING):
        with prepare_loss(model, training, pytest.fail) as loss:
            assert (loss.compiled is None) == (not training.compile)


def test_several_processes_do_not_compile(monkeypatch):
    class Several(torch.nn.Module):
        def __init__(self, loss, **_options):
            super().__init__()
            self.loss = loss

    monkeypatch.setattr(training_step, "group_size", lambda: 2)
    monkeypatch.setattr(training_step, "DistributedDataParallel", Several)
    said = []
    with prepare_loss(make_model(make_sessions()), COMPILING, said.append) as shared:
        assert isinstance(shared.loss, OwnLoss)
        assert shared.loss.compiled is None
    assert said == ["training.compile: goes on without, as several processes train this model"]
