import pytest
import torch
from torch import nn

from sysid import shared_batch
from sysid.global_dropout import GlobalDropout
from sysid.normal import normal_like
from sysid.shared_batch import Share, batch_length, batch_sum, gather_rows, own_share, share_batch

SHARES = [Share(0, 2, 5), Share(2, 5, 5)]  # five samples, two and three of them


@pytest.fixture
def share_as(monkeypatch):
    """Make a batch count as shared, as seen by one of its processes."""
    return lambda share: monkeypatch.setattr(shared_batch, "_shares", [share])


def test_a_process_alone_has_the_whole_batch():
    values = torch.arange(6.0)[:, None]
    with share_batch(6) as own:
        assert own == slice(None)
        assert own_share() is None
        assert batch_sum(values) is values
        assert gather_rows(values) is values
        assert batch_length(values) == 6


@pytest.mark.parametrize(
    ("samples", "count"), [(7, 3), (3, 3), (64, 5), (1, 3)], ids=["uneven", "one each", "many", "too few"]
)
def test_every_sample_has_one_process_and_none_has_no_samples(monkeypatch, samples, count):
    monkeypatch.setattr(shared_batch, "group_size", lambda: count)
    taken = []
    for rank in range(count):
        monkeypatch.setattr(shared_batch, "own_rank", lambda rank=rank: rank)
        with share_batch(samples) as own:
            taken.append(list(range(samples))[own])
    if samples < count:
        assert taken == [list(range(samples))] * count  # each computes all of it
    else:
        assert [number for some in taken for number in some] == list(range(samples))
        assert min(map(len, taken)) >= 1


def test_rows_of_batch_and_time_follow_their_samples(share_as):
    share = SHARES[1]
    assert share.rows(3) == slice(2, 5)
    assert share.rows(12) == slice(8, 20)  # four steps a sample
    share_as(share)
    assert batch_length(torch.empty(12, 2)) == 20


def test_an_axis_that_is_not_the_batch_is_refused(share_as):
    share_as(SHARES[1])
    with pytest.raises(ValueError, match="axis 0 has 4 rows for 3 samples of a shared batch") as error:
        normal_like(torch.empty(4, 2))
    assert str(error.value).endswith("it must be batch, or batch·time")


def permuted(batch, order):
    """Return (batch, 3, 4, 6) zeros whose axes lie in memory in some order."""
    shape = [(batch, 3, 4, 6)[axis] for axis in order]
    return torch.zeros(shape).permute([order.index(axis) for axis in range(4)])


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [2, 3, 0, 1], [3, 1, 2, 0], [0, 2, 3, 1]])
@pytest.mark.parametrize("shares", [SHARES, [Share(0, 1, 3), Share(1, 3, 3)]], ids=["2 + 3", "1 + 2"])
def test_noise_is_that_of_one_process_in_whatever_order_memory_is(share_as, order, shares):
    torch.manual_seed(7)
    whole = normal_like(permuted(shares[0].total, order))
    after = torch.rand(1)
    for share in shares:
        share_as(share)
        torch.manual_seed(7)
        own = normal_like(permuted(share.stop - share.start, order))
        assert torch.equal(own, whole[share.start : share.stop])
        assert torch.equal(torch.rand(1), after)  # what is drawn next is the same as well


@pytest.mark.parametrize("kind", [nn.Dropout, nn.Dropout2d])
@pytest.mark.parametrize("order", [[0, 1, 2, 3], [2, 3, 0, 1]])
def test_dropout_drops_what_one_process_drops(share_as, kind, order):
    values = permuted(5, order).normal_()
    local = kind(0.4).train()
    torch.manual_seed(3)
    whole = local(values)
    assert (whole == 0).any()
    for share in SHARES:
        share_as(share)
        torch.manual_seed(3)
        own = values[share.start : share.stop]
        assert torch.equal(GlobalDropout(local)(own), whole[share.start : share.stop])


def test_dropout_drops_nothing_in_evaluation(share_as):
    share_as(SHARES[0])
    values = torch.ones(2, 3)
    assert GlobalDropout(nn.Dropout(0.5)).eval()(values) is values
