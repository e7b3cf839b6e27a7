"""A real Gunicorn with the images' configuration, on a port of loopback, which serves an app that a test has written.

A test module that imports this one is skipped where Gunicorn is missing.
"""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("gunicorn", reason="no gunicorn: install the packages of runtime/poetry.lock beside pytest")

RUNTIME = Path(__file__).parents[2] / "runtime"
CONF = RUNTIME / "gunicorn_conf.py"
UVICORN_WORKER = "uvicorn.workers.UvicornWorker"
# Seconds, after which a test fails. A busy machine may be slow.
DEADLINE = 60
# What a child process needs of this one's environment: to find Python, and to have its coverage measured.
KEPT = ("PATH", "PYTHON", "COVERAGE")

# An ASGI app. GET /NAME calls the function of that name, whose result is sent as JSON.
APP = """\
import json

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    handler = globals().get(scope["path"].rpartition("/")[2])
    result = await handler(scope) if handler else None
    body = json.dumps(result).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200 if handler else 404, "headers": headers})
    await send({"type": "http.response.body", "body": body})

async def ready(scope):
    return "ready"
"""


class Server:
    """Gunicorn in a process of its own. It writes to files, which can be read at any time."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.folder = folder
        self.process = process

    @property
    def stdout(self) -> str:
        return (self.folder / "stdout").read_text()

    @property
    def stderr(self) -> str:
        return (self.folder / "stderr").read_text()

    def wait_until(self, happened: Callable[[], object], what: str) -> None:
        """Raises AssertionError with the logs if it does not happen, or Gunicorn ends before."""
        deadline = time.monotonic() + DEADLINE
        while not happened():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{what}: did not happen; the logs:\n{self.stdout}\n{self.stderr}")
            time.sleep(0.02)

    def wait_for_error_log(self, pattern: str, times: int = 1) -> None:
        """Until this regular expression matches so many times."""
        self.wait_until(lambda: len(re.findall(pattern, self.stderr)) >= times, f"{pattern!r} on stderr")

    def connect(self) -> http.client.HTTPConnection:
        """A connection that lasts. It is made with the first request, which waits until a worker serves."""
        self.wait_for_error_log(r"Listening at: http://127\.0\.0\.1:\d+")
        port = re.findall(r"Listening at: http://127\.0\.0\.1:(\d+)", self.stderr)[-1]
        return http.client.HTTPConnection("127.0.0.1", int(port), timeout=DEADLINE)

    def get(self, path: str) -> Any:
        """The JSON that a GET on a connection of its own gives."""
        return get(self.connect(), path)

    def get_from_socket(self, path: Path, target: str) -> Any:
        """The JSON that a GET gives on a connection to this Unix socket, which the server listens at."""
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(DEADLINE)
        connection.sock.connect(str(path))
        return get(connection, target)

    def wait_for_end(self) -> int:
        """Its exit status. Raises subprocess.TimeoutExpired."""
        return self.process.wait(DEADLINE)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send it this signal and wait for its end; its exit status."""
        self.process.send_signal(number)
        return self.wait_for_end()


def get(connection: http.client.HTTPConnection, path: str) -> Any:
    """The JSON that a GET on this connection gives; null for a body that is not JSON."""
    connection.request("GET", path)
    body = connection.getresponse().read()
    return json.loads(body) if body[:1] in b'{["0123456789tfn-' else None


def environment(env: Mapping[str, str], python: str = sys.executable) -> dict[str, str]:
    """These variables for a child process, and what it needs to find the hooks.

    It finds the modules that this process finds, too, unless it runs another Python.
    """
    kept = {name: value for name, value in os.environ.items() if name.startswith(KEPT)}
    path = [str(RUNTIME), *(sys.path if python == sys.executable else [])]
    return {**kept, "PYTHONPATH": os.pathsep.join(path), "PYTHONUNBUFFERED": "1", **env}


def run_python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with these arguments. Raises CalledProcessError."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=environment({}), check=True, capture_output=True, text=True, timeout=DEADLINE)


@contextmanager
def serving(
    folder: Path,
    app: str = "",
    env: Mapping[str, str] = {},
    *,
    files: Mapping[str, str] = {},
    conf: Path | str = CONF,
    worker: str = UVICORN_WORKER,
    options: Sequence[str] = (),
    stdout: int | None = None,
    python: str = sys.executable,
) -> Iterator[Server]:
    """Run `gunicorn -k worker -c conf OPTIONS main:app` in the folder, and always end it.

    main.py is APP followed by `app`. `files` are further files, which may replace it. One worker, unless `env` says
    otherwise. `stdout` is a file descriptor to write to instead of the file. `python` is the interpreter.
    """
    for name, content in {"main.py": f"{APP}\n{app}", **files}.items():
        (folder / name).write_text(content)
    command = [python, "-m", "gunicorn", "-k", worker, "-c", str(conf), *options, "main:app"]
    with open(folder / "stdout", "wb") as out, open(folder / "stderr", "wb") as err:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment({"BIND": "127.0.0.1:0", "WEB_CONCURRENCY": "1", **env}, python),
            stdin=subprocess.DEVNULL,
            stdout=out if stdout is None else stdout,
            stderr=err,
            start_new_session=True,
        )
    try:
        yield Server(folder, process)
    finally:
        # Unlike SIGTERM, this waits for no connection that the test has left open.
        process.send_signal(signal.SIGQUIT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(DEADLINE)
        # If it has not ended, or a worker has survived it.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
