"""Public functions take any stimulus and any response, or refuse it in one line; numpy warns of nothing."""

import pytest

from tests.faults.call import CALLS
from tests.faults.test_mutated_file import fuzz


@pytest.fixture(scope="module")
def outcomes():
    """What came of some hundred odd arrays for each function."""
    return fuzz(*CALLS, "--cases", "100", seconds=500)


@pytest.mark.parametrize("name", CALLS)
def test_odd_arrays_are_taken_or_refused_in_one_line(outcomes, name):
    print(f"{name}: {outcomes[name]['counts']}")
    assert outcomes[name]["faults"] == []
    assert outcomes[name]["counts"]["read"] > 5


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLS)
def test_thousands_of_odd_arrays_are_taken_or_refused_in_one_line(name):
    outcome = fuzz(name, "--cases", "3000", "--first", "1000000", seconds=3600)[name]
    print(f"{name}: {outcome['counts']}")
    assert outcome["faults"] == []
