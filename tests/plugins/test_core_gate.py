"""The gate nonlinearities."""

import numpy as np
import torch
from scipy.special import expit

from sysid_cores.gate import open_gate


def test_hard_sigmoid_is_clipped_at_two_and_a_half():
    drive = torch.tensor([-9.0, -2.5, -1.0, 0.0, 1.0, 2.5, 9.0])
    torch.testing.assert_close(
        open_gate(drive, "hard_sigmoid"), torch.tensor([0.0, 0.0, 0.3, 0.5, 0.7, 1.0, 1.0])
    )


def test_sigmoid_is_the_logistic_function():
    drive = np.linspace(-8, 8, 17)
    np.testing.assert_allclose(open_gate(torch.tensor(drive), "sigmoid").numpy(), expit(drive), rtol=1e-12)
