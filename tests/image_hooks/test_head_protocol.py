"""UVICORN_TIMEOUT_HEAD: how long the head of a request may take. Its body may take longer."""

import socket
from collections.abc import Iterator

import pytest

from gunicorn_server import DEADLINE, Server, get, serving

pytestmark = pytest.mark.slow

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


@pytest.fixture(scope="module", params=["uvicorn.workers.UvicornWorker", "uvicorn.workers.UvicornH11Worker"])
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


def test_heads_that_do_not_end(server: Server) -> None:
    """All at the same time, as each takes as long as the limit is."""
    silent = connect(server)
    first = {begin: connect(server) for begin in (b"G", b"GET /ready HT", REQUEST[:-2])}
    further = {begin: connect(server) for begin in first}
    for begin, connection in first.items():
        connection.sendall(begin)
    for begin, connection in further.items():
        connection.sendall(REQUEST)
        assert b" 200 OK" in response(connection)
        connection.sendall(begin)
    assert rest(silent) == b""
    for connection in [*first.values(), *further.values()]:
        assert rest(connection).startswith(b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n")
        connection.close()
    silent.close()


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


def test_body_and_the_time_between_requests_are_no_part_of_it(server: Server) -> None:
    with connect(server) as body, connect(server) as early, connect(server) as idle:
        body.sendall(POST % b"/ready" + b"bo")
        early.sendall(POST % b"/early" + b"bo")
        assert b'"early"' in response(early)
        idle.sendall(REQUEST)
        assert b'"ready"' in response(idle)
        with connect(server) as younger:
            assert rest(younger) == b""
        body.sendall(b"dy")
        early.sendall(b"dy" + REQUEST)
        idle.sendall(REQUEST)
        for connection in (body, early, idle):
            assert b'"ready"' in response(connection)
