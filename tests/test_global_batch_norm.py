import datetime

import pytest
import torch
import torch.distributed as dist
from torch import nn

from sysid import process_group, shared_batch
from sysid.global_batch_norm import GlobalBatchNorm
from sysid.global_layer import global_layers
from sysid.place import Place
from sysid.shared_batch import Share

# A group of one: everything is exchanged, with nobody. Two processes: tests/test_distributed_training.py.


@pytest.fixture
def group_of_one():
    dist.init_process_group(
        "gloo", store=dist.HashStore(), rank=0, world_size=1, timeout=datetime.timedelta(seconds=20)
    )
    yield
    dist.destroy_process_group()


@pytest.fixture
def shared(group_of_one, monkeypatch):
    monkeypatch.setattr(shared_batch, "_shares", [Share(0, 6, 6)])


KINDS = [(nn.BatchNorm1d, (6, 3)), (nn.BatchNorm1d, (6, 3, 5)), (nn.BatchNorm2d, (6, 3, 4, 5))]


def make(kind, **keys):
    torch.manual_seed(1)
    norm = kind(3, **keys)
    for weights in norm.parameters():
        nn.init.normal_(weights)
    return norm


@pytest.mark.parametrize(("kind", "shape"), KINDS)
@pytest.mark.parametrize("keys", [{}, {"momentum": None}, {"affine": False}, {"track_running_stats": False}])
def test_values_gradients_and_statistics_are_torchs(shared, kind, shape, keys):
    values = torch.randn(shape, dtype=torch.float64) * 3 + 50
    goal = torch.randn(shape, dtype=torch.float64)
    found = []
    for norm in (make(kind, **keys).double(), GlobalBatchNorm(make(kind, **keys).double())):
        given = values.clone().requires_grad_()
        for _ in range(3):  # running statistics are averages of several
            out = norm(given)
        (out * goal).sum().backward()
        gradients = [weights.grad for weights in norm.parameters()]
        found.append([out.detach(), given.grad, *gradients, *norm.buffers(), norm.eval()(values).detach()])
    for theirs, own in zip(*found, strict=True):
        torch.testing.assert_close(own, theirs, rtol=1e-10, atol=1e-10)


def test_the_gradient_is_that_of_finite_differences(shared):
    norm = GlobalBatchNorm(make(nn.BatchNorm2d).double())
    values = torch.randn(6, 3, 2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(norm, (values,))


def test_single_precision_keeps_a_small_variance_beside_a_large_mean(shared):
    values = torch.randn(6, 3, 40, 40) + 1000
    own, theirs = GlobalBatchNorm(make(nn.BatchNorm2d)), make(nn.BatchNorm2d)
    own(values), theirs(values)
    torch.testing.assert_close(own.running_var, theirs.running_var, rtol=1e-4, atol=1e-5)


def test_half_precision_is_computed_in_single(shared):
    values = (torch.randn(6, 3, 4, 5) + 5).bfloat16()
    out = GlobalBatchNorm(make(nn.BatchNorm2d))(values)
    assert out.dtype == torch.bfloat16
    torch.testing.assert_close(out.float(), make(nn.BatchNorm2d)(values.float()), rtol=0.01, atol=0.02)


def test_a_single_value_has_no_variance(shared):
    with pytest.raises(ValueError, match="expected more than one value per channel in training"):
        GlobalBatchNorm(nn.BatchNorm1d(3))(torch.ones(1, 3))


def test_layers_are_replaced_for_a_training_by_several_and_come_back(monkeypatch):
    dropout = nn.Dropout(0.2)
    model = nn.ModuleDict(
        {"a": nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), dropout), "b": nn.Sequential(dropout)}
    )
    before, names = dict(model.named_modules()), list(model.state_dict())
    weights = [id(value) for value in model.parameters()]
    with global_layers(model):
        assert dict(model.named_modules()) == before  # one process trains the model as it is
    monkeypatch.setattr(process_group, "_members", [Place(0, 2)])
    with global_layers(model):
        kinds = [type(module).__name__ for module in model["a"]]
        assert kinds == ["Linear", "GlobalBatchNorm", "GlobalDropout"]
        assert model["b"][0] is model["a"][2]
        assert list(model.state_dict()) == names
        assert [id(value) for value in model.parameters()] == weights
        model.eval()
    assert dict(model.named_modules()) == before
    assert not any(module.training for module in model.modules())
