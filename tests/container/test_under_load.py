"""Stopping, reloading and replacing workers under a steady load: no request is lost.

load.py says what counts as answered, refused and failed.
"""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from containers import ANSWER_SECONDS, APP_STARTED, Container, Image, app_folder, container
from engine import SLOWNESS, docker
from load import Load

# /SECONDS/NAME answers with the worker's pid after so many seconds, and logs when it begins.
APP = """\
import asyncio, os
from fastapi import FastAPI, WebSocket
from fastapi.responses import StreamingResponse

app = FastAPI()

@app.get("/")
async def ready():
    return None

@app.get("/{seconds}/{name}")
async def answer(seconds: float, name: str):
    os.write(1, f"begun {name}\\n".encode())  # print() would mix the lines of the workers
    await asyncio.sleep(seconds)
    return os.getpid()

@app.get("/parts")
async def parts():
    async def parts():
        yield "first part"
        await asyncio.sleep(1)
        yield "last part"
    return StreamingResponse(parts())

@app.websocket("/websocket")
async def websocket(websocket: WebSocket):
    await websocket.accept()
    await websocket.receive()
"""
QUICK, SLOW = "/0/", "/0.7/"
EXIT_SECONDS = 20 * SLOWNESS

REQUEST = b"GET /0/name HTTP/1.1\r\nHost: test\r\n\r\n"
SLOW_REQUEST = b"GET /1.5/name HTTP/1.1\r\nHost: test\r\n\r\n"
PARTS_REQUEST = b"GET /parts HTTP/1.1\r\nHost: test\r\n\r\n"
WEBSOCKET_REQUEST = (
    b"GET /websocket HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
)
# What a connection brings before its worker is told to stop, and after.
IDLE, HALF, NEW, WORKING = (REQUEST, REQUEST), (REQUEST[:20], REQUEST[20:]), (b"", REQUEST), (SLOW_REQUEST, b"")


@contextmanager
def served(image: Image, folder: Path, **env: str) -> Iterator[Container]:
    """An app with two workers, which have all started."""
    env = {"WEB_CONCURRENCY": "2", **env}
    with container(image.name, env, [app_folder(folder / "app", {"main.py": APP})]) as started:
        all_started = int(env["WEB_CONCURRENCY"])
        started.wait_until(lambda: started.logs().count(APP_STARTED) == all_started, "the start of all workers")
        yield started


def workers(started: Container) -> set[int]:
    return {process.pid for process in started.processes() if process.parent == 1}


def wait_for_answers_of(number: int, load: Load, started: Container) -> None:
    """Wait until so many different workers have answered."""
    started.wait_until(lambda: len(load.answers()) >= number, f"answers of {number} workers")


def exit_status(started: Container) -> str:
    """Its exit status, once it has ended. Raises subprocess.TimeoutExpired."""
    return docker("wait", started.name, timeout=EXIT_SECONDS).strip()


@pytest.mark.parametrize("command", [["kill", "--signal=TERM"], ["stop"]], ids=["SIGTERM", "docker stop"])
@pytest.mark.parametrize("path", [QUICK, SLOW], ids=["quick", "slow"])
def test_stop_answers_all_it_has_begun_and_refuses_the_rest(
    image: Image, tmp_path: Path, command: list[str], path: str
) -> None:
    with served(image, tmp_path) as started:
        with Load(started.address, path) as load:
            wait_for_answers_of(1, load, started)
            docker(*command, started.name)
            assert exit_status(started) == "0"
        begun = set(re.findall(r"^begun (\S+)$", started.logs(), re.MULTILINE))
    assert not load.of("failed")
    assert load.of("refused")
    assert begun == {request.name for request in load.of("answered")}


def test_sighup_replaces_the_workers_and_loses_no_request(image: Image, tmp_path: Path) -> None:
    with served(image, tmp_path) as started:
        before = workers(started)
        with Load(started.address, QUICK) as load:
            wait_for_answers_of(1, load, started)
            docker("kill", "--signal=HUP", started.name)
            started.wait_until(lambda: not before & workers(started), "the end of the old workers")
            after = {str(pid) for pid in workers(started)}
            started.wait_until(lambda: bool(load.answers() & after), "answers of new workers")
    assert len(before) == len(after) == 2
    assert not load.of("failed", "refused")


def test_max_requests_replaces_the_workers_and_loses_no_request(image: Image, tmp_path: Path) -> None:
    limits = {"GUNICORN_MAX_REQUESTS": "200", "GUNICORN_MAX_REQUESTS_JITTER": "50"}
    with served(image, tmp_path, **limits) as started, Load(started.address, QUICK) as load:
        wait_for_answers_of(6, load, started)
    assert not load.of("failed", "refused")


def test_killed_worker_loses_only_what_it_was_working_on(image: Image, tmp_path: Path) -> None:
    with served(image, tmp_path) as started:
        before = workers(started)
        with Load(started.address, QUICK) as load:
            started.wait_until(lambda: all(client.requests for client in load.clients), "an answer to each client")
            killed = load.of("answered")[-1].answer
            started.exec("sh", "-c", f"kill -KILL {killed}")
            started.wait_until(lambda: bool(workers(started) - before), "a new worker")
            time.sleep(0.5 * SLOWNESS)  # of load
        assert len(workers(started)) == 2
    for client in load.clients:
        assert client.requests[0].outcome == client.requests[-1].outcome == "answered"
        for previous, request in pairwise(client.requests):
            # A connection belongs to one worker: the previous answer tells which one this request was with.
            assert request.outcome == "answered" or (previous.outcome, previous.answer) == ("answered", killed)


def connected(started: Container) -> socket.socket:
    return socket.create_connection(started.address, timeout=ANSWER_SECONDS)


def answer_while_stopping(started: Container, before: bytes, after: bytes) -> bytes:
    """All that comes on the connection once its worker, which has read `before`, was told to stop."""
    with connected(started) as connection:
        connection.sendall(before)
        if before == REQUEST:
            assert b"200 OK" in connection.recv(65536)
        time.sleep(0.3 * SLOWNESS)  # until the worker has taken the connection, whatever came on it
        docker("kill", "--signal=TERM", started.name)
        started.wait_for_log("Shutting down")
        connection.sendall(after)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize("worker_class", ["UvicornWorker", "UvicornH11Worker"])
@pytest.mark.parametrize("before, after", [IDLE, HALF, NEW, WORKING], ids=["idle", "half a request", "new", "working"])
def test_stopping_worker_answers_on_open_connections(
    image: Image, tmp_path: Path, worker_class: str, before: bytes, after: bytes
) -> None:
    env = {"WEB_CONCURRENCY": "1", "KEEP_ALIVE": "60", "WORKER_CLASS": f"uvicorn.workers.{worker_class}"}
    with served(image, tmp_path, **env) as started:
        answer = answer_while_stopping(started, before, after)
    assert b"200 OK" in answer
    assert b"connection: close" in answer.lower()


def test_stopping_worker_begins_no_websocket(image: Image, tmp_path: Path) -> None:
    with served(image, tmp_path, WEB_CONCURRENCY="1") as started:
        assert b"101 Switching" not in answer_while_stopping(started, b"", WEBSOCKET_REQUEST)


@pytest.mark.parametrize("before", [IDLE[0], HALF[0], NEW[0]], ids=["idle", "half a request", "new"])
def test_open_connection_does_not_hold_up_the_end(image: Image, tmp_path: Path, before: bytes) -> None:
    with served(image, tmp_path, KEEP_ALIVE="60") as started, connected(started) as connection:
        connection.sendall(before)
        time.sleep(0.3 * SLOWNESS)
        docker("kill", "--signal=TERM", started.name)
        assert exit_status(started) == "0"


def test_response_that_has_begun_is_ended(image: Image, tmp_path: Path) -> None:
    with served(image, tmp_path, KEEP_ALIVE="60") as started, connected(started) as connection:
        connection.sendall(PARTS_REQUEST)
        answer = connection.recv(65536)
        assert b"200 OK" in answer
        docker("kill", "--signal=TERM", started.name)
        while b"last part\r\n0\r\n\r\n" not in answer:
            answer += connection.recv(65536) or pytest.fail(f"the response ended early: {answer!r}")
        assert exit_status(started) == "0"


def test_worker_that_was_only_just_forked_ends(image: Image, tmp_path: Path) -> None:
    """Until Gunicorn has prepared it, a worker has the master's signal handlers."""
    slow_to_prepare = """\
import time

exec(open("/gunicorn_conf.py").read())

def post_fork(server, worker):
    print("forked")
    time.sleep(2)
"""
    mount = app_folder(tmp_path / "app", {"main.py": APP, "gunicorn_conf.py": slow_to_prepare})
    with container(image.name, options=[mount], ready="forked") as started:
        docker("kill", "--signal=TERM", started.name)
        assert exit_status(started) == "0"
