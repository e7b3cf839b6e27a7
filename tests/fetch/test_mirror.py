"""Debian packages from a mirror that works, or does not."""

import resource
import socket
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

import fetch_main
import mirror_download
from fetch_error import FetchError
from pretended import Answer, Fetch, FolderStore, MakeDeb, Mirror, Page

DEB = b"!<arch>\n" + b"deb" * 64


@pytest.fixture
def hello(make_deb: MakeDeb) -> Path:
    return make_deb("hello_1.deb", DEB)


def answer(content: bytes, length: int | None, status: int = 200) -> Answer:
    def page(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        if length is not None:
            handler.send_header("Content-Length", str(length))
        handler.end_headers()
        handler.wfile.write(content)

    return page


def drop(handler: BaseHTTPRequestHandler) -> None:
    """The connection ends before an answer."""
    handler.connection.shutdown(socket.SHUT_RDWR)


def in_turn(*pages: Page) -> Page:
    turns = iter(pages)

    def page(handler: BaseHTTPRequestHandler) -> None:
        turn = next(turns)
        (turn if callable(turn) else answer(turn, len(turn)))(handler)

    return page


def test_files_come_into_the_store(
    fetch: Fetch, make_deb: MakeDeb, mirror: Mirror, store: FolderStore, temporary: Path
) -> None:
    contents = {f"p{number}_1.deb": b"%d" % number * number for number in range(1, 80)}
    derivations = [make_deb(name, content) for name, content in contents.items()]
    mirror.pages = {f"/debian/pool/{name}": content for name, content in contents.items()}
    assert fetch(*derivations) == []
    assert {name: (store.path / name).read_bytes() for name in store.names()} == contents
    assert [path for path in temporary.rglob("*") if path.is_file()] == []


def test_only_missing_files_are_asked_for(
    fetch: Fetch, hello: Path, make_deb: MakeDeb, mirror: Mirror, store: FolderStore
) -> None:
    mirror.pages = {"/debian/pool/hello_1.deb": DEB, "/debian/pool/other_1.deb": b"other"}
    assert fetch(hello) == []
    assert fetch(hello, make_deb("other_1.deb", b"other")) == []
    assert mirror.requests == ["/debian/pool/hello_1.deb", "/debian/pool/other_1.deb"]


def test_plus_signs_are_quoted(fetch: Fetch, make_deb: MakeDeb, mirror: Mirror) -> None:
    mirror.pages = {"/debian/pool/libstdc%2B%2B6_1~rc.deb": b"x"}
    assert fetch(make_deb("libstdc++6_1_rc.deb", b"x", path="pool/libstdc++6_1~rc.deb")) == []


def test_a_file_that_is_gone(fetch: Fetch, hello: Path, make_deb: MakeDeb, mirror: Mirror, store: FolderStore) -> None:
    mirror.pages = {"/debian/pool/other_1.deb": b"other"}
    errors = fetch(hello, make_deb("other_1.deb", b"other"))
    assert errors == ["hello_1.deb: the mirror no longer has it; run nix run .#update -- bullseye"]
    assert store.names() == {"other_1.deb"}
    # Of an app's own lock.
    errors = fetch(make_deb("gone_1.deb", b"gone", pins=""))
    assert errors == ["gone_1.deb: the mirror no longer has it; run nix run .#update"]


@pytest.mark.parametrize(
    ("page", "says"),
    [
        (answer(DEB[:10], len(DEB)), f"truncated: 10 of {len(DEB)} bytes"),
        (answer(DEB[:10], None), f"truncated: 10 of {len(DEB)} bytes"),
        (b"<html>Please log in</html>", "26 bytes instead of 200: the mirror or a proxy changed the file"),
        (DEB + b"more", "204 bytes instead of 200: the mirror or a proxy changed the file"),
        (answer(DEB + b"more", 9999), "204 bytes instead of 200: the mirror or a proxy changed the file"),
        (DEB.replace(b"e", b"E"), "sha256 differs: the mirror or a proxy changed the file"),
        (answer(b"", 0, 403), "answered HTTP 403"),
        (answer(b"", 0, 503), "answered HTTP 503"),
    ],
)
def test_a_wrong_answer_never_enters_the_store(
    fetch: Fetch, hello: Path, mirror: Mirror, store: FolderStore, page: Page, says: str
) -> None:
    mirror.pages = {"/debian/pool/hello_1.deb": page}
    (error,) = fetch(hello)
    assert error.startswith("hello_1.deb: ") and says in error and "\n" not in error
    assert store.names() == set()


@pytest.mark.parametrize("failure", [drop, answer(DEB[:10], len(DEB)), answer(b"", 0, 503)])
def test_a_passing_failure_is_tried_again(
    fetch: Fetch, hello: Path, mirror: Mirror, store: FolderStore, failure: Page
) -> None:
    mirror.pages = {"/debian/pool/hello_1.deb": in_turn(failure, failure, DEB)}
    assert fetch(hello) == []
    assert store.names() == {"hello_1.deb"}


def test_a_mirror_that_falls_silent_is_given_up(
    fetch: Fetch, hello: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror_download, "TIMEOUT", 0.1)
    mirror.pages = {"/debian/pool/hello_1.deb": mirror.hang}
    began = time.monotonic()
    assert fetch(hello) == ["hello_1.deb: the connection broke after 100 bytes; run it again"]
    assert time.monotonic() - began < 60


@pytest.mark.parametrize("first", [None, b"tampered", answer(b"", 0, 503), drop])
def test_the_next_mirror_is_tried(
    fetch: Fetch, hello: Path, mirror: Mirror, make_mirror: Callable[[], Mirror], store: FolderStore, first: Page | None
) -> None:
    second = make_mirror()
    second.pages = {"/debian/pool/hello_1.deb": DEB}
    if first is not None:
        mirror.pages = {"/debian/pool/hello_1.deb": first}
    assert fetch(hello, mirrors=[mirror.url, second.url]) == []
    assert mirror.requests and store.names() == {"hello_1.deb"}


def test_without_a_network_one_line_says_so(fetch: Fetch, make_deb: MakeDeb) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/debian/"
    errors = fetch(*(make_deb(f"p{number}.deb", b"x") for number in range(30)), mirrors=[url])
    assert [error.split(";")[0] for error in errors] == [f"{url[:-1]}: cannot be reached: Connection refused"]


def redirect(handler: BaseHTTPRequestHandler) -> None:
    """To what is no URL."""
    handler.send_response(302)
    handler.send_header("Location", "http://[bad/debian")
    handler.end_headers()


def test_a_redirection_to_what_is_no_url(fetch: Fetch, hello: Path, mirror: Mirror) -> None:
    mirror.pages = {"/debian/pool/hello_1.deb": redirect}
    (error,) = fetch(hello)
    assert (
        error.startswith(f"hello_1.deb: {mirror.url[:-1]} redirects to what is no URL")
        and "--debian-mirror URL" in error
    )


def test_a_port_that_there_is_not(fetch: Fetch, hello: Path) -> None:
    (error,) = fetch(hello, mirrors=["http://127.0.0.1:99999/debian/"])
    assert error.startswith("http://127.0.0.1:99999/debian: cannot be reached: ") and "\n" not in error


def test_an_unreachable_mirror_is_not_asked_for_each_file(
    fetch: Fetch, make_deb: MakeDeb, mirror: Mirror, make_mirror: Callable[[], Mirror]
) -> None:
    contents = {f"p{number}.deb": b"x" for number in range(40)}
    second = make_mirror()
    second.pages = {f"/debian/pool/{name}": content for name, content in contents.items()}
    mirror.pages = dict.fromkeys(second.pages, drop)
    assert fetch("--jobs", "1", *map(make_deb, contents, contents.values()), mirrors=[mirror.url, second.url]) == []
    assert len(mirror.requests) == mirror_download.TRIES


def test_a_mirror_in_a_folder(fetch: Fetch, hello: Path, make_deb: MakeDeb, tmp_path: Path, store: FolderStore) -> None:
    (tmp_path / "debian/pool").mkdir(parents=True)
    (tmp_path / "debian/pool/hello_1.deb").write_bytes(DEB)
    errors = fetch(hello, make_deb("gone_1.deb", b"x"), mirrors=[f"file://{tmp_path}/debian/"])
    assert errors == ["gone_1.deb: the mirror no longer has it; run nix run .#update -- bullseye"]
    assert store.names() == {"hello_1.deb"}


@pytest.mark.parametrize("variable", ["http_proxy", "deb_http_proxy"])
def test_a_proxy_is_used(
    fetch: Fetch, hello: Path, mirror: Mirror, store: FolderStore, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    mirror.pages = {"http://mirror.invalid/debian/pool/hello_1.deb": DEB}
    monkeypatch.setenv(variable, mirror.url)
    assert fetch(hello, mirrors=["http://mirror.invalid/debian/"]) == []
    assert store.names() == {"hello_1.deb"}


def test_the_standard_proxy_variable_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://standard.invalid")
    assert fetch_main.proxies({"deb_http_proxy": "http://apt.invalid"})["http"] == "http://standard.invalid"


def test_a_login_is_sent_and_never_shown(fetch: Fetch, hello: Path, mirror: Mirror) -> None:
    seen: list[str | None] = []

    def page(handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.headers["Authorization"])
        answer(b"", 0, 403)(handler)

    mirror.pages = {"/debian/pool/hello_1.deb": page}
    (error,) = fetch(hello, mirrors=[mirror.url.replace("//", "//me:s%40cret@")])
    assert seen == ["Basic bWU6c0BjcmV0"]
    assert "cret" not in error and mirror.url[:-1] in error


@pytest.fixture
def little_space() -> Iterator[None]:
    """No file of this process grows beyond a megabyte: a full disk, for which root is not needed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_ends_the_run(
    fetch: Fetch, make_deb: MakeDeb, mirror: Mirror, store: FolderStore, temporary: Path, little_space: None
) -> None:
    big = bytes(2_000_000)
    mirror.pages = {"/debian/pool/big_1.deb": big, "/debian/pool/big_2.deb": big}
    (error,) = fetch("--jobs", "1", make_deb("big_1.deb", big), make_deb("big_2.deb", big))
    assert "cannot be written: " in error and "set TMPDIR" in error
    # The next may have begun.
    assert store.names() == set() and list(temporary.rglob("big_1.deb")) == []


def test_errors_of_many_files_are_few_lines(capsys: pytest.CaptureFixture[str]) -> None:
    errors = [FetchError(f"p{number:02}: gone; fix") for number in range(30)]
    assert fetch_main.report(errors) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == fetch_main.ERRORS_SHOWN + 1 and lines[-1] == "fetch: and 10 more files"
    assert fetch_main.report([*errors, FetchError("disk: full; fix", hopeless=True)]) == 1
    assert capsys.readouterr().err == "fetch: disk: full; fix\n"
