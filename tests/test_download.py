"""A download is whole and checked, or it is not there; what came of it is kept."""

import hashlib
import os
import subprocess

import pytest

from sysid import SysidError, download
from sysid.download import Digest, RemoteFile, digest_of
from sysid.fetch_request import FetchFailedError
from tests.local_server import Answer, serve

BODY = bytes(range(256)) * 9000  # 2.3 MB: many pieces
SHA256 = hashlib.sha256(BODY).hexdigest()


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def server():
    with serve() as running:
        yield running


def movie(server, **known):
    known = known or {"size": len(BODY), "digest": Digest("sha256", SHA256)}
    return RemoteFile("movie.raw", f"{server.url}/movie", **known)


def ranges(server):
    return [request.headers["Range"] for request in server.heard]


def bring(file, folder, **options):
    return download.download(file, folder, pause_s=0.0, **options)


def test_a_file_comes_whole_with_its_progress(server, tmp_path):
    server.answers["/movie"] = Answer(BODY)
    told = []
    path = bring(movie(server), tmp_path / "new", progress=lambda *words: told.append(words))
    assert path == tmp_path / "new" / "movie.raw"
    assert path.read_bytes() == BODY
    assert [entry.name for entry in path.parent.iterdir()] == ["movie.raw"]
    assert told[-1] == (len(BODY), len(BODY), "movie.raw")
    assert [done for done, _, _ in told] == sorted({done for done, _, _ in told})
    assert len(told) > 1


def test_the_total_comes_from_the_server_where_the_size_is_not_known(server, tmp_path):
    (tmp_path / "movie.raw.part").write_bytes(BODY[:1000])
    server.answers["/movie"] = Answer(BODY)
    told = []
    bring(
        movie(server, digest=Digest("sha256", SHA256)),
        tmp_path,
        progress=lambda *words: told.append(words),
    )
    assert told[-1] == (len(BODY), len(BODY), "movie.raw")


def test_a_total_that_nobody_knows_is_none(server, tmp_path):
    server.answers["/movie"] = Answer(BODY, sized=False)
    told = []
    path = bring(
        movie(server, digest=Digest("sha256", SHA256)),
        tmp_path,
        progress=lambda *words: told.append(words),
    )
    assert path.read_bytes() == BODY
    assert told[-1] == (len(BODY), None, "movie.raw")


def test_a_file_that_is_there_and_right_is_not_fetched(server, tmp_path):
    (tmp_path / "movie.raw").write_bytes(BODY)
    assert bring(movie(server), tmp_path) == tmp_path / "movie.raw"
    assert server.heard == []


def test_a_file_that_is_there_and_wrong_is_replaced_only_by_the_right_one(server, tmp_path):
    (tmp_path / "movie.raw").write_bytes(b"old")
    with pytest.raises(FetchFailedError, match="404"):
        bring(movie(server), tmp_path)
    assert (tmp_path / "movie.raw").read_bytes() == b"old"
    server.answers["/movie"] = Answer(BODY)
    bring(movie(server), tmp_path)
    assert (tmp_path / "movie.raw").read_bytes() == BODY


def test_a_body_cut_short_is_gone_on_with(server, tmp_path):
    server.answers["/movie"] = [Answer(BODY, cut_at=1_500_000), Answer(BODY, cut_at=2_000_000), Answer(BODY)]
    assert bring(movie(server), tmp_path).read_bytes() == BODY
    assert ranges(server)[0] is None
    starts = [int(asked.removeprefix("bytes=").removesuffix("-")) for asked in ranges(server)[1:]]
    assert 0 < starts[0] <= 1_500_000 < starts[1] <= 2_000_000


def test_a_body_that_is_always_cut_short_is_given_up_and_kept(server, tmp_path):
    server.answers["/movie"] = Answer(BODY, cut_at=1_500_000)
    with pytest.raises(FetchFailedError) as caught:
        bring(movie(server), tmp_path)
    kept = (tmp_path / "movie.raw.part").stat().st_size
    assert 0 < kept <= 1_500_000
    assert str(caught.value) == (
        f"{server.url}/movie: the answer was cut short, 3 times in a row; {kept} bytes are kept, "
        "the next try goes on"
    )
    assert len(server.heard) == 3
    assert not (tmp_path / "movie.raw").exists()
    server.answers["/movie"] = Answer(BODY)
    assert bring(movie(server), tmp_path).read_bytes() == BODY
    assert ranges(server)[-1] == f"bytes={kept}-"


def test_a_short_body_without_a_length_is_noticed_by_the_size_and_gone_on_with(server, tmp_path):
    server.answers["/movie"] = [Answer(BODY, cut_at=700, sized=False), Answer(BODY)]
    assert bring(movie(server), tmp_path).read_bytes() == BODY
    assert ranges(server) == [None, "bytes=700-"]


def test_short_bodies_without_a_length_are_given_up_with_the_counts(server, tmp_path):
    server.answers["/movie"] = Answer(BODY, cut_at=700, sized=False)
    with pytest.raises(FetchFailedError) as caught:
        bring(movie(server), tmp_path)
    assert str(caught.value) == (
        f"{server.url}/movie: cut short at 700 of {len(BODY)} bytes, 3 times in a row; "
        "700 bytes are kept, the next try goes on"
    )


def test_a_server_in_trouble_is_asked_again(server, tmp_path):
    server.answers["/movie"] = [Answer(status=503), Answer(BODY)]
    assert bring(movie(server), tmp_path).read_bytes() == BODY


def test_the_pauses_between_tries_grow(server, tmp_path, monkeypatch):
    pauses = []
    monkeypatch.setattr(download.time, "sleep", lambda seconds: pauses.append(seconds))
    server.answers["/movie"] = Answer(status=503)
    with pytest.raises(FetchFailedError, match=r"got 503 \(Service Unavailable\), 3 times in a row$"):
        download.download(movie(server), tmp_path, pause_s=0.5)
    assert [pause for pause in pauses if pause] == [0.5, 1.0]


def test_a_server_that_refuses_is_not_asked_again(server, tmp_path):
    server.answers["/movie"] = Answer(status=401)
    with pytest.raises(FetchFailedError, match="401"):
        bring(movie(server), tmp_path)
    assert len(server.heard) == 1


def test_a_server_without_ranges_sends_everything_again(server, tmp_path):
    (tmp_path / "movie.raw.part").write_bytes(BODY[:1000])
    server.answers["/movie"] = Answer(BODY, ranges=False)
    assert bring(movie(server), tmp_path).read_bytes() == BODY
    assert ranges(server) == ["bytes=1000-"]


def test_another_range_than_asked_for_is_refused(server, tmp_path):
    (tmp_path / "movie.raw.part").write_bytes(BODY[:1000])
    server.answers["/movie"] = Answer(BODY, range_offset=-1)
    with pytest.raises(FetchFailedError) as caught:
        bring(movie(server), tmp_path)
    assert str(caught.value) == (
        f"{server.url}/movie: expected the bytes from 1000 on, got bytes 999-{len(BODY) - 1}/{len(BODY)}"
    )
    assert (tmp_path / "movie.raw.part").read_bytes() == BODY[:1000]


@pytest.mark.parametrize("left", [b"x" * 1000, b"x" * len(BODY), b"x" * (len(BODY) + 5)])
@pytest.mark.parametrize("known", [{}, {"digest": Digest("sha256", SHA256)}])
def test_a_wrong_beginning_is_given_up_and_everything_fetched_anew(server, tmp_path, left, known):
    (tmp_path / "movie.raw.part").write_bytes(left)
    server.answers["/movie"] = Answer(BODY)
    assert bring(movie(server, **known), tmp_path).read_bytes() == BODY
    assert ranges(server)[-1] is None


def test_a_whole_part_needs_no_request(server, tmp_path):
    (tmp_path / "movie.raw.part").write_bytes(BODY)
    assert bring(movie(server), tmp_path).read_bytes() == BODY
    assert server.heard == []


def test_another_file_than_expected_is_thrown_away(server, tmp_path):
    other = BODY[:-1] + b"?"
    server.answers["/movie"] = Answer(other)
    with pytest.raises(FetchFailedError) as caught:
        bring(movie(server), tmp_path)
    assert str(caught.value) == (
        f"{server.url}/movie: expected sha256 {SHA256}, got {hashlib.sha256(other).hexdigest()} "
        f"({len(BODY)} bytes)"
    )
    assert list(tmp_path.iterdir()) == []
    assert len(server.heard) == 1


def test_more_bytes_than_expected_are_not_waited_for(server, tmp_path):
    server.answers["/movie"] = Answer(BODY)
    with pytest.raises(FetchFailedError, match=r"/movie: expected 10 bytes, got \d+$"):
        bring(movie(server, size=10), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sized", [True, False])
def test_nothing_in_place_of_data_is_refused(server, tmp_path, sized):
    server.answers["/movie"] = Answer(b"", sized=sized)
    file = movie(server, digest=Digest("sha256", SHA256))
    with pytest.raises(FetchFailedError, match=r"/movie: expected sha256 .*, got .* \(0 bytes\)$"):
        bring(file, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_accepted_request_with_nothing_in_it_is_refused(server, tmp_path):
    server.answers["/movie"] = Answer(status=202)
    with pytest.raises(FetchFailedError, match=r"got 202 \(Accepted, a bot challenge\)$"):
        bring(movie(server), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("page", [b"\n <!DOCTYPE html><p>Are you human?", b"<HTML><body>Sign in"])
def test_a_page_that_calls_itself_data_spoils_nothing(server, tmp_path, page):
    (tmp_path / "movie.raw.part").write_bytes(BODY[:1000])
    headers = {"Content-Type": "application/octet-stream"}
    server.answers["/movie"] = Answer(page, headers=headers, ranges=False)
    with pytest.raises(FetchFailedError) as caught:
        bring(movie(server), tmp_path)
    assert str(caught.value) == (
        f"{server.url}/movie: expected data, got an HTML page (a bot challenge or a sign-in)"
    )
    assert (tmp_path / "movie.raw.part").read_bytes() == BODY[:1000]


def test_an_interruption_leaves_what_came(server, tmp_path):
    server.answers["/movie"] = Answer(BODY)

    def interrupt(done, _total, _name):
        if done > 1_000_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring(movie(server), tmp_path, progress=interrupt)
    kept = (tmp_path / "movie.raw.part").stat().st_size
    assert 1_000_000 < kept < len(BODY)
    assert bring(movie(server), tmp_path).read_bytes() == BODY
    assert ranges(server)[-1] == f"bytes={kept}-"


def test_the_token_goes_only_to_files_that_need_it(server, tmp_path):
    server.answers["/movie"] = Answer(BODY)
    bring(movie(server), tmp_path, token="secret")
    assert server.heard[0].headers["Authorization"] is None
    file = RemoteFile("again.raw", f"{server.url}/movie", size=len(BODY), needs_token=True)
    bring(file, tmp_path, token="secret")
    assert server.heard[1].headers["Authorization"] == "Bearer secret"


def test_nothing_comes_and_no_empty_folder_stays(server, tmp_path):
    (tmp_path / "mine").mkdir()
    server.answers["/movie"] = Answer(status=404)
    with pytest.raises(FetchFailedError, match="got 404"):
        bring(movie(server), tmp_path / "mine" / "new" / "below")
    assert list(tmp_path.rglob("*")) == [tmp_path / "mine"]


def test_a_folder_that_cannot_be_made_is_one_line(server, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SysidError) as caught:
        bring(movie(server), tmp_path / "file" / "below")
    assert (
        str(caught.value)
        == f"{tmp_path / 'file' / 'below' / 'movie.raw.part'}: cannot be written: Not a directory"
    )


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_is_one_line(server, tmp_path):
    (tmp_path / "movie.raw.part").symlink_to("/dev/full")
    server.answers["/movie"] = Answer(BODY)
    with pytest.raises(SysidError) as caught:
        bring(movie(server), tmp_path)
    assert str(caught.value) == (
        f"{tmp_path / 'movie.raw.part'}: cannot be written: No space left on device; "
        "make room there and run the same command again"
    )


def test_a_git_blob_id_is_what_git_says(tmp_path):
    (tmp_path / "file").write_bytes(BODY)
    try:
        said = subprocess.run(
            ["git", "hash-object", "--no-filters", "file"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except FileNotFoundError:
        pytest.skip("git is not on this machine")
    assert digest_of(tmp_path / "file", "git-blob") == said


def test_the_git_blob_id_of_nothing_is_the_known_one(tmp_path):
    (tmp_path / "file").touch()
    assert digest_of(tmp_path / "file", "git-blob") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"


def test_a_digest_in_capitals_is_the_same(server, tmp_path):
    server.answers["/movie"] = Answer(BODY)
    digest = Digest("md5", hashlib.md5(BODY, usedforsecurity=False).hexdigest().upper())
    assert bring(movie(server, digest=digest), tmp_path).read_bytes() == BODY


def test_a_file_that_could_not_be_checked_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="cannot be checked"):
        RemoteFile("movie.raw", "http://127.0.0.1/movie")
