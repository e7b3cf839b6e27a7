"""How long clients and users wait, with the images' configuration and hooks and with plain Gunicorn and Uvicorn.

    .check/bin/python tests/bench/waiting.py --runs 5

- The longest wait of a new connection for its answer, while workers are replaced after 100 requests each and idle
  connections are open. How many connections got no answer is said on stderr.
- The seconds that the server takes to end after SIGINT, as Ctrl-C of `docker run` sends it, and after SIGTERM, as
  `docker stop` does; with an idle connection open. The time that they are given is 10 seconds.

Needs no container: it runs the Gunicorn of the Python that runs it, so that Python needs the packages of
runtime/poetry.lock.
"""

import argparse
import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

HERE = Path(__file__).resolve().parent
RUNTIME = HERE.parents[1] / "runtime"
CONFIGURATIONS = {"ours": RUNTIME / "gunicorn_conf.py", "plain": HERE / "plain_conf.py"}
APP = """\
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})
"""
WORKERS = 2
IDLE_CONNECTIONS = 20
ROUND_SECONDS = 12
LIMIT_SECONDS = 60


def answer(connection: http.client.HTTPConnection) -> None:
    """Raises OSError or HTTPException if none comes."""
    connection.request("GET", "/")
    connection.getresponse().read()


@contextmanager
def serving(configuration: Path, *options: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A server that answers, and its port. It is killed in the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {"HOST": "127.0.0.1", "PORT": str(port), "WEB_CONCURRENCY": str(WORKERS), "GRACEFUL_TIMEOUT": "10"}
    paths = os.pathsep.join([str(RUNTIME), *sys.path])
    env = {**os.environ, **variables, "KEEP_ALIVE": "60", "PYTHONPATH": paths, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "gunicorn", "-k", "uvicorn.workers.UvicornWorker", "-c", str(configuration)]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "main.py").write_text(APP)
        process = subprocess.Popen(
            [*command, *options, "main:app"],
            cwd=folder,
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wait_until_it_answers(process, port)
            yield process, port
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until_it_answers(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while True:
        try:
            return answer(http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT_SECONDS))
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("bench: the server does not come up") from None
            time.sleep(0.05)


def connections(port: int, number: int) -> list[http.client.HTTPConnection]:
    """Idle ones, on which an answer has come."""
    made = [http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT_SECONDS) for _ in range(number)]
    for connection in made:
        answer(connection)
    return made


def longest_wait(configuration: Path) -> float:
    """Seconds from the connection to the answer, at worst."""
    longest, lost = 0.0, 0
    with serving(configuration, "--max-requests=100") as (_, port):
        end = time.monotonic() + ROUND_SECONDS
        idle: list[http.client.HTTPConnection] = []
        while time.monotonic() < end:
            begun = time.monotonic()
            try:
                idle = [*idle[1 - IDLE_CONNECTIONS :], *connections(port, 1)]
            except (OSError, http.client.HTTPException):
                lost += 1
            longest = max(longest, time.monotonic() - begun)
            time.sleep(0.01)
    print(f"bench: {lost} connections got no answer", file=sys.stderr)
    return longest


def time_to_end(configuration: Path, number: signal.Signals) -> float:
    """Seconds from the signal to the end of the server."""
    with serving(configuration) as (process, port):
        idle = connections(port, 1)
        begun = time.monotonic()
        process.send_signal(number)
        process.wait(LIMIT_SECONDS)
        seconds = time.monotonic() - begun
        idle[0].close()
    return seconds


def show(what: str, figures: list[float]) -> None:
    print(f"{what:40}{statistics.median(figures):7.2f}{min(figures):7.2f}{max(figures):7.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Waiting times, compared with plain Gunicorn and Uvicorn.")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="measure N times (5)")
    runs = parser.parse_args().runs
    print(f"seconds, {os.cpu_count()} processors, median of {runs}: median, min, max")
    for name, configuration in CONFIGURATIONS.items():
        show(f"{name}: longest wait of a new connection", [longest_wait(configuration) for _ in range(runs)])
        for number in (signal.SIGINT, signal.SIGTERM):
            show(f"{name}: end after {number.name}", [time_to_end(configuration, number) for _ in range(runs)])


if __name__ == "__main__":
    main()
