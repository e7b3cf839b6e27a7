"""Signals to stop: what ends at once, what a second one does, and what is logged."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from gunicorn_server import CONF, Server, get, serving

pytestmark = pytest.mark.slow

# With these settings, no time that a worker would wait for ends while a test runs.
PATIENT = {"KEEP_ALIVE": "600", "GRACEFUL_TIMEOUT": "600"}

# A stream ends when the client has gone. The app's own shutdown takes SHUTDOWN_SECONDS.
APP = """\
import asyncio, os

answer = app

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        assert (await receive())["type"] == "lifespan.startup"
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await asyncio.sleep(float(os.environ.get("SHUTDOWN_SECONDS", "0")))
        return await send({"type": "lifespan.shutdown.complete"})
    if scope["path"] != "/stream":
        return await answer(scope, receive, send)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"worker", str(os.getpid()).encode())]})
    await receive()
    gone = asyncio.ensure_future(receive())
    while not gone.done():
        await send({"type": "http.response.body", "body": b"part", "more_body": True})
        await asyncio.sleep(0.01)
"""
SHUT_DOWN = "Application shutdown complete"


@contextmanager
def stream(server: Server) -> Iterator[str]:
    """Lets a stream come on a connection; the process ID of its worker."""
    connection = server.connect()
    connection.request("GET", "/stream")
    with connection.sock:
        response = connection.getresponse()
        assert b"part" in response.read(10)
        yield response.headers["worker"]


@pytest.mark.parametrize(
    "number, worker",
    [("SIGINT", "uvicorn.workers.UvicornWorker"), ("SIGQUIT", "uvicorn.workers.UvicornH11Worker")],
)
def test_it_ends_at_once_but_not_before_the_apps_shutdown(tmp_path: Path, number: str, worker: str) -> None:
    """The connections that are open, idle or with a stream, do not hold it up."""
    with serving(tmp_path, APP, worker=worker, env={**PATIENT, "WEB_CONCURRENCY": "2"}) as server:
        server.wait_for_error_log("Application startup complete", 2)
        idle = [server.connect() for _ in range(4)]
        for connection in idle:
            get(connection, "/ready")
        with stream(server):
            assert server.stop(signal.Signals[number]) == 0
    assert server.stderr.count(SHUT_DOWN) == 2
    assert "ERROR" not in server.stderr.replace("[ERROR] Cancelling 1 open requests", "")


def test_ctrl_c_in_a_terminal_which_the_workers_get_too(tmp_path: Path) -> None:
    with serving(tmp_path, APP, env=PATIENT) as server:
        server.wait_for_error_log("Application startup complete")
        os.killpg(server.process.pid, signal.SIGINT)
        assert server.wait_for_end() == 0
    assert server.stderr.count(SHUT_DOWN) == 1
    assert "was sent" not in server.stderr


@pytest.mark.parametrize("first", ["SIGINT", "SIGTERM"])
def test_second_ctrl_c_ends_it_by_force(tmp_path: Path, first: str) -> None:
    with serving(tmp_path, APP, env={**PATIENT, "SHUTDOWN_SECONDS": "600"}) as server:
        server.wait_for_error_log("Application startup complete")
        server.process.send_signal(signal.Signals[first])
        server.wait_for_error_log("Waiting for application shutdown")
        assert server.stop(signal.SIGINT) == 0
    assert SHUT_DOWN not in server.stderr
    assert "was sent" not in server.stderr


SLOW_IMPORT = """\
import time
from pathlib import Path

Path("importing").touch()
while True:
    time.sleep(0.1)
"""


@pytest.mark.parametrize("number", ["SIGTERM", "SIGQUIT"])
def test_worker_that_imports_its_app_ends_at_once(tmp_path: Path, number: str) -> None:
    with serving(tmp_path, SLOW_IMPORT, env=PATIENT) as server:
        server.wait_until((tmp_path / "importing").exists, "the import")
        assert server.stop(signal.Signals[number]) == 0
    assert "was sent" not in server.stderr


def test_ordinary_end_and_reload_report_no_trouble(tmp_path: Path) -> None:
    with serving(tmp_path, APP) as server:
        server.get("/ready")
        server.process.send_signal(signal.SIGHUP)
        server.wait_for_error_log("Application startup complete", 2)
        server.wait_for_error_log(SHUT_DOWN)
        server.get("/ready")
        assert server.stop() == 0
    assert server.stderr.count(SHUT_DOWN) == 2
    for noise in ("WARNING", "ERROR", "was sent", "Error while closing"):
        assert noise not in server.stderr


def test_worker_that_is_killed_from_outside_is_reported(tmp_path: Path) -> None:
    with serving(tmp_path, f"{APP}\n\nasync def pid(scope):\n    return os.getpid()\n") as server:
        for number in (signal.SIGTERM, signal.SIGKILL):
            pid = server.get("/pid")
            os.kill(pid, number)
            server.wait_for_error_log(rf"Worker \(pid:{pid}\) was sent {number.name}!")
            assert server.get("/pid") != pid


def quickly(seconds: float) -> str:
    """A configuration by which a worker tells sooner what it waits for."""
    return f"""\
exec(open({str(CONF)!r}).read())

from image_hooks import graceful_server

graceful_server.NOTICE_SECONDS = {seconds}
"""


def test_what_a_stop_waits_for_is_told_once(tmp_path: Path) -> None:
    env = {"WEB_CONCURRENCY": "2", "GRACEFUL_TIMEOUT": "50"}
    with serving(tmp_path, APP, files={"conf.py": quickly(0.1)}, conf="conf.py", env=env) as server:
        server.wait_for_error_log("Application startup complete", 2)
        with ExitStack() as streams:
            workers = [streams.enter_context(stream(server))]
            while len(set(workers)) < 2:
                workers.append(streams.enter_context(stream(server)))
            server.process.terminate()
            server.wait_for_error_log("Waiting for open requests or streams")
            server.wait_for_error_log("Waiting for connections to close", 2)
        assert server.wait_for_end() == 0
    (line,) = (line for line in server.stderr.splitlines() if "Waiting for open requests" in line)
    assert "for 40 s at most: GRACEFUL_TIMEOUT is 50; `docker stop` kills after 10 s" in line


def test_ctrl_c_after_a_reload_does_not_wait_for_streams_from_before(tmp_path: Path) -> None:
    with serving(tmp_path, APP, files={"conf.py": quickly(0)}, conf="conf.py", env=PATIENT) as server, stream(server):
        server.process.send_signal(signal.SIGHUP)
        server.wait_for_error_log("Waiting for connections to close")
        server.wait_for_error_log("Application startup complete", 2)
        assert "Waiting for open requests" not in server.stderr  # the server as a whole is not stopping
        assert server.stop(signal.SIGINT) == 0
    assert server.stderr.count(SHUT_DOWN) == 2


SLOW_THREAD = f"""\
{APP}
import time
from pathlib import Path

async def slow(scope):
    Path("begun").touch()
    await asyncio.get_running_loop().run_in_executor(None, time.sleep, 600)
"""


def test_app_is_shut_down_although_a_thread_goes_on(tmp_path: Path) -> None:
    with serving(tmp_path, SLOW_THREAD, env={"GRACEFUL_TIMEOUT": "4"}) as server:
        connection = server.connect()
        connection.request("GET", "/slow")
        server.wait_until((tmp_path / "begun").exists, "the request")
        assert server.stop(signal.SIGINT) == 0
    assert SHUT_DOWN in server.stderr


def test_stream_that_is_cancelled_leaves_time_for_the_apps_shutdown_and_one_line(tmp_path: Path) -> None:
    env = {"GRACEFUL_TIMEOUT": "3", "SHUTDOWN_SECONDS": "0.5"}
    with serving(tmp_path, APP, env=env) as server, stream(server):
        assert server.stop() == 0
    assert SHUT_DOWN in server.stderr
    assert re.findall(r"(?m)\[ERROR\] (.*)$", server.stderr) == ["Cancelling 1 open requests or streams"]
    assert "Traceback" not in server.stderr
