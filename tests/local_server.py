"""A server on this machine that behaves, or misbehaves, as a test tells it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import attrs


@attrs.frozen
class Answer:
    """What the server says to one request.

    Attributes:
        body: the whole of it.
        status: of an answer to a request for the whole.
        headers: beside Content-Length.
        ranges: whether a Range is honoured; the whole body is sent where it is not.
        cut_at: close the connection when this many bytes of the file have been sent.
        range_offset: how far the range that is sent lies from the one that was asked for.
        sized: whether the Content-Length is told.
        delay_s: before answering.
        token: answer 401 unless the request carries this one.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = attrs.Factory(dict)
    ranges: bool = True
    cut_at: int | None = None
    range_offset: int = 0
    sized: bool = True
    delay_s: float = 0.0
    token: str = ""


@attrs.frozen
class Heard:
    """A request that came."""

    method: str
    path: str
    headers: Message
    body: bytes


@attrs.define
class LocalServer:
    """Answer by path: with one answer always, or with a list of answers in turn, the last one repeated."""

    url: str
    answers: dict[str, Answer | list[Answer]] = attrs.Factory(dict)
    heard: list[Heard] = attrs.Factory(list)

    def paths(self) -> list[str]:
        """Return the paths that were asked for, in order."""
        return [request.path for request in self.heard]

    def next_answer(self, path: str) -> Answer:
        """Return the answer whose turn it is; 404 where there is none."""
        answers = self.answers.get(path, Answer(status=404))
        if isinstance(answers, Answer):
            return answers
        return answers.pop(0) if len(answers) > 1 else answers[0]


@contextmanager
def serve() -> Iterator[LocalServer]:
    """Run a server on a free port of the loopback address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _answer(self, server)

        def do_POST(self) -> None:
            _answer(self, server)

        def log_message(self, format: str, *arguments: object) -> None:
            pass  # nothing on the terminal

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = LocalServer(f"http://127.0.0.1:{listener.server_address[1]}")
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()


def _answer(handler: BaseHTTPRequestHandler, server: LocalServer) -> None:
    content = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
    server.heard.append(Heard(handler.command, handler.path, handler.headers, content))
    answer = server.next_answer(handler.path)
    time.sleep(answer.delay_s)
    if answer.token and handler.headers.get("Authorization") != f"Bearer {answer.token}":
        answer = Answer(status=401)
    status, start, extra = answer.status, 0, {}
    asked = handler.headers.get("Range")
    if asked and answer.ranges and status == 200:
        start = int(asked.removeprefix("bytes=").removesuffix("-")) + answer.range_offset
        last = len(answer.body) - 1
        status = 206 if start <= last else 416
        extra = {"Content-Range": f"bytes {start}-{last}/{last + 1}"}
    body = answer.body[start:]
    handler.send_response(status)
    for name, value in {**answer.headers, **extra}.items():
        handler.send_header(name, value)
    if answer.sized:
        handler.send_header("Content-Length", str(len(body)))
    with suppress(ConnectionError):  # the other side may have seen enough
        handler.end_headers()
        handler.wfile.write(body if answer.cut_at is None else answer.body[start : answer.cut_at])
    handler.close_connection = True
