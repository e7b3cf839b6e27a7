"""The access log in the text format is what Uvicorn itself writes, whatever an app does to its logger.

The same requests are made to a container as it is, and to one with a Gunicorn configuration without the image's hooks.
"""

import http.client
import itertools
import re
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from containers import ANSWER_SECONDS, Container, Image, app_folder, container

PLAIN_CONF = "bind = '0.0.0.0:80'\naccesslog = '-'\nworkers = 1\n"

APP = """\
import logging, os, sys
from fastapi import BackgroundTasks, FastAPI

app = FastAPI()
access = logging.getLogger("uvicorn.access")
root = logging.getLogger()

class Shouting(logging.Formatter):
    def format(self, record):
        return super().format(record).upper()

def is_loud(record):
    return "quiet" not in record.getMessage()

def masked(record):
    record.args = tuple("/masked" if "secret" in str(arg) else arg for arg in record.args)
    return True

def to_stdout(form):
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(form and logging.Formatter(form))
    return handler

def replace(handlers):
    access.handlers = handlers

def propagate():
    access.propagate = True
    root.addHandler(to_stdout("root %(name)s %(message)s"))

SETUPS = {
    "nothing": lambda: None,
    "filter": lambda: access.addFilter(is_loud),
    "filter of handler": lambda: access.handlers[0].addFilter(is_loud),
    "changing filter": lambda: access.addFilter(masked),
    "format": lambda: access.handlers[0].setFormatter(logging.Formatter("%(levelname)s %(funcName)s %(message)s")),
    "formatter": lambda: access.handlers[0].setFormatter(Shouting()),
    "no formatter": lambda: access.handlers[0].setFormatter(None),
    "second handler": lambda: access.addHandler(to_stdout("second %(message)s")),
    "other handler": lambda: replace([to_stdout(None)]),
    "no handler": lambda: replace([logging.NullHandler()]),
    "level": lambda: access.setLevel(logging.WARNING),
    "level of handler": lambda: access.handlers[0].setLevel(logging.WARNING),
    "level of all": lambda: logging.disable(logging.INFO),
    "propagation": propagate,
    "other stream": lambda: access.handlers[0].setStream(sys.stderr),
    "other stdout": lambda: setattr(sys, "stdout", open("/dev/null", "w")),
}

@app.on_event("startup")
def remember():
    global handler, formatter
    (handler,) = access.handlers
    formatter = handler.formatter

@app.get("/setup")
def setup(name: str):
    access.handlers, access.filters, access.propagate = [handler], [], False
    access.setLevel(logging.INFO)
    handler.setFormatter(formatter)
    handler.setLevel(logging.NOTSET)
    handler.setStream(sys.__stdout__)
    handler.filters.clear()
    root.handlers.clear()
    sys.stdout = sys.__stdout__
    logging.disable(logging.NOTSET)
    SETUPS[name]()

def say():
    access.info("100%")
    access.info("%(how)s", {"how": "by name"})
    access.info(["no", "text"])
    access.info("%s", "with an error", exc_info=ValueError("said"))
    access.info("from %d levels up", 2, stacklevel=2)
    access.warning("warned")
    access.log(logging.INFO, "logged")

@app.get("/say")
async def say_in_the_loop():
    say()

@app.get("/say-in-a-thread")
def say_in_a_thread():
    say()

async def print_later():
    print("printed later")

@app.get("/print")
async def print_too(background: BackgroundTasks):
    print("printed before")
    background.add_task(print_later)

@app.get("/worker")
def worker():
    return os.getpid()

@app.api_route("/{path:path}", methods=["GET", "POST", "HEAD"])
def anything(path: str):
    return len(path)
"""

SETUPS = re.findall(r'^    "([\w ]+)": ', APP, re.MULTILINE)

REQUESTS = [
    ("GET", "/"),
    ("GET", "/quiet"),
    ("GET", "/secret?token=1"),
    ("GET", "/%25/%s%d%(x)s%%?q=%s%20%d&%"),
    ("GET", "/%C3%A9%1B%22'{}$x\\?a=%C3%A9"),
    ("GET", "/long?" + "x" * 5000),
    ("POST", "/posted"),
    ("HEAD", "/"),
    ("DELETE", "/"),
    ("GET", "/say"),
    ("GET", "/say-in-a-thread"),
    ("GET", "/last"),
]


@dataclass(frozen=True)
class Pair:
    ours: Container
    plain: Container


@pytest.fixture(scope="module", params=["uvicorn.workers.UvicornWorker", "uvicorn.workers.UvicornH11Worker"])
def pair(request: pytest.FixtureRequest, image: Image, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("access") / "app"
    mount = app_folder(folder, {"main.py": APP, "plain.py": PLAIN_CONF})
    env = {"WORKER_CLASS": request.param}
    plain_env = {**env, "GUNICORN_CONF": "/app/plain.py"}
    with container(image.name, env, [mount]) as ours, container(image.name, plain_env, [mount]) as plain:
        yield Pair(ours, plain)


def answered_and_logged(
    started: Container, setup: str, made: list[tuple[str, str]] = REQUESTS
) -> tuple[list[int], list[str]]:
    """The statuses of the requests in `made`, and the lines that they leave on stdout, with the logger set up so."""
    address = started.address

    def status(method: str, path: str) -> int:
        connection = http.client.HTTPConnection(*address, timeout=ANSWER_SECONDS)
        connection.putrequest(method, path)
        connection.endheaders()
        with connection.getresponse() as response:
            response.read()
            return response.status

    first, last = f"/?{uuid.uuid4().hex}", f"/?{uuid.uuid4().hex}"
    reset, set_up = "/setup?name=nothing", f"/setup?name={setup.replace(' ', '+')}"
    around = [("GET", path) for path in (reset, first, set_up, reset, last)]
    statuses = [status(*request) for request in [*around[:3], *made, *around[3:]]]
    started.wait_until(lambda: last in started.streams()[0], f"the line of {last}")
    lines = re.split(f"^.*(?:{re.escape(first)}|{re.escape(last)}).*\n", started.streams()[0], flags=re.MULTILINE)[1]
    return statuses, re.sub(r"\d+\.\d+\.\d+\.\d+:\d+", "CLIENT", lines).splitlines()


@pytest.mark.parametrize("setup", SETUPS)
def test_is_as_uvicorn_writes_it(pair: Pair, setup: str) -> None:
    expected_statuses, expected_lines = answered_and_logged(pair.plain, setup)
    statuses, lines = answered_and_logged(pair.ours, setup)
    assert statuses == expected_statuses
    assert lines == expected_lines
    assert statuses.count(200) == len(statuses) - 1  # DELETE is not allowed


def test_order_with_what_the_app_prints(pair: Pair) -> None:
    requests_made = [("GET", "/print")] * 3
    assert answered_and_logged(pair.ours, "nothing", requests_made) == answered_and_logged(
        pair.plain, "nothing", requests_made
    )


MORTAL_APP = """\
import os, signal
from fastapi import BackgroundTasks, FastAPI

app = FastAPI()

async def die():
    os.kill(os.getpid(), signal.SIGKILL)

@app.get("/{path:path}")
async def answer(path: str, background: BackgroundTasks):
    if path == "die":
        background.add_task(die)
"""


def test_line_of_a_worker_that_is_killed_is_not_lost(image: Image, tmp_path: Path) -> None:
    with container(image.name, options=[app_folder(tmp_path / "app", {"main.py": MORTAL_APP})]) as started:
        started.get("/die")
        started.wait_for_log('"GET /die HTTP/1.1" 200')


def test_no_line_is_lost_mixed_or_doubled(image: Image, tmp_path: Path) -> None:
    """No line here is longer than what a pipe takes at once. Longer lines may be mixed, as with Uvicorn alone."""
    mount = app_folder(tmp_path / "app", {"main.py": APP})
    with container(image.name, {"WEB_CONCURRENCY": "4"}, [mount]) as started:
        base = "http://{}:{}".format(*started.address)
        paths = [f"/{number:04}?{'x' * (number * 37 % 4000)}" for number in range(600)]
        paths[::20] = [f"/say-in-a-thread?{number:04}" for number in range(30)]
        with ThreadPoolExecutor(16) as pool:
            assert {answer.status_code for answer in pool.map(lambda path: requests.get(base + path), paths)} == {200}
        assert started.stop() == 0
        lines = started.streams()[0].splitlines()
    asked = [line[1] for line in map(re.compile(r'[\d.:]+ - "GET (/.*\?.*) HTTP/1.1" 200').fullmatch, lines) if line]
    assert sorted(asked) == sorted(paths)
    assert lines.count("100%") == lines.count("by name") == 30


def connection_to_each_worker(started: Container) -> list[http.client.HTTPConnection]:
    """A connection to each of the two workers. A connection stays with the worker that took it."""
    connections: dict[str, http.client.HTTPConnection] = {}

    def both_found() -> bool:
        connection = http.client.HTTPConnection(*started.address, timeout=ANSWER_SECONDS)
        connection.request("GET", "/worker")
        connections.setdefault(connection.getresponse().read().decode(), connection)
        return len(connections) == 2

    started.wait_until(both_found, "a connection to each worker")
    return list(connections.values())


def test_lines_are_in_the_order_of_requests(image: Image, tmp_path: Path) -> None:
    """Each request is made when the one before was answered; the two workers answer in turn."""
    mount = app_folder(tmp_path / "app", {"main.py": APP})
    paths = [f"/?{number}" for number in range(1000)]
    with container(image.name, {"WEB_CONCURRENCY": "2", "KEEP_ALIVE": "20"}, [mount]) as started:
        connections = itertools.cycle(connection_to_each_worker(started))
        for path, connection in zip(paths, connections, strict=False):
            connection.request("GET", path)
            connection.getresponse().read()
        started.wait_for_log(paths[-1] + " ")
        assert re.findall(r"/\?\d+", started.streams()[0]) == paths
