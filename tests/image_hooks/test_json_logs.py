"""GUNICORN_LOG_FORMAT=json: each line of the logs is an object. A request has what the text has, and a duration."""

import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gunicorn_server import Server, get, serving

pytestmark = pytest.mark.slow

APP = """\
import asyncio, logging, os, time
from pathlib import Path

async def slow(scope):
    begun = time.perf_counter()
    await asyncio.sleep(0.05)
    return time.perf_counter() - begun

async def until_told(scope):
    Path("begun").touch()
    while not os.path.exists("go on"):
        await asyncio.sleep(0.01)

async def fail(scope):
    raise RuntimeError("badly\\nindeed")

async def say(scope):
    logging.getLogger("uvicorn.error").warning("said é 100%")
    logging.getLogger("uvicorn.access").info("said %(how)s", {"how": "by name"})
"""

WSGI_APP = """\
import time

def app(environ, start_response):
    begun = time.perf_counter()
    if environ["PATH_INFO"] == "/slow":
        time.sleep(0.05)
    start_response("200 OK", [("content-type", "application/json")])
    return [b"%f" % (time.perf_counter() - begun)]
"""


def parsed(text: str) -> list[dict[str, Any]]:
    """The objects of a log, each checked for what all have. Raises AssertionError or ValueError."""
    entries: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
    for entry in entries:
        assert datetime.fromisoformat(entry["time"]).utcoffset() == timedelta(0)
        assert entry["level"] in ("debug", "info", "warning", "error", "critical")
        assert entry["logger"] in ("gunicorn.error", "gunicorn.access", "uvicorn.error", "uvicorn.access")
        assert isinstance(entry["message"], str)
    return entries


@pytest.fixture(scope="module", params=["uvicorn.workers.UvicornWorker", "uvicorn.workers.UvicornH11Worker"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(
        tmp_path_factory.mktemp("json"),
        APP,
        worker=request.param,
        env={"GUNICORN_LOG_FORMAT": "json", "KEEP_ALIVE": "60"},
    ) as server:
        yield server


def last_request(server: Server) -> dict[str, Any]:
    """What the access log tells of the last one."""
    return [entry for entry in parsed(server.stdout) if "path" in entry][-1]


def test_what_is_told_of_a_request(server: Server) -> None:
    connection = server.connect()
    get(connection, "/ready?a=b%20c&d=%25&e=%22")
    client = "{}:{}".format(*connection.sock.getsockname())
    entry = last_request(server)
    assert entry["logger"] == "uvicorn.access" and entry["level"] == "info"
    assert (entry["client"], entry["method"], entry["status"]) == (client, "GET", 200)
    assert entry["path"] == "/ready?a=b%20c&d=%25&e=%22"
    assert entry["message"] == f'{client} - "GET {entry["path"]} HTTP/1.1" 200'
    get(connection, "/nowhere")
    assert last_request(server)["status"] == 404


def test_duration_is_that_of_the_request(server: Server) -> None:
    """Neither more nor less, though the connection is idle before."""
    connection = server.connect()
    get(connection, "/ready")
    time.sleep(0.2)
    begun = time.perf_counter()
    in_app = get(connection, "/slow")
    seen = time.perf_counter() - begun
    assert in_app <= last_request(server)["duration"] <= seen


def test_duration_begins_with_the_first_bytes_of_the_request(server: Server) -> None:
    connection = server.connect()
    connection.putrequest("POST", "/until_told")
    connection.putheader("content-length", "4")
    connection.endheaders()
    server.wait_until((server.folder / "begun").exists, "the request")
    begun = time.perf_counter()
    time.sleep(0.2)
    connection.send(b"body")
    ended = time.perf_counter()
    (server.folder / "go on").touch()
    assert connection.getresponse().status == 200
    assert last_request(server)["duration"] >= ended - begun


def test_exception_of_the_app_is_in_one_line(server: Server) -> None:
    server.get("/fail")
    assert last_request(server)["status"] == 500
    server.wait_for_error_log("RuntimeError")
    entry = next(entry for entry in parsed(server.stderr) if "exception" in entry)
    assert entry["level"] == "error"
    assert entry["exception"].startswith("Traceback") and ", in fail\n" in entry["exception"]
    assert entry["exception"].endswith("RuntimeError: badly\nindeed")


def test_what_the_app_says_by_uvicorns_loggers(server: Server) -> None:
    server.get("/say")
    said = [entry for entry in parsed(server.stdout + server.stderr) if entry["message"].startswith("said")]
    assert {entry["message"]: entry["level"] for entry in said} == {"said é 100%": "warning", "said by name": "info"}
    assert not any("path" in entry for entry in said)


def test_gunicorns_own_workers(tmp_path: Path) -> None:
    with serving(tmp_path, files={"main.py": WSGI_APP}, worker="sync", env={"GUNICORN_LOG_FORMAT": "json"}) as server:
        begun = time.perf_counter()
        in_app = server.get("/slow?q=%22")
        server.wait_until(lambda: server.stdout.endswith("\n"), "the line of the request")
        seen = time.perf_counter() - begun
        assert server.stop() == 0
        (entry,) = parsed(server.stdout)
        assert parsed(server.stderr)[-1]["message"] == "Shutting down: Master"
    assert entry["logger"] == "gunicorn.access"
    assert (entry["client"], entry["method"], entry["status"]) == ("127.0.0.1", "GET", 200)
    assert entry["path"] == "/slow?q=%22"
    assert in_app <= entry["duration"] + 1e-6 <= seen


def test_lines_of_several_workers_are_whole_and_each_is_there_once(tmp_path: Path) -> None:
    """Each line is longer than a pipe has room for, and all workers have one to write before anybody reads."""
    workers, requests = 4, 12
    paths = [f"/ready?{number:02}{'x' * 60_000}" for number in range(requests)]
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    written = bytearray()
    with serving(
        tmp_path, stdout=writing, env={"GUNICORN_LOG_FORMAT": "json", "WEB_CONCURRENCY": str(workers)}
    ) as server:
        os.close(writing)
        server.wait_for_error_log("Application startup complete", workers)
        with ThreadPoolExecutor(requests) as pool:
            answers = [pool.submit(server.get, path) for path in paths]
            while not all(answer.done() for answer in answers):
                try:
                    written += os.read(reading, 4096)
                except BlockingIOError:
                    time.sleep(0.01)
        assert server.stop() == 0
        with open(reading, "rb") as rest:
            written += rest.read()
    assert sorted(entry["path"] for entry in parsed(written.decode())) == paths
