"""Models compute where their weights are, in the type of their weights: shown without a GPU."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from sysid.bundled import bundled_recipes
from sysid.examination import first_runs
from sysid.model import assemble
from sysid.recipe import load_recipe
from sysid.sample import Batch
from sysid.subject import Subjects
from sysid.training_step import OwnLoss


class Devices(TorchDispatchMode):
    """Collect the devices of all tensors with more than one number that operations are given or make."""

    def __init__(self):
        super().__init__()
        self.seen = set()

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        result = operation(*args, **(kwargs or {}))
        tensors = [each for each in tree_leaves((args, kwargs, result)) if isinstance(each, torch.Tensor)]
        self.seen |= {tensor.device.type for tensor in tensors if tensor.numel() > 1}
        return result


def quick_plans():
    """Return every model of every bundled recipe once, as small as its quick profile makes it."""
    found = {}
    for name in bundled_recipes():
        for plan in first_runs(load_recipe(name, profile="quick")):
            found.setdefault((plan.encoder, plan.core, plan.readout), (f"{name} {plan.variant}", plan))
    return dict(found.values())


PLANS = quick_plans()


def model_of(plan):
    subject = Subjects(counting=False).of(plan)
    model = assemble(subject.architecture, subject.outline.shapes, subject.populations, seed=0)
    neurons = {session: population.count for session, population in subject.populations.items()}
    return model, subject.architecture.input_shape, next(iter(neurons.items()))


@pytest.mark.parametrize("name", PLANS)
def test_a_model_that_was_moved_computes_there_alone(name):
    model, shape, (session, neurons) = model_of(PLANS[name])
    there = torch.device("meta")
    model = model.to(there).train()
    responses = torch.ones(3, 1, neurons, device=there)
    stimulus = torch.zeros(3, *shape, dtype=torch.uint8, device=there)
    with Devices() as devices:
        loss = OwnLoss(model, "float32")(Batch(stimulus, responses, responses > 0, None), session)
        loss.backward()
    assert devices.seen == {"meta"}
    assert {weights.grad.device.type for weights in model.parameters() if weights.grad is not None} == {
        "meta"
    }


@pytest.mark.parametrize("name", PLANS)
def test_a_model_computes_in_the_type_of_its_weights(name):
    model, shape, (session, _) = model_of(PLANS[name])
    generator = torch.Generator().manual_seed(0)
    stimulus = torch.randint(0, 256, (3, *shape), generator=generator, dtype=torch.uint8)
    model.eval()
    with torch.no_grad():
        single, _ = model(stimulus, None, session)
        assert single.dtype == torch.float32
        same, _ = model(stimulus.float(), None, session)
        assert torch.equal(same, single)  # uint8 becomes single precision, where the model is
        double, penalty = model.double()(stimulus, None, session)
    assert (double.dtype, penalty.dtype) == (torch.float64, torch.float64)
    torch.testing.assert_close(double.float(), single, rtol=1e-3, atol=1e-3)
