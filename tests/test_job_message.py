import io
import math
import os

import pytest

from sysid.interruption import StopRequest
from sysid.job_message import hear_orders, read_message, write_message


def test_a_message_is_one_line_and_comes_back_as_it_was():
    message = {"tell": "warn", "with": ["two\nlines ±", 1, 2.5, True, None]}
    stream = io.BytesIO()
    write_message(stream, message)
    assert stream.getvalue().count(b"\n") == 1
    assert read_message(stream.getvalue()) == message


def test_a_score_that_is_not_a_number_stays_one():
    stream = io.BytesIO()
    write_message(stream, {"with": [math.nan]})
    assert math.isnan(read_message(stream.getvalue())["with"][0])


@pytest.mark.parametrize("last", [b'{"stop": true}\n{"run": "c"}\n', b""])
def test_orders_end_with_a_request_to_stop_or_with_whoever_gave_them(last):
    should_stop = StopRequest()
    orders = hear_orders(io.BytesIO(b'{"run": "a"}\n{"run": "b"}\n' + last), should_stop)
    assert [orders.get(timeout=5) for _ in range(3)] == [{"run": "a"}, {"run": "b"}, None]
    assert should_stop()


def test_nobody_is_asked_to_stop_before():
    reader, writer = os.pipe()
    with open(reader, "rb", buffering=0) as incoming, open(writer, "wb") as outgoing:
        should_stop = StopRequest()
        orders = hear_orders(incoming, should_stop)
        write_message(outgoing, {"run": "a"})
        assert orders.get(timeout=5) == {"run": "a"}
        assert not should_stop()
        outgoing.close()
        assert orders.get(timeout=5) is None
        assert should_stop()
