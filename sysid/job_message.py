"""What the processes of `sysid run --jobs` say to one another: JSON, one message a line, nothing but words.

To a process goes an order, `{"recipe": …, "profile": …, "settings": […], "stand_in": …, "run": …,
"number": …, "of": …, "folder": …, "digest": …}`, or `{"stop": true}`; when its input ends, nobody wants
anything more of it. Back come
`{"tell": NAME, "with": […]}` (a call of `sysid.reporter.Reporter`), and what became of an order:
`{"done": true}`, `{"failed": LINE}`, `{"interrupted": LINE}` or `{"put_back": true}`.
"""

import json
import threading
from io import BufferedIOBase, RawIOBase
from queue import SimpleQueue
from typing import Any

from sysid.interruption import StopRequest

Message = dict[str, Any]
Stream = BufferedIOBase | RawIOBase  # of bytes


def write_message(stream: Stream, message: Message) -> None:
    """Send one message.

    Raises:
        OSError: nobody is there to read it.
    """
    stream.write(json.dumps(message).encode() + b"\n")
    stream.flush()


def read_message(line: bytes) -> Message:
    """Return the message of one line."""
    return json.loads(line)


def hear_orders(stream: Stream, should_stop: StopRequest) -> SimpleQueue[Message | None]:
    """Return a queue of the orders that arrive, `None` behind the last.

    A request to stop, or the end of the stream, is passed to `should_stop` at once, whatever is under way:
    the other end may have been killed.
    """
    orders: SimpleQueue[Message | None] = SimpleQueue()

    def listen() -> None:
        for line in iter(stream.readline, b""):
            message = read_message(line)
            if "stop" in message:
                break
            orders.put(message)
        should_stop.asked = True
        orders.put(None)

    threading.Thread(target=listen, daemon=True).start()
    return orders
