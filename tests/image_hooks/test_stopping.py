"""A worker that is told to stop loses no request, whatever its connections are at."""

import http.client
import signal
from pathlib import Path

import pytest

from gunicorn_server import CONF, Server, get, serving

pytestmark = pytest.mark.slow

# With these settings, no time that a worker would wait for ends while a test runs.
PATIENT = {"KEEP_ALIVE": "600", "GRACEFUL_TIMEOUT": "600"}
PATIENT_CONF = f"""\
exec(open({str(CONF)!r}).read())

from image_hooks import graceful_protocol

graceful_protocol.GracefulProtocol.linger_seconds = 600
"""

# Both answers wait for a file that the test makes.
APP = """\
import asyncio, os
from pathlib import Path

async def until_told():
    Path("begun").touch()
    while not os.path.exists("go on"):
        await asyncio.sleep(0.01)

async def slow(scope):
    await until_told()
    return "done"

answer = app

async def app(scope, receive, send):
    if scope["type"] == "websocket":
        await receive()
        return await send({"type": "websocket.accept"})
    if scope.get("path") != "/parts":
        return await answer(scope, receive, send)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"first part", "more_body": True})
    await until_told()
    await send({"type": "http.response.body", "body": b", last part"})
"""


def connected(server: Server) -> http.client.HTTPConnection:
    """A connection that a worker has, since it has answered on it."""
    connection = server.connect()
    assert get(connection, "/ready") == "ready"
    return connection


def begin(server: Server, path: str) -> http.client.HTTPConnection:
    """A connection on which the app has begun to work."""
    connection = connected(server)
    connection.request("GET", path)
    server.wait_until((server.folder / "begun").exists, "the request")
    return connection


def tell_to_stop(server: Server, workers: int = 1) -> None:
    """Until all workers have begun to stop."""
    server.process.terminate()
    server.wait_for_error_log(r"(?m)\[INFO\] Shutting down$", workers)


def last_answer(connection: http.client.HTTPConnection) -> bytes:
    """The body of the response that comes, which must say that it is the last one."""
    response = connection.getresponse()
    assert response.status == 200
    assert response.getheader("connection") == "close"
    return response.read()


@pytest.fixture(params=["uvicorn.workers.UvicornWorker", "uvicorn.workers.UvicornH11Worker"])
def worker(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def test_requests_that_come_or_are_underway_when_it_stops_are_answered(tmp_path: Path, worker: str) -> None:
    files = {"conf.py": PATIENT_CONF}
    with serving(
        tmp_path, APP, files=files, conf="conf.py", worker=worker, env={"WEB_CONCURRENCY": "2", **PATIENT}
    ) as server:
        server.wait_for_error_log("Application startup complete", 2)
        idle = [connected(server) for _ in range(6)]
        half = connected(server)
        half.sock.sendall(b"GET /ready HTTP/1.1\r\nHo")
        underway = begin(server, "/slow")
        tell_to_stop(server, workers=2)
        for connection in idle:
            connection.request("GET", "/ready")
            assert last_answer(connection) == b'"ready"'
        half.sock.sendall(b"st: test\r\n\r\n")
        with http.client.HTTPResponse(half.sock) as response:
            response.begin()
            assert (response.status, response.getheader("connection")) == (200, "close")
        (tmp_path / "go on").touch()
        assert last_answer(underway) == b'"done"'
        assert server.wait_for_end() == 0
    assert server.stdout.count(" 200\n") == 2 * (6 + 1 + 1)


def test_response_that_has_begun_is_ended_and_the_next_one_is_the_last(tmp_path: Path, worker: str) -> None:
    files = {"conf.py": PATIENT_CONF}
    with serving(tmp_path, APP, files=files, conf="conf.py", worker=worker, env=PATIENT) as server:
        connection = begin(server, "/parts")
        response = connection.getresponse()
        assert response.read(10) == b"first part"
        tell_to_stop(server)
        (tmp_path / "go on").touch()
        assert response.read() == b", last part"
        connection.request("GET", "/ready")
        assert last_answer(connection) == b'"ready"'
        assert server.wait_for_end() == 0


def test_websockets_are_begun_until_it_stops(tmp_path: Path, worker: str) -> None:
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg==",
    }
    files = {"conf.py": PATIENT_CONF}
    with serving(tmp_path, APP, files=files, conf="conf.py", worker=worker, env=PATIENT) as server:
        connection = connected(server)
        connection.request("GET", "/ready", headers=headers)
        assert connection.getresponse().status == 101
        connection.close()
        connection = connected(server)
        tell_to_stop(server)
        connection.request("GET", "/ready", headers=headers)
        response = connection.getresponse()
        assert (response.status, response.getheader("connection")) == (503, "close")
        assert server.wait_for_end() == 0


def test_idle_connections_do_not_hold_up_the_end(tmp_path: Path, worker: str) -> None:
    files = {"conf.py": f"{PATIENT_CONF}graceful_protocol.GracefulProtocol.linger_seconds = 0.3\n"}
    with serving(tmp_path, APP, files=files, conf="conf.py", worker=worker, env=PATIENT) as server:
        connections = [connected(server), begin(server, "/parts")]
        response = connections[1].getresponse()
        tell_to_stop(server)
        (tmp_path / "go on").touch()
        assert response.read() == b"first part, last part"
        assert server.wait_for_end() == 0
        for connection in connections:
            connection.close()


SLOW_TO_PREPARE = f"""\
exec(open({str(CONF)!r}).read())

import time

def post_fork(server, worker):
    print("forked")
    while True:
        time.sleep(0.1)
"""


@pytest.mark.parametrize("number", ["SIGTERM", "SIGQUIT"])
def test_worker_that_has_only_just_been_forked_ends(tmp_path: Path, number: str) -> None:
    """Until Gunicorn has prepared it, it has the signal handlers of the master."""
    with serving(tmp_path, files={"conf.py": SLOW_TO_PREPARE}, conf="conf.py", env=PATIENT) as server:
        server.wait_until(lambda: "forked" in server.stdout, "the fork")
        assert server.stop(signal.Signals[number]) == 0
