"""The logs of /start-reload.sh and its factories, with a real Uvicorn."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from gunicorn_server import APP, DEADLINE, RUNTIME, Server, environment

LOGS = str(RUNTIME / "start-reload-logs.json")
FACTORY = """
import sys

def create_app(name, debug=False):
    print("made", name, debug, file=sys.stderr)
    return app
"""


def start(folder: Path, env: Mapping[str, str], *arguments: str) -> Server:
    """Uvicorn, with these arguments. It listens at the file `socket`, and its output is in files."""
    (folder / "main.py").write_text(APP + FACTORY)
    command = [sys.executable, "-m", "uvicorn", "--uds", "socket", "--no-use-colors", *arguments]
    with open(folder / "stdout", "wb") as out, open(folder / "stderr", "wb") as err:
        process = subprocess.Popen(command, cwd=folder, env=environment(env), stdout=out, stderr=err)
    return Server(folder, process)


def listens(path: Path) -> bool:
    """Whether the socket takes connections: a file of that name is there before."""
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) == 0


@contextmanager
def serving(folder: Path, env: Mapping[str, str], *arguments: str) -> Iterator[Server]:
    """The same; it has answered GET /ready?a=b and is ended afterwards."""
    server = start(folder, env, *arguments)
    try:
        server.wait_until(lambda: listens(folder / "socket"), "listening")
        assert server.get_from_socket(folder / "socket", "/ready?a=b") == "ready"
        yield server
    finally:
        server.process.terminate()
        server.process.wait(DEADLINE)


def test_json(tmp_path: Path) -> None:
    with serving(tmp_path, {"GUNICORN_LOG_FORMAT": "Json"}, "--log-config", LOGS, "main:app") as server:
        (line,) = server.stdout.splitlines()
        entry = json.loads(line)
        assert (entry["logger"], entry["level"]) == ("uvicorn.access", "info")
        assert (entry["method"], entry["path"], entry["status"]) == ("GET", "/ready?a=b", 200)
        errors = [json.loads(line) for line in server.stderr.splitlines()]
        assert "Application startup complete." in [error["message"] for error in errors]


def test_text_is_what_uvicorn_itself_writes(tmp_path: Path) -> None:
    texts = []
    for name, options in {"ours": ["--log-config", LOGS], "uvicorn": []}.items():
        (tmp_path / name).mkdir()
        with serving(tmp_path / name, {}, *options, "main:app") as server:
            texts.append((server.stdout, server.stderr.replace(str(server.process.pid), "PID")))
    assert texts[0] == texts[1]
    assert '"GET /ready?a=b HTTP/1.1" 200' in texts[0][0]


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_files(tmp_path: Path, log_format: str) -> None:
    (tmp_path / "access").write_text("before\n")
    env = {"GUNICORN_LOG_FORMAT": log_format, "ACCESS_LOG": "access", "ERROR_LOG": f"{tmp_path}/error"}
    with serving(tmp_path, env, "--log-config", LOGS, "main:app") as server:
        assert (server.stdout, server.stderr) == ("", "")
        first, *lines = (tmp_path / "access").read_text().splitlines()
        assert first == "before" and len(lines) == 1 and "/ready?a=b" in lines[0]
        assert "Application startup complete." in (tmp_path / "error").read_text()
        assert "\x1b" not in lines[0]


@pytest.mark.parametrize("name, shown", [("ACCESS_LOG", (False, True)), ("ERROR_LOG", (True, False))])
def test_empty_is_none(tmp_path: Path, name: str, shown: tuple[bool, bool]) -> None:
    with serving(tmp_path, {name: ""}, "--log-config", LOGS, "main:app") as server:
        assert (bool(server.stdout), bool(server.stderr)) == shown


@pytest.mark.parametrize("name", ["ACCESS_LOG", "ERROR_LOG"])
@pytest.mark.parametrize("path", ["fifo", "no/such/folder", "."])
def test_a_log_that_cannot_be_written_gives_a_line(tmp_path: Path, name: str, path: str) -> None:
    os.mkfifo(tmp_path / "fifo")
    server = start(tmp_path, {name: path}, "--log-config", LOGS, "main:app")
    assert server.wait_for_end() == 64
    (line,) = server.stderr.splitlines()
    assert line.startswith(f'{name}: "{path}" is not a file that can be written')


def test_a_factory_with_arguments(tmp_path: Path) -> None:
    env = {"APP_MODULE": "main:create_app('x', debug=True)"}
    with serving(tmp_path, env, "--factory", "image_hooks.called_app:app") as server:
        assert "made x True" in server.stderr
