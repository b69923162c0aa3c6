"""One HTTP request: bounded in time, its token kept from redirects, its failures in one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from sysid.errors import SysidError

if TYPE_CHECKING:
    import requests

CONNECT_S = 10.0
READ_S = 60.0  # between two pieces of an answer, not for the whole of it
REDIRECTS = 5
USER_AGENT = "sysid"
PASSING = (500, 502, 503, 504)  # what a server says of itself when it may do better in a moment


class FetchFailedError(SysidError):
    """Something could not be had over the network; by hand it may be.

    Attributes:
        status: the HTTP status of the answer; 0 where there was none, or where it was not the trouble.
        passing: whether the same request may succeed in a moment.
    """

    def __init__(self, message: str, *, status: int = 0, passing: bool = False):
        super().__init__(message)
        self.status = status
        self.passing = passing


@contextmanager
def open_url(url: str, *, token: str = "", start: int = 0) -> Iterator["requests.Response"]:
    """Open an address for reading, from byte `start` on if the server can.

    The answer has status 200 (the whole body), or 206 or 416 where `start` is above 0. The token goes to
    `url` alone: a redirect is followed without it, whatever address it names.

    Raises:
        FetchFailedError: no answer, another status, an HTML page in place of data; or the connection is
            lost while the caller reads.
    """
    import requests  # slow to import, and only needed here

    headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}  # so that lengths count file bytes
    if start:
        headers["Range"] = f"bytes={start}-"
    try:
        with _follow(url, token, headers) as answer:
            _check_status(url, answer.status_code, (200, 206, 416) if start else (200,))
            if answer.headers.get("Content-Type", "").lower().startswith("text/html"):
                raise FetchFailedError(
                    f"{url}: expected data, got an HTML page (a bot challenge or a sign-in)"
                )
            yield answer
    except requests.RequestException as error:
        raise FetchFailedError(f"{url}: {_say_trouble(error)}", passing=True) from error


def get_json(url: str) -> dict[str, Any]:
    """Read a JSON object, without a token: an expired one turns even a public answer into 401.

    Raises:
        FetchFailedError: no answer, or another one than a JSON object.
    """
    with open_url(url) as answer:
        return _read_object(url, answer)


def post_form(url: str, form: dict[str, str]) -> dict[str, Any]:
    """Send a form that may hold secrets, following no redirect, and read the JSON object that comes back.

    Raises:
        FetchFailedError: no answer, or another one than a JSON object.
    """
    import requests

    try:
        answer = requests.post(
            url,
            data=form,
            headers={"User-Agent": USER_AGENT},
            timeout=(CONNECT_S, READ_S),
            allow_redirects=False,
            auth=_Signature(""),
        )
    except requests.RequestException as error:
        raise FetchFailedError(f"{url}: {_say_trouble(error)}", passing=True) from error
    _check_status(url, answer.status_code, (200,))
    return _read_object(url, answer)


class _Signature:
    """Sign a request with the token or with nothing; `requests` would otherwise look into ~/.netrc."""

    def __init__(self, token: str):
        self.token = token

    def __call__(self, request: "requests.PreparedRequest") -> "requests.PreparedRequest":
        if self.token:
            request.headers["Authorization"] = f"Bearer {self.token}"
        return request


def _follow(url: str, token: str, headers: dict[str, str]) -> "requests.Response":
    import requests

    address = url
    for _ in range(REDIRECTS + 1):
        answer = requests.get(
            address,
            headers=headers,
            auth=_Signature(token if address == url else ""),
            timeout=(CONNECT_S, READ_S),
            allow_redirects=False,
            stream=True,
        )
        if not answer.is_redirect:
            return answer
        answer.close()
        address = urljoin(address, answer.headers["Location"])
    raise FetchFailedError(f"{url}: expected at most {REDIRECTS} redirects, got more")


def _check_status(url: str, status: int, expected: tuple[int, ...]) -> None:
    if status in expected:
        return
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "unknown"
    if status == HTTPStatus.ACCEPTED:
        phrase += ", a bot challenge"
    raise FetchFailedError(
        f"{url}: expected status 200, got {status} ({phrase})", status=status, passing=status in PASSING
    )


def _read_object(url: str, answer: "requests.Response") -> dict[str, Any]:
    try:
        content = answer.json()
    except ValueError as error:
        raise FetchFailedError(f"{url}: expected JSON, got something else") from error
    if not isinstance(content, dict):
        raise FetchFailedError(f"{url}: expected a JSON object, got {type(content).__name__}")
    return content


def _say_trouble(error: "requests.RequestException") -> str:
    """Put it in words of ours: those of `requests` may hold a signed address."""
    import requests

    if isinstance(error, requests.Timeout):
        return f"no answer within {CONNECT_S:g} s to connect and {READ_S:g} s to read"
    if isinstance(error, requests.exceptions.SSLError):
        return "the server's certificate was not accepted"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy did not let the request through"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the answer was cut short"
    if isinstance(error, requests.ConnectionError):
        return "there is no connection, or it was lost"
    return f"the request could not be made ({type(error).__name__})"
