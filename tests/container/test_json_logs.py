"""GUNICORN_LOG_FORMAT=json: each line of the logs of Gunicorn and Uvicorn is a JSON object."""

import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from containers import ANSWER_SECONDS, APP_STARTED, Container, Image, app_folder, container, run_to_end

# What each logs when it is about to serve.
WORKER_CLASSES = {
    "uvicorn.workers.UvicornWorker": APP_STARTED,
    "uvicorn.workers.UvicornH11Worker": APP_STARTED,
    "asgi": "ASGI server listening",
}
LONG = 20_000
REQUESTS = 400

# Handlers without `async` run in threads.
APP = f"""\
import asyncio, logging
from fastapi import FastAPI

app = FastAPI()

@app.get("/")
def read_root():
    return {{}}

@app.get("/sleep/{{seconds}}")
async def sleep(seconds: float):
    await asyncio.sleep(seconds)

@app.get("/log/{{name}}")
def log(name: str):
    logging.getLogger("gunicorn.error").info("%s %s", name, "x" * {LONG})

@app.get("/fail")
async def fail():
    raise RuntimeError("badly\\n" + "y" * {LONG})

@app.get("/say")
async def say():
    logging.getLogger("uvicorn.error").warning("said é 100%")
    logging.getLogger("uvicorn.access").info("said as if of a request")
    logging.getLogger("uvicorn.access").info("said %(how)s", {{"how": "by name"}})
"""


# The JSON object of one line.
Entry = dict[str, Any]


def parsed(lines: list[str]) -> list[Entry]:
    """The entries in these lines of a log. Raises AssertionError or ValueError if one lacks what all must have."""
    entries = [json.loads(line) for line in lines]
    for entry in entries:
        assert datetime.fromisoformat(entry["time"]).utcoffset() == timedelta(0)
        assert entry["level"] in ("debug", "info", "warning", "error", "critical")
        assert entry["logger"] in ("gunicorn.error", "gunicorn.access", "uvicorn.error", "uvicorn.access")
        assert isinstance(entry["message"], str)
    return entries


def entries(started: Container) -> list[Entry]:
    """The entries on stdout, where two lines of /start.sh come first, and those on stderr."""
    stdout, stderr = started.streams()
    first, second, *others = stdout.splitlines()
    assert first.startswith("Checking for script") and second.startswith("There is no script")
    return parsed(others + stderr.splitlines())


def accesses(found: list[Entry]) -> list[Entry]:
    """The entries of requests among these. Raises AssertionError if one lacks what they must have."""
    requested = [entry for entry in found if "path" in entry]
    for entry in requested:
        assert entry["logger"].endswith(".access")
        assert re.fullmatch(r"\d+\.\d+\.\d+\.\d+(:\d+)?", entry["client"])
        assert entry["method"] in entry["message"] and str(entry["status"]) in entry["message"]
        assert entry["duration"] >= 0
    return requested


def of_path(started: Container, path: str) -> list[Entry]:
    return [entry for entry in accesses(entries(started)) if entry["path"] == path]


def request_logged(started: Container, path: str) -> Entry:
    """Request the path; the entry of the request, of which there must be just one."""
    started.get(path)
    started.wait_until(lambda: bool(of_path(started, path)), f"the line of {path}")
    (entry,) = of_path(started, path)
    return entry


@pytest.fixture(scope="module")
def mount(tmp_path_factory: pytest.TempPathFactory) -> str:
    return app_folder(tmp_path_factory.mktemp("json") / "app", {"main.py": APP})


@pytest.fixture(scope="module", params=WORKER_CLASSES)
def worker_class(request: pytest.FixtureRequest, image: Image) -> str:
    name = str(request.param)
    if name == "asgi" and not image.has_worker(name):
        pytest.skip("the image's Gunicorn has no asgi worker")
    return name


@pytest.fixture(scope="module")
def served(image: Image, worker_class: str, mount: str) -> Iterator[Container]:
    """A container with the JSON format. Each test asks for paths of its own."""
    env = {"GUNICORN_LOG_FORMAT": "json", "WORKER_CLASS": worker_class, "KEEP_ALIVE": "20"}
    with container(image.name, env, [mount]) as started:
        yield started


def test_what_is_told_of_a_request(served: Container) -> None:
    entry = request_logged(served, "/?a=b%20c&d=%25")
    assert (entry["method"], entry["status"], entry["level"]) == ("GET", 200, "info")


def test_the_path_is_the_one_requested(served: Container) -> None:
    assert request_logged(served, "/%22%C3%A9%5C%25/?q=%22&r=a%20b")["status"] == 404


def test_duration_is_that_of_the_request(served: Container) -> None:
    assert request_logged(served, "/sleep/0.3")["duration"] >= 0.3


def test_time_between_requests_of_a_connection_is_not_part_of_a_duration(served: Container) -> None:
    base = "http://{}:{}".format(*served.address)
    with requests.Session() as session:
        session.get(base + "/?first", timeout=ANSWER_SECONDS)
        time.sleep(2)
        session.get(base + "/?second", timeout=ANSWER_SECONDS)
    served.wait_until(lambda: bool(of_path(served, "/?second")), "the line of the second request")
    ((first,), (second,)) = of_path(served, "/?first"), of_path(served, "/?second")
    assert second["client"] == first["client"]
    assert second["duration"] < 2


def test_exception_of_the_app_is_in_one_line(served: Container, worker_class: str) -> None:
    if worker_class == "asgi":
        pytest.skip("it logs no exception of an app that has sent a response, as FastAPI does")

    def failures() -> list[Entry]:
        return [entry for entry in entries(served) if "exception" in entry]

    assert request_logged(served, "/fail")["status"] == 500
    served.wait_until(lambda: bool(failures()), "the line of the exception")
    (entry,) = failures()
    assert entry["level"] == "error"
    assert entry["exception"].startswith("Traceback") and "in fail\n" in entry["exception"]
    assert entry["exception"].endswith("RuntimeError: badly\n" + "y" * LONG)


def test_what_an_app_says_as_uvicorn(served: Container, worker_class: str) -> None:
    if worker_class == "asgi":
        pytest.skip("it has no handlers for the loggers of Uvicorn")
    request_logged(served, "/say")
    said = {entry["message"]: entry["level"] for entry in entries(served) if entry["message"].startswith("said")}
    assert said == {"said é 100%": "warning", "said as if of a request": "info", "said by name": "info"}


def check_concurrent_lines(image: Image, mount: str, worker_class: str, **env: str) -> None:
    """Four workers write lines that are longer than what a pipe takes at once: none is lost, mixed or doubled."""
    env |= {"GUNICORN_LOG_FORMAT": "json", "WORKER_CLASS": worker_class, "WEB_CONCURRENCY": "4", "LOG_LEVEL": "debug"}
    numbers = [f"{number:04}" for number in range(REQUESTS)]
    paths = [f"/log/{number}?{'z' * 5000}" for number in numbers]
    with container(image.name, {**env, "GUNICORN_CMD_ARGS": "--limit-request-line=0"}, [mount]) as started:
        ready = WORKER_CLASSES[worker_class]
        started.wait_until(lambda: started.logs().count(ready) == 4, f"4 times {ready!r}")
        base = "http://{}:{}".format(*started.address)
        with ThreadPoolExecutor(16) as pool:
            statuses = pool.map(lambda path: requests.get(base + path, timeout=ANSWER_SECONDS).status_code, paths)
            assert set(statuses) == {200}
        assert started.stop() == 0
        found = entries(started)
    assert sorted(entry["path"] for entry in accesses(found) if "z" in entry["path"]) == paths
    messages = [entry["message"] for entry in found if entry["message"].endswith("x")]
    assert sorted(messages) == [f"{number} {'x' * LONG}" for number in numbers]


def test_lines_of_concurrent_workers_and_threads_are_whole(image: Image, mount: str, worker_class: str) -> None:
    check_concurrent_lines(image, mount, worker_class)


def test_lines_to_a_stream_by_its_path_are_whole(image: Image, mount: str) -> None:
    paths = {"ACCESS_LOG": "/dev/stdout", "ERROR_LOG": "/dev/stderr"}
    check_concurrent_lines(image, mount, "uvicorn.workers.UvicornWorker", **paths)


def test_line_of_a_signal_handler_waits_for_the_one_underway(running: Container) -> None:
    """Gunicorn 23 logs the end of a worker in a signal handler, even while it waits to write another line."""
    messages = [entry["message"] for entry in parsed(running.run_inside("full_pipe.py", user=""))]
    assert "Handling signal: ttin" in messages
    assert len([message for message in messages if "SIGKILL" in message]) == 1


def test_ends_though_many_workers_end_at_once(image: Image, mount: str) -> None:
    """Gunicorn 23 logs the end of a worker in a signal handler, whatever it is just writing."""
    env = {"GUNICORN_LOG_FORMAT": "json", "LOG_LEVEL": "debug", "WEB_CONCURRENCY": "16"}
    with container(image.name, env, [mount]) as started:
        for _ in range(3):
            started.wait_until(lambda: started.logs().count("Application startup complete") == 16, "16 workers")
            started.restart()


@pytest.mark.variables
def test_logs_in_files(image: Image, mount: str) -> None:
    env = {"GUNICORN_LOG_FORMAT": "json", "ACCESS_LOG": "/tmp/access.log", "ERROR_LOG": "/tmp/error.log"}
    with container(image.name, env, [mount]) as started:
        started.get("/?filed")
        assert entries(started) == []
        filed = accesses(parsed(started.exec("cat", "/tmp/access.log").splitlines()))
        assert filed[-1]["path"] == "/?filed"
        assert parsed(started.exec("cat", "/tmp/error.log").splitlines())[0]["message"].startswith("Starting gunicorn")


def test_app_that_cannot_be_imported(image: Image, tmp_path: Path) -> None:
    mount = app_folder(tmp_path / "app", {"main.py": "import nothing_like_it"})
    done = run_to_end(image.name, {"GUNICORN_LOG_FORMAT": "json", "WEB_CONCURRENCY": "2"}, [mount])
    failures = [entry for entry in parsed(done.stderr.splitlines()) if "nothing_like_it" in entry["message"]]
    assert len(failures) == 1 and failures[0]["level"] == "critical"


@pytest.mark.parametrize("value", [None, "", "text"], ids=str)
def test_text_is_the_default(image: Image, mount: str, value: str | None) -> None:
    with container(image.name, {"GUNICORN_LOG_FORMAT": value}, [mount]) as started:
        started.get("/?default")
        started.wait_for_log("/?default")
        stdout, stderr = started.streams()
    assert re.search(r'^[\d.]+:\d+ - "GET /\?default HTTP/1\.1" 200$', stdout, re.MULTILINE)
    assert re.match(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000\] \[\d+\] \[INFO\] Starting gunicorn", stderr)
