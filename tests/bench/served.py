"""What the benchmarks of the runtime share: servers in containers, and tables.

Needs Python 3.11 and a Docker engine on this machine.
"""

import argparse
import http.client
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "container"))
import engine as engine  # the benchmarks import it from here, since here is the path to it

HERE = Path(__file__).resolve().parent
START_SECONDS = 60
# No health check: it would take part in what is measured.
RUN = ("run", "--no-healthcheck", f"--volume={HERE}:/bench:ro")


@dataclass(frozen=True)
class Setup:
    """One way to serve the image's app: a command, and the variables that it needs."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)

    def with_env(self, name: str, **env: str) -> "Setup":
        """The same with more variables, under another name."""
        return Setup(name, self.command, {**self.env, **env})


OURS = Setup("ours", ["/start.sh"])

# As the replaced images did it: prestart script, then Gunicorn with a plain configuration file. None of our start.sh.
PLAIN_START = """\
if [ -f /app/app/main.py ]; then module=app.main; else module=main; fi
if [ -f /app/prestart.sh ]; then . /app/prestart.sh; fi
exec gunicorn -k uvicorn.workers.UvicornWorker -c /bench/plain_conf.py "$module:app"
"""
PLAIN = Setup("plain", ["sh", "-ec", PLAIN_START])


@dataclass(frozen=True)
class Server:
    """A running server: its container, its port of 127.0.0.1, its first process as this machine counts them."""

    container: str
    port: int
    pid: int

    def status(self) -> int | None:
        """The status that a new connection's GET / gets; None if nothing answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/")
            response = connection.getresponse()
            response.read()
            return response.status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def logs(self) -> str:
        """What it wrote to stdout and stderr."""
        command = ["docker", "logs", self.container]
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout

    def wait_until(self, happened: Callable[[], bool]) -> None:
        """Exits with the last line of its logs if that takes too long."""
        deadline = time.monotonic() + START_SECONDS
        while not happened():
            if time.monotonic() > deadline or not Path(f"/proc/{self.pid}").exists():
                raise SystemExit(f"bench: the server does not come up: {last_line(self.logs())}")
            time.sleep(0.05)


@contextmanager
def serving(image: str, setup: Setup, options: Sequence[str] = (), **env: str) -> Iterator[Server]:
    """A server that answers, on this machine's own network: no proxy, no bridge. It is removed in the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {"HOST": "127.0.0.1", "PORT": str(port), **setup.env, **env}
    with engine.name_to_remove() as name:
        run = [*RUN, "--detach", "--network=host", f"--name={name}", *engine.env_options(env), *options]
        engine.docker(*run, image, *setup.command)
        pid = int(engine.docker("inspect", "--format", "{{.State.Pid}}", name))
        server = Server(name, port, pid)
        server.wait_until(lambda: server.status() == 200)
        yield server


def cpu_seconds(stat: str) -> float:
    """The CPU time, of the user and of the system, in a /proc/PID/stat."""
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def spread(samples: Sequence[float], digits: int = 0) -> str:
    """Three columns of a table: median, min, max."""
    figures = (statistics.median(samples), min(samples), max(samples))
    return "".join(f"{figure:9.{digits}f}" for figure in figures)


SPREAD_HEAD = f"{'median':>9}{'min':>9}{'max':>9}"


def arguments(description: str, runs: int) -> argparse.ArgumentParser:
    """A parser of what all these benchmarks take; `runs` is how often to measure unless told."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--image", required=True, metavar="NAME:TAG", help="an image that the engine holds")
    parser.add_argument("--runs", type=positive, default=runs, metavar="N", help=f"measure N times ({runs})")
    return parser


def positive(text: str) -> int:
    """The type of an option that takes a whole number from 1 on."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def require(*programs: str) -> None:
    """Exits unless all these programs are on PATH."""
    for program in programs:
        if not shutil.which(program):
            raise SystemExit(f"bench: {program}: not on PATH; install the Debian package that holds it")


def image_id(name: str) -> str:
    """The image that has this name now; the name may move to another while the benchmark runs. Raises CommandFailed."""
    return engine.docker("image", "inspect", "--format", "{{.Id}}", name).strip()


def heading(name: str, image: str, runs: int) -> str:
    """What any figure depends on. The load average is that of the last minute: the benchmark's own work is in it."""
    short = image.removeprefix("sha256:")[:12]
    load = os.getloadavg()[0]
    others = len(engine.docker("ps", "--quiet").split())
    machine = f"{os.cpu_count()} processors, load {load:.2f}, other containers {others}"
    return f"{name} ({short}), {machine}, median of {runs}"


def progress(number: int, runs: int) -> None:
    """Says on stderr which run, counted from 0, begins, and how busy the machine is."""
    print(f"bench: run {number + 1} of {runs}, load {os.getloadavg()[0]:.2f}", file=sys.stderr)


def last_line(text: str) -> str:
    """The last line that is not empty."""
    return (text.strip().splitlines() or ["no word"])[-1]


def run_benchmark(main: Callable[[], None]) -> None:
    """Calls `main`; what goes wrong with Docker, or an interrupt, ends it in one line, after all is removed."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        require("docker")
        main()
    except KeyboardInterrupt:
        sys.exit("bench: stopped")
    except engine.CommandFailed as failed:
        lines = str(failed).splitlines()
        complaints = [line for line in lines if line.startswith(("docker: ", "Error", "Cannot connect"))]
        sys.exit(f"bench: {(complaints or lines)[-1]}")
