"""Normal numbers for large tensors."""

import pytest
import torch
from scipy import stats

from sysid import normal_fill
from sysid.normal import add_normal, normal_like
from sysid.normal_fill import fill_normal


def drawn(shape: tuple[int, ...], seed: int = 0) -> torch.Tensor:
    torch.manual_seed(seed)
    return fill_normal(torch.empty(shape))


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(normal_fill, "BLOCK", 1000)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("shape", [(7,), (999,), (1000,), (1001,), (30, 40, 5)])
def test_numbers_are_normal_and_the_same_for_one_seed(shape: tuple[int, ...]) -> None:
    numbers = drawn(shape)
    assert torch.equal(numbers, drawn(shape))
    assert not torch.equal(numbers, drawn(shape, seed=1))
    assert stats.kstest(numbers.flatten().numpy(), "norm").pvalue > 0.01


@pytest.mark.usefixtures("small_blocks")
def test_numbers_do_not_depend_on_threads() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    one = drawn((20_000,))
    torch.set_num_threads(3)
    three = drawn((20_000,))
    torch.set_num_threads(before)
    assert torch.equal(one, three)


@pytest.mark.usefixtures("small_blocks")
def test_blocks_are_unlike_and_uncorrelated() -> None:
    blocks = drawn((20_000,)).view(20, 1000)
    correlations = torch.corrcoef(blocks) - torch.eye(20)
    assert correlations.abs().max() < 5 / 1000**0.5


@pytest.mark.usefixtures("small_blocks")
def test_follows_the_order_in_memory() -> None:
    torch.manual_seed(0)
    turned = fill_normal(torch.empty(50, 4, 30).permute(1, 2, 0))
    assert torch.equal(turned.permute(2, 0, 1), drawn((50, 4, 30)))


def test_goes_on_from_the_global_generator() -> None:
    torch.manual_seed(0)
    one, other = fill_normal(torch.empty(300_000)), fill_normal(torch.empty(300_000))
    assert not torch.equal(one, other)


def test_runs_on_the_meta_device() -> None:
    assert fill_normal(torch.empty(3, 4, device="meta")).shape == (3, 4)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("shape", [(3, 4), (50, 4, 30)])
def test_noise_is_added_in_the_order_in_memory(shape: tuple[int, ...]) -> None:
    values = torch.randn(shape).movedim(0, -1).requires_grad_()
    for given in (values, values[:1].expand(2, *values.shape[1:]), values[::2]):
        torch.manual_seed(0)
        expected = given + 0.5 * normal_like(given)
        torch.manual_seed(0)
        noisy = add_normal(given, 0.5)
        assert torch.allclose(noisy, expected)
        (gradient,) = torch.autograd.grad(noisy.square().sum(), given)
        assert torch.allclose(gradient, 2 * noisy)
