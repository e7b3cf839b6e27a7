"""Mirrors that would have a login, the terminal, the disk or all of the time."""

import base64
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

import careful_http
import mirror_download
from careful_http import BadAnswer, Pace, Request, TooSlow
from pretended import Answer, Fetch, FolderStore, MakeDeb, Mirror

DEB = b"!<arch>\n" + b"deb" * 64
PAGE = "/debian/pool/hello_1.deb"


@pytest.fixture
def hello(make_deb: MakeDeb) -> Path:
    return make_deb("hello_1.deb", DEB)


def redirect(location: str, code: int = 302) -> Answer:
    def page(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        handler.send_header("Location", location)
        handler.end_headers()

    return page


def raw(answer: bytes) -> Answer:
    """A page that sends these bytes, whatever they are."""

    def page(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(answer)
        handler.close_connection = True

    return page


def noting(logins: list[str], header: str = "Authorization") -> Answer:
    """A page that notes which login it was asked with, and answers with DEB."""

    def page(handler: BaseHTTPRequestHandler) -> None:
        logins.append(base64.b64decode((handler.headers[header] or "").removeprefix("Basic ")).decode())
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(DEB)

    return page


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_login_goes_to_the_mirror_alone(
    fetch: Fetch, hello: Path, mirror: Mirror, make_mirror: Callable[[], Mirror], code: int
) -> None:
    other, logins = make_mirror(), list[str]()
    other.pages[PAGE] = noting(logins)
    mirror.pages[PAGE] = redirect(f"{other.url}pool/hello_1.deb", code)
    assert fetch(hello, mirrors=[mirror.url.replace("//", "//me:secret@")]) == []
    assert logins == [""]


@pytest.mark.parametrize("location", ["/elsewhere", "elsewhere", "//{host}/elsewhere", "http://{host}/elsewhere#part"])
def test_a_login_goes_with_a_redirection_on_the_same_mirror(
    fetch: Fetch, hello: Path, mirror: Mirror, location: str
) -> None:
    logins: list[str] = []
    mirror.pages = {PAGE: redirect(location.format(host=mirror.url.split("/")[2]))}
    mirror.pages |= dict.fromkeys(["/elsewhere", "/debian/pool/elsewhere"], noting(logins))
    assert fetch(hello, mirrors=[mirror.url.replace("//", "//me:secret@")]) == []
    assert logins == ["me:secret"]


def test_a_login_that_a_redirection_names_is_not_ours_to_send(fetch: Fetch, hello: Path, mirror: Mirror) -> None:
    logins: list[str] = []
    url = mirror.url.replace("//", "//you:theirs@")
    mirror.pages = {PAGE: redirect(f"{url}elsewhere"), "/debian/elsewhere": noting(logins)}
    assert fetch(hello) == [] and logins == [""]


def test_the_login_of_a_proxy_stays_with_the_proxy(
    fetch: Fetch, hello: Path, mirror: Mirror, make_mirror: Callable[[], Mirror], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, logins = make_mirror(), list[str]()
    proxy.pages = {f"http://mirror.invalid{PAGE}": redirect(f"{mirror.url}pool/hello_1.deb")}
    mirror.pages = {PAGE: noting(logins, "Proxy-Authorization")}
    monkeypatch.setenv("http_proxy", proxy.url.replace("//", "//me:secret@"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert fetch(hello, mirrors=["http://mirror.invalid/debian/"]) == []
    assert logins == [""]


@pytest.mark.parametrize(
    ("start", "location", "carried"),
    [
        ("http://me:pw@a.example/x", "http://a.example:80/y", True),
        ("http://me:pw@a.example/x", "http://A.example/y", True),
        ("http://me:pw@a.example/x", "http://a.example:8080/y", False),
        ("http://me:pw@a.example/x", "https://a.example/y", False),
        ("http://me:pw@a.example/x", "http://a.example.invalid/y", False),
        ("http://me:pw@a.example/x", "http://a.example@b.example/y", False),
        ("https://me:pw@a.example/x", "//a.example:443/y", True),
        ("https://me:pw@a.example/x", "https://b.example/y", False),
    ],
)
def test_the_same_server_is_scheme_host_and_port(start: str, location: str, carried: bool) -> None:
    assert Request(start, 1).redirected(location).has_header("Authorization") == carried


def test_a_login_that_was_left_behind_does_not_come_back() -> None:
    there = Request("http://me:pw@a.example/x", 1).redirected("http://b.example/y")
    assert not there.redirected("http://a.example/x").has_header("Authorization")


@pytest.mark.parametrize("location", ["http://a.example/y", "HTTP://b.example:443/y"])
def test_https_is_never_given_up(location: str) -> None:
    with pytest.raises(BadAnswer, match="from https to http"):
        Request("https://a.example/x", 1).redirected(location)


@pytest.mark.parametrize(
    ("location", "says"),
    [
        ("http://[bad/debian", "redirects to what is no URL"),
        ("http://a.example:port/", "redirects to what is no URL"),
        ("http://a.example:99999/", "redirects to what is no URL"),
        ("file:///etc/passwd", "no URL of http or https: file:///etc/passwd"),
        ("ftp://a.example/x", "no URL of http or https"),
        ("data:,x", "no URL of http or https"),
        ("https:///x", "no URL of http or https"),
        ("javascript:\x1b[2J", "no URL of http or https: javascript:?[2J"),
        ("gopher://" + "x" * 9999, "no URL of http or https"),
        (PAGE, "redirects more than 10 times"),
    ],
)
def test_a_redirection_that_leads_nowhere(fetch: Fetch, hello: Path, mirror: Mirror, location: str, says: str) -> None:
    mirror.pages = {PAGE: redirect(location)}
    (error,) = fetch(hello)
    assert error.startswith(f"hello_1.deb: {mirror.url[:-1]} ") and says in error
    assert error.isprintable() and len(error) < 500
    assert len(mirror.requests) <= 11


def test_a_redirection_without_a_place(fetch: Fetch, hello: Path, mirror: Mirror) -> None:
    mirror.pages = {PAGE: raw(b"HTTP/1.1 302 Found\r\n\r\n")}
    (error,) = fetch(hello)
    assert "answered HTTP 302 Found" in error


@pytest.mark.parametrize("length", ["-1", "10" * 30, "9" * 5000, "+200", "2_0_0", "200, 200", "0x10", "\xb2", "", " "])
def test_an_absurd_length_is_of_no_account(
    fetch: Fetch, hello: Path, mirror: Mirror, store: FolderStore, length: str
) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode("latin-1")
    mirror.pages = {PAGE: raw(head + DEB)}
    assert all(error.startswith("hello_1.deb: ") and error.isprintable() for error in fetch(hello))
    assert not store.names() or (store.path / "hello_1.deb").read_bytes() == DEB


@pytest.mark.parametrize(
    "chunks", [b"zz\r\nx", b"-5\r\nx", b"", b"f" * 70000, b"5\r\nab", b"1;" + b"x" * 60000 + b"\r\nx"]
)
def test_chunks_that_are_garbage(fetch: Fetch, hello: Path, mirror: Mirror, store: FolderStore, chunks: bytes) -> None:
    mirror.pages = {PAGE: raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)}
    (error,) = fetch(hello)
    assert error.startswith("hello_1.deb: ") and error.isprintable() and store.names() == set()


@pytest.mark.parametrize("way", ["reason", "status line", "location"])
def test_the_terminal_is_not_the_mirrors(fetch: Fetch, hello: Path, mirror: Mirror, way: str) -> None:
    answers = {
        "reason": "HTTP/1.1 403 \x1b]0;owned\x07\x9b2J\r\n\r\n",
        "status line": "\x1b[31mHTTP/9 \x00\r\n\r\n",
        "location": "HTTP/1.1 302 Found\r\nLocation: ftp:\x1b[2J\x7f\r\n\r\n",
    }
    mirror.pages = {PAGE: raw(answers[way].encode("latin-1"))}
    (error,) = fetch(hello)
    assert error.isprintable()


@pytest.mark.parametrize(
    ("head", "again"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"Trailer: x\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1;" + b"x" * 9000 + b"\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 9000),
    ],
)
def test_a_mirror_that_never_ends(
    fetch: Fetch, hello: Path, mirror: Mirror, store: FolderStore, head: bytes, again: bytes
) -> None:
    sent = 0

    def page(handler: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        handler.wfile.write(head)
        try:
            while not mirror.closing.is_set():
                handler.wfile.write(again)
                sent += len(again)
        except OSError:
            handler.close_connection = True

    mirror.pages = {PAGE: page}
    (error,) = fetch(hello)
    assert "sends more than it should" in error or "bytes instead of 200" in error
    # What is on the way when the connection ends is in the buffers of the system.
    assert sent < 20_000_000 and store.names() == set()


def test_the_least_that_a_server_must_send() -> None:
    now = 0.0
    pace = Pace(1 << 30, clock=lambda: now)
    for _ in range(600):  # ten minutes of the least
        now += 1
        pace.add(1000)
    now += 59
    pace.add(1)
    now += 1
    with pytest.raises(TooSlow, match="less than 1000 bytes a second"):
        pace.add(1)


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_mirror_that_drips(
    fetch: Fetch, hello: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch, head: bytes
) -> None:
    monkeypatch.setattr(careful_http, "WINDOW", 0.05)

    def page(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(head)
        try:
            while not mirror.closing.wait(0.01):
                handler.wfile.write(b"x")
        except OSError:
            handler.close_connection = True

    mirror.pages = {PAGE: page}
    (error,) = fetch(hello)
    assert error.startswith(f"{mirror.url[:-1]} sends less than ") and "--debian-mirror URL" in error
    assert len(mirror.requests) == mirror_download.TRIES
