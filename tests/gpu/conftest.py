"""Every test here runs on the CPU, so that it is known to be right, and on CUDA where there is one.

`python -m pytest -m gpu` runs those of CUDA alone.
"""

import pytest
import torch


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def device(request, monkeypatch) -> torch.device:
    """Where a test computes."""
    if request.param == "cuda":
        if not torch.cuda.is_available():
            pytest.skip("no CUDA device")
        monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS repeats its bits only with this
    return torch.device(request.param)


@pytest.fixture
def repeatable():
    """Refuse operations that may give other bits the next time."""
    torch.use_deterministic_algorithms(True)
    yield
    torch.use_deterministic_algorithms(False)
