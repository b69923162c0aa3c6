"""Requests are bounded, keep their token to themselves, and fail in one line."""

import base64
import socket

import pytest

from sysid import fetch_request
from sysid.fetch_request import FetchFailedError, get_json, open_url, post_form
from tests.local_server import Answer, serve


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def server():
    with serve() as running:
        yield running


def read(url, **options):
    with open_url(url, **options) as answer:
        return answer.content


def test_a_good_answer_is_read(server):
    server.answers["/file"] = Answer(b"spikes")
    assert read(f"{server.url}/file") == b"spikes"
    assert server.heard[0].headers["User-Agent"].startswith("sysid")


def test_the_token_is_sent_to_the_address_it_is_for(server):
    server.answers["/file"] = Answer(b"spikes", token="secret")
    assert read(f"{server.url}/file", token="secret") == b"spikes"


def test_the_token_does_not_follow_a_redirect_to_another_port(server):
    with serve() as elsewhere:
        elsewhere.answers["/store"] = Answer(b"spikes")
        server.answers["/file"] = Answer(status=302, headers={"Location": f"{elsewhere.url}/store"})
        assert read(f"{server.url}/file", token="secret") == b"spikes"
        assert server.heard[0].headers["Authorization"] == "Bearer secret"
        assert elsewhere.heard[0].headers["Authorization"] is None


def test_the_token_does_not_follow_a_redirect_within_one_server(server):
    server.answers["/file"] = Answer(status=307, headers={"Location": "/store"})
    server.answers["/store"] = Answer(b"spikes")
    assert read(f"{server.url}/file", token="secret") == b"spikes"
    assert [request.headers["Authorization"] for request in server.heard] == ["Bearer secret", None]


def test_a_redirect_keeps_the_range(server):
    server.answers["/file"] = Answer(status=302, headers={"Location": "/store"})
    server.answers["/store"] = Answer(b"spikes")
    assert read(f"{server.url}/file", start=4) == b"es"


def test_passwords_kept_for_other_programs_are_not_sent(server, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password hidden\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server.answers["/file"] = Answer(b"spikes")
    read(f"{server.url}/file")
    read(f"{server.url}/file", token="secret")
    assert [request.headers["Authorization"] for request in server.heard] == [None, "Bearer secret"]
    server.answers["/form"] = Answer(b"{}")
    post_form(f"{server.url}/form", {"a": "b"})
    assert base64.b64encode(b"someone:hidden").decode() not in str(server.heard[-1].headers)


def test_redirects_in_a_circle_end(server):
    server.answers["/file"] = Answer(status=302, headers={"Location": "/file"})
    with pytest.raises(FetchFailedError, match=r"/file: expected at most 5 redirects, got more$"):
        read(f"{server.url}/file")
    assert len(server.heard) == 6


@pytest.mark.parametrize(
    ("status", "words", "passing"),
    [
        (401, "401 (Unauthorized)", False),
        (404, "404 (Not Found)", False),
        (429, "429 (Too Many Requests)", False),
        (503, "503 (Service Unavailable)", True),
        (599, "599 (unknown)", False),
        (202, "202 (Accepted, a bot challenge)", False),
    ],
)
def test_another_status_is_named(server, status, words, passing):
    server.answers["/file"] = Answer(status=status)
    with pytest.raises(FetchFailedError) as caught:
        read(f"{server.url}/file")
    assert str(caught.value) == f"{server.url}/file: expected status 200, got {words}"
    assert (caught.value.status, caught.value.passing) == (status, passing)


def test_a_page_in_place_of_data_is_refused(server):
    server.answers["/file"] = Answer(b"<html>", headers={"Content-Type": "text/html; charset=utf-8"})
    with pytest.raises(FetchFailedError) as caught:
        read(f"{server.url}/file")
    assert str(caught.value) == (
        f"{server.url}/file: expected data, got an HTML page (a bot challenge or a sign-in)"
    )


def test_a_body_cut_short_may_be_asked_for_again(server):
    server.answers["/file"] = Answer(b"spikes", cut_at=3)
    with pytest.raises(FetchFailedError, match=r"/file: the answer was cut short$") as caught:
        read(f"{server.url}/file")
    assert caught.value.passing


def test_a_server_that_is_not_there_is_named():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/file"
    with pytest.raises(FetchFailedError, match="there is no connection, or it was lost") as caught:
        read(url)
    assert str(caught.value).startswith(url)
    with pytest.raises(FetchFailedError, match="there is no connection, or it was lost"):
        post_form(url, {"a": "b"})


def test_a_server_that_says_nothing_is_not_waited_for(server, monkeypatch):
    monkeypatch.setattr(fetch_request, "READ_S", 0.1)
    server.answers["/file"] = Answer(b"spikes", delay_s=0.4)
    with pytest.raises(FetchFailedError, match=r"no answer within 10 s to connect and 0.1 s to read"):
        read(f"{server.url}/file")


def test_an_address_that_is_none_is_named_without_its_words():
    with pytest.raises(
        FetchFailedError, match=r"^ftp://x/file: the request could not be made \(InvalidSchema\)$"
    ):
        read("ftp://x/file")


@pytest.mark.parametrize(
    ("body", "words"),
    [(b"no", "expected JSON, got something else"), (b"[]", "expected a JSON object, got list")],
)
def test_json_that_is_none_is_refused(server, body, words):
    server.answers["/list"] = Answer(body)
    for ask in (get_json, lambda url: post_form(url, {"a": "b"})):
        with pytest.raises(FetchFailedError) as caught:
            ask(f"{server.url}/list")
        assert str(caught.value) == f"{server.url}/list: {words}"


def test_a_form_is_posted_and_its_redirect_is_not_followed(server):
    server.answers["/form"] = Answer(b'{"a": 1}')
    assert post_form(f"{server.url}/form", {"client_secret": "x y"}) == {"a": 1}
    assert (server.heard[0].method, server.heard[0].body) == ("POST", b"client_secret=x+y")
    server.answers["/form"] = Answer(status=307, headers={"Location": "/elsewhere"})
    with pytest.raises(FetchFailedError, match=r"got 307 \(Temporary Redirect\)"):
        post_form(f"{server.url}/form", {"client_secret": "x y"})
    assert "/elsewhere" not in server.paths()
