"""Images under test, and containers of them that leave nothing behind."""

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

import engine_api
from engine import SLOWNESS, docker, env_options, name_to_remove

INSIDE = Path(__file__).parent / "inside"
START_SECONDS = 60 * SLOWNESS
ANSWER_SECONDS = 10 * SLOWNESS
APP_STARTED = "Application startup complete"  # what Uvicorn logs


@dataclass(frozen=True)
class Image:
    """An image, and what its tag says of it: the minor version of Python, such as "3.9", and the variant."""

    name: str
    python: str
    variant: str  # "full" for a tag that names none

    @classmethod
    def named(cls, name: str) -> "Image":
        """Raises ValueError for a tag that names no Python version."""
        tag = re.search(r":python(\d+\.\d+)(?:-(\w+))?$", name)
        if not tag:
            raise ValueError(f"{name}: the tag is not pythonX.Y or pythonX.Y-VARIANT")
        return cls(name, tag[1], tag[2] or "full")

    def has_worker(self, worker_class: str) -> bool:
        """Whether its Gunicorn has a worker class of this name, such as "asgi", which Gunicorn 23 lacks."""
        program = "import gunicorn.workers; print(*gunicorn.workers.SUPPORTED_WORKERS)"
        return worker_class in run_to_end(self.name, command=["python", "-c", program]).stdout.split()


@dataclass(frozen=True)
class Process:
    pid: int
    parent: int
    command: str


class Container:
    """A container that was started, and publishes one of its ports on a free port of 127.0.0.1.

    port   the one in the container
    ready  a text in its logs that says that it is ready; "": it is ready when it serves the port
    """

    def __init__(self, name: str, port: int, ready: str = "") -> None:
        self.name = name
        self.port = port
        self.ready = ready
        self.earlier = 0  # length of what it wrote before its last start

    @property
    def address(self) -> tuple[str, int]:
        """Host and port at which the published port is reached; they change with every start.

        Raises LookupError if the container does not run.
        """
        published = engine_api.inspect(self.name)["NetworkSettings"]["Ports"].get(f"{self.port}/tcp")
        if not published:
            raise LookupError(f"{self.name}: does not publish port {self.port} now")
        return published[0]["HostIp"], int(published[0]["HostPort"])

    def get(self, path: str = "/", headers: Mapping[str, str] = {}) -> requests.Response:
        host, port = self.address
        return requests.get(f"http://{host}:{port}{path}", headers=headers, timeout=ANSWER_SECONDS)

    def logs(self) -> str:
        """What it wrote to stdout and stderr since its last start, in the order in which the engine got it."""
        written = b"".join(piece for _, piece in engine_api.logs(self.name))
        return written.decode()[self.earlier :]

    def streams(self) -> tuple[str, str]:
        """What it wrote to stdout, and what to stderr. In logs(), long lines of both may be mixed."""
        pieces = engine_api.logs(self.name)
        stdout, stderr = (b"".join(piece for number, piece in pieces if number == wanted) for wanted in (1, 2))
        return stdout.decode(), stderr.decode()

    def exec(self, *command: str, env: Mapping[str, str] = {}, user: str = "") -> str:
        """What the command prints on stdout. Raises CommandFailed."""
        return docker("exec", *env_options(env), f"--user={user}", self.name, *command)

    def run_inside(self, script: str, *args: str, user: str = "0") -> Any:
        """The JSON that a script of the folder inside/ prints when the image's Python runs it.

        An empty user is the container's own.
        """
        source = (INSIDE / script).read_text()
        return json.loads(self.exec("python", "-B", "-c", source, *args, user=user))

    def request_in_background(self, where: str) -> None:
        """Let a process in the container send GET / to HOST:PORT or to the path of a Unix socket."""
        source = (INSIDE / "get_status.py").read_text()
        docker("exec", "--detach", self.name, "python", "-B", "-c", source, where)

    def settings(self, **env: str) -> dict[str, object]:
        """The default Gunicorn settings with these variables."""
        settings: dict[str, object] = json.loads(self.exec("python", "/gunicorn_conf.py", env=env))
        return settings

    def processes(self) -> list[Process]:
        """Its processes by pid, without those that `exec` started."""
        return [Process(**process) for process in self.run_inside("processes.py")]

    def listening(self) -> list[str]:
        """Where its first process listens: HOST:PORT, or the path of a Unix socket."""
        return [str(where) for where in self.run_inside("listening.py", user="")]

    def running(self) -> bool:
        return bool(engine_api.inspect(self.name)["State"]["Running"])

    def wait_until(self, happened: Callable[[], bool], what: str) -> None:
        """Raises AssertionError with the logs if it does not happen, or the container ends before."""
        deadline = time.monotonic() + START_SECONDS
        while not happened():
            if not self.running() or time.monotonic() > deadline:
                raise AssertionError(f"{what}: did not happen; the logs:\n{self.logs()}")
            time.sleep(0.1)

    def answer(self) -> requests.Response | None:
        """What GET / gives; None while the server is not up."""
        try:
            return self.get()
        except (requests.RequestException, LookupError):
            return None

    def wait_until_serving(self) -> None:
        self.wait_until(lambda: self.answer() is not None, f"serving port {self.port}")

    def wait_for_log(self, text: str) -> None:
        self.wait_until(lambda: text in self.logs(), f"{text!r} in the logs")

    def wait_until_ready(self) -> None:
        """Wait until it serves or, if it has a `ready` text, says that."""
        if self.ready:
            self.wait_for_log(self.ready)
        else:
            self.wait_until_serving()

    def stop(self, seconds: float = ANSWER_SECONDS) -> int:
        """`docker stop`, which kills it after so many seconds; its exit status."""
        docker("stop", f"--time={seconds:.0f}", self.name)
        return int(engine_api.inspect(self.name)["State"]["ExitCode"])

    def restart(self) -> None:
        """Stop and start it, and wait until it is ready again. Raises AssertionError unless it stops by itself."""
        assert self.stop() == 0, self.logs()
        self.earlier += len(self.logs())
        docker("start", self.name)
        self.wait_until_ready()


@contextmanager
def container(
    image: str,
    env: Mapping[str, str | None] = {},
    options: Sequence[str] = (),
    command: Sequence[str] = (),
    port: int = 80,
    ready: str = "",
) -> Iterator[Container]:
    """Run `docker run OPTIONS image COMMAND`, wait until it serves, and always remove it.

    One worker, unless `env` says otherwise; None leaves a variable unset. `port` is the one inside.
    `ready` is a text in its logs to wait for instead.
    """
    env = {"WEB_CONCURRENCY": "1", **env}
    with name_to_remove() as name:
        run = ["run", "--detach", f"--name={name}", f"--publish=127.0.0.1::{port}"]
        docker(*run, *env_options(env), *options, image, *command)
        started = Container(name, port, ready)
        started.wait_until_ready()
        yield started


def run_to_end(
    image: str,
    env: Mapping[str, str] = {},
    options: Sequence[str] = (),
    command: Sequence[str] = (),
) -> subprocess.CompletedProcess[str]:
    """Run a container that ends by itself; its exit status, stdout and stderr.

    Raises subprocess.TimeoutExpired if it does not end.
    """
    with name_to_remove() as name:
        run = ["docker", "run", f"--name={name}", *env_options(env), *options, image, *command]
        return subprocess.run(run, capture_output=True, text=True, timeout=START_SECONDS)


def app_folder(folder: Path, files: Mapping[str, str]) -> str:
    """Write these files; the option that mounts the folder at /app, readable by any user."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return f"--volume={folder}:/app"


def app_that_answers(expression: str, variable: str = "app") -> str:
    """Source of an app that answers GET / with the value of a Python expression, which may use os and request."""
    return f"""\
import os
from fastapi import FastAPI, Request

{variable} = FastAPI()

@{variable}.get("/")
def read_root(request: Request):
    return {expression}
"""
