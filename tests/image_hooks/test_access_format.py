"""Gunicorn's access_log_format, which it has for its own workers only, holds for Uvicorn's workers too."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from gunicorn_server import CONF, Server, serving

pytestmark = pytest.mark.slow

NAMES = (
    *("h", "l", "u", "r", "m", "U", "q", "H", "s", "b", "B", "f", "a", "T", "D", "M", "L", "p"),
    *("{x-asked}i", "{X-Told}o", "{request_method}e", "{nothing}i"),
)
FORMAT = "\t".join(f"{name}=%({name})s" for name in NAMES) + "\tt=%(t)s"

APP = """\
import asyncio

answer = app

async def app(scope, receive, send):
    if scope.get("path") == "/fail":
        raise RuntimeError
    if scope.get("path") != "/parts":
        return await answer(scope, receive, send)
    await send({"type": "http.response.start", "status": 201, "headers": [(b"x-told", b"it")]})
    await send({"type": "http.response.body", "body": b"first", "more_body": True})
    await asyncio.sleep(0.2)
    await send({"type": "http.response.body", "body": b"last"})
    await asyncio.sleep(0.1)  # what comes after the response is no part of it
"""

HEADERS = {
    "Authorization": "Basic bWU6c2VjcmV0",
    "User-Agent": 'A "B"',
    "Referer": "http://from.example/",
    "X-Asked": "1",
}


def request(server: Server, path: str, method: str = "GET") -> None:
    connection = server.connect()
    connection.request(method, path, headers=HEADERS)
    connection.getresponse().read()


def last_line(server: Server) -> dict[str, str]:
    (line,) = server.stdout.splitlines()[-1:]
    return dict(entry.split("=", 1) for entry in line.split("\t"))


@pytest.fixture(
    scope="module",
    params=[("uvicorn.workers.UvicornWorker", "arguments"), ("uvicorn.workers.UvicornH11Worker", "file")],
    ids=["httptools", "h11"],
)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    worker, place = request.param
    conf, env = f"exec(open({str(CONF)!r}).read())\n", {}
    if place == "file":
        conf += f"access_log_format = {FORMAT!r}\n"
    else:
        env = {"GUNICORN_CMD_ARGS": f"--access-logformat={shlex.quote(FORMAT)}"}
    folder = tmp_path_factory.mktemp("format")
    with serving(folder, APP, env, files={"conf.py": conf}, conf="conf.py", worker=worker) as server:
        yield server


def test_what_is_told_of_a_request(server: Server) -> None:
    request(server, "/parts%20?a=%22")
    told = last_line(server)
    assert (told["r"], told["m"], told["H"]) == ("GET /parts%20?a=%22 HTTP/1.1", "GET", "HTTP/1.1")
    assert (told["U"], told["q"], told["s"], told["b"], told["B"]) == ("/parts ", "a=%22", "404", "4", "4")
    assert (told["h"], told["l"], told["u"]) == ("127.0.0.1", "-", "me")
    assert (told["f"], told["a"]) == ("http://from.example/", r"A \"B\"")
    assert (told["{x-asked}i"], told["{request_method}e"], told["{nothing}i"]) == ("1", "GET", "-")
    assert re.fullmatch(r"\[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]", told["t"])


def test_size_and_duration_are_those_of_the_whole_response(server: Server) -> None:
    request(server, "/parts")
    told = last_line(server)
    assert (told["s"], told["b"], told["{X-Told}o"]) == ("201", "9", "it")
    assert int(told["D"]) >= 100_000 and float(told["L"]) >= 0.1 and int(told["M"]) >= 100


def test_failure_of_the_app_has_its_line(server: Server) -> None:
    request(server, "/fail")
    assert last_line(server)["s"] == "500"


def test_each_request_has_one_line(server: Server) -> None:
    before = len(server.stdout.splitlines())
    for path in ["/ready", "/parts", "/fail", "/ready"]:
        request(server, path)
    assert len(server.stdout.splitlines()) == before + 4


def test_filter_of_the_app_sees_what_uvicorn_logs(tmp_path: Path) -> None:
    app = """\
import logging

logging.getLogger("uvicorn.access").addFilter(lambda record: record.args[2] != "/ready")
"""
    with serving(tmp_path, app, options=["--access-logformat=%(t)s %(U)s"]) as server:
        server.get("/ready")
        server.get("/other")
        (line,) = server.stdout.splitlines()
    assert line.endswith("] /other")


def test_handler_and_format_of_the_app_have_the_line_as_their_message(tmp_path: Path) -> None:
    app = """\
import logging, sys

handler = logging.StreamHandler(sys.stdout)
handler.setFormatter(logging.Formatter("mine: %(message)s"))
logging.getLogger("uvicorn.access").handlers = [handler]
"""
    with serving(tmp_path, app, options=["--access-logformat=%(m)s %(U)s"]) as server:
        server.get("/ready")
        assert server.stdout == "mine: GET /ready\n"


def test_format_that_cannot_be_used_leaves_uvicorns_line(tmp_path: Path) -> None:
    with serving(tmp_path, options=["--access-logformat=%(s)d %("]) as server:
        assert server.get("/ready") == "ready"
        assert server.stdout.endswith('"GET /ready HTTP/1.1" 200\n')
        assert "access_format" in server.stderr and "Traceback" not in server.stderr
