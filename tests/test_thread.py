"""The recipe's threads hold for torch and for what numpy calls."""

import numpy as np
import torch
from threadpoolctl import threadpool_info

from sysid.thread import limit_threads


def count_threads():
    np.ones((2, 2)) @ np.ones((2, 2))  # the library is loaded by now
    return torch.get_num_threads(), {each["num_threads"] for each in threadpool_info()}


def test_threads_are_as_asked_for_and_as_before_afterwards():
    before = count_threads()
    for count in (1, 2):
        with limit_threads(count):
            assert count_threads() == (count, {count})
        assert count_threads() == before
