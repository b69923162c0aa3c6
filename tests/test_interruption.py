import os
import signal

import pytest

from sysid.interruption import listen_for_stop


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_is_a_request_and_handlers_come_back(number):
    before = signal.getsignal(number)
    with listen_for_stop() as request:
        assert not request()
        os.kill(os.getpid(), number)
        assert request()
    assert signal.getsignal(number) is before


def ask_twice():
    with listen_for_stop():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)


def test_the_second_signal_is_taken_literally():
    with pytest.raises(KeyboardInterrupt):
        ask_twice()
