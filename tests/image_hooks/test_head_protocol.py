"""UVICORN_TIMEOUT_HEAD: how long the head of a request may take. Its body may take longer."""

import socket
from collections.abc import Iterator

import pytest

from gunicorn_server import DEADLINE, Server, get, serving

# The app answers a POST to /early before it has read the body, and one to any other path when it has read it.
APP = """\
answer = app

async def app(scope, receive, send):
    if scope.get("method") == "POST" and scope["path"] != "/early":
        while (await receive())["more_body"]:
            pass
    await answer(scope, receive, send)

async def early(scope):
    return "early"
"""
REQUEST = b"GET /ready HTTP/1.1\r\nHost: test\r\n\r\n"
POST = b"POST %s HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\n"


@pytest.fixture(scope="module", params=["uvicorn.workers.UvicornWorker", "uvicorn_worker.UvicornH11Worker"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    env = {"UVICORN_TIMEOUT_HEAD": "1", "KEEP_ALIVE": "600"}
    with serving(tmp_path_factory.mktemp("head"), APP, worker=request.param, env=env) as server:
        get(server.connect(), "/ready")
        yield server


def connect(server: Server) -> socket.socket:
    connection = server.connect()
    return socket.create_connection((connection.host, connection.port), timeout=DEADLINE)


def rest(connection: socket.socket) -> bytes:
    """All that comes until the server closes the connection."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def response(connection: socket.socket) -> bytes:
    """Up to the end of the JSON string that is its body."""
    received = b""
    while not received.endswith(b'"'):
        received += connection.recv(65536)
    return received


def test_connection_without_a_byte_is_closed(server: Server) -> None:
    with connect(server) as connection:
        assert rest(connection) == b""


@pytest.mark.parametrize("begin", [b"G", b"GET /ready HT", REQUEST[:-2]])
@pytest.mark.parametrize("before", [b"", REQUEST], ids=["first request", "second request"])
def test_head_that_does_not_end_gets_408(server: Server, before: bytes, begin: bytes) -> None:
    with connect(server) as connection:
        if before:
            connection.sendall(before)
            assert b" 200 OK" in response(connection)
        connection.sendall(begin)
        assert rest(connection).startswith(b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n")


@pytest.mark.parametrize("drop", [b"\r\n", b"x"])
def test_head_that_drips_is_no_exception(server: Server, drop: bytes) -> None:
    with connect(server) as connection:
        connection.sendall(REQUEST)
        response(connection)
        connection.settimeout(0.05)
        with pytest.raises(ConnectionError):
            while True:
                connection.sendall(drop)
                try:
                    if not connection.recv(65536):
                        raise ConnectionError
                except TimeoutError:
                    pass


def wait_for_timeout(server: Server) -> None:
    """So long that a connection which is older has had its time."""
    with connect(server) as connection:
        rest(connection)


@pytest.mark.parametrize("path", [b"/ready", b"/early"])
def test_body_may_take_longer(server: Server, path: bytes) -> None:
    with connect(server) as connection:
        connection.sendall(POST % path)
        if path == b"/early":
            assert b'"early"' in response(connection)
        connection.sendall(b"bo")
        wait_for_timeout(server)
        connection.sendall(b"dy")
        if path == b"/early":
            connection.sendall(REQUEST)
        assert b'"ready"' in response(connection)


def test_idle_connection_has_its_keep_alive_time(server: Server) -> None:
    with connect(server) as connection:
        for _ in range(2):
            connection.sendall(REQUEST)
            assert b'"ready"' in response(connection)
            wait_for_timeout(server)
