"""How many requests a second one worker serves, and what its access log costs. Prints figures, and judges none of them.

    python3 tests/bench/throughput.py --image NAME:TAG [--runs N] [--seconds S] [--log-driver DRIVER] [--no-pin]

Three set-ups of the same image, each with the access log on and off: Uvicorn alone; plain, which is Gunicorn with
plain_conf.py; ours. They run in turn, each time in a new container, since two processes of the same program differ by a
few per cent for as long as they live. wrk asks over 127.0.0.1, on the machine's own network, with 16 connections that
stay open. A run with an error or an answer other than 2xx ends the benchmark.

With two processors or more, the server is pinned to one and wrk to another. The engine, which reads the log, runs on
either: so requests per second vary more from run to run than the CPU time of the server's processes per request.
"""

import os
import re
import statistics
import subprocess
from pathlib import Path
from typing import NamedTuple

from served import (
    OURS,
    PLAIN,
    SPREAD_HEAD,
    Setup,
    arguments,
    cpu_seconds,
    heading,
    image_id,
    positive,
    progress,
    require,
    run_benchmark,
    serving,
    spread,
)

CONNECTIONS = 16
WARM_UP_SECONDS = 1
UVICORN = 'exec uvicorn --host "$HOST" --port "$PORT" main:app'

SETUPS = (
    Setup("uvicorn, log off", ["sh", "-c", f"{UVICORN} --no-access-log"]),
    Setup("uvicorn, log on", ["sh", "-c", UVICORN]),
    PLAIN.with_env("plain, log off", ACCESS_LOG=""),
    PLAIN.with_env("plain, log on"),
    OURS.with_env("ours, log off", ACCESS_LOG=""),
    OURS.with_env("ours, log on"),
)


class Rate(NamedTuple):
    """Requests per second, and microseconds of the server's CPU time per request."""

    requests: float
    cpu: float


class Pinning(NamedTuple):
    """Options of `docker run` for the server, and what to put before wrk's command."""

    server: list[str]
    wrk: list[str]


def pinning(wanted: bool) -> Pinning:
    """A processor for the server and another for wrk, if there are two and it is wanted."""
    processors = sorted(os.sched_getaffinity(0))
    if not wanted or len(processors) < 2:
        return Pinning([], [])
    require("taskset")
    return Pinning([f"--cpuset-cpus={processors[0]}"], ["taskset", "--cpu-list", str(processors[1])])


def load(wrk: list[str], port: int, seconds: int) -> tuple[int, float]:
    """How many requests wrk made, and how many a second. Exits if one failed."""
    options = ["--threads=1", f"--connections={CONNECTIONS}", f"--duration={seconds}s"]
    done = subprocess.run([*wrk, *options, f"http://127.0.0.1:{port}/"], capture_output=True, text=True)
    trouble = re.search(r"Socket errors: .*|Non-2xx .*", done.stdout)
    requests = re.search(r"(\d+) requests in ", done.stdout)
    rate = re.search(r"Requests/sec: +([\d.]+)", done.stdout)
    if done.returncode or trouble or not requests or not rate:
        raise SystemExit(f"bench: wrk: {trouble[0] if trouble else done.stderr.strip() or done.stdout.strip()}")
    return int(requests[1]), float(rate[1])


def tree_cpu_seconds(pid: int) -> float:
    """The CPU time of a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(cpu_seconds(Path(f"/proc/{process}/stat").read_text()) for process in [pid, *children])


def measure(image: str, setup: Setup, pins: Pinning, seconds: int, log_driver: str) -> Rate:
    """One run in a new container."""
    options = [*pins.server, f"--log-driver={log_driver}"]
    wrk = [*pins.wrk, "wrk"]
    with serving(image, setup, options, WEB_CONCURRENCY="1") as server:
        load(wrk, server.port, WARM_UP_SECONDS)
        before = tree_cpu_seconds(server.pid)
        requests, rate = load(wrk, server.port, seconds)
        return Rate(rate, 1e6 * (tree_cpu_seconds(server.pid) - before) / requests)


def report(rates: dict[str, list[Rate]]) -> str:
    """The table, and below it what follows from its medians."""
    lines = [f"{'':18}{'requests/s':>27}{'CPU us/request':>27}", " " * 18 + SPREAD_HEAD * 2]
    median: dict[str, Rate] = {}
    for name, runs in rates.items():
        requests, cpu = zip(*runs, strict=True)
        median[name] = Rate(statistics.median(requests), statistics.median(cpu))
        lines.append(f"{name:18}{spread(requests)}{spread(cpu, 1)}")
    lines.append("")
    for name in "uvicorn", "plain", "ours":
        off, on = median[f"{name}, log off"], median[f"{name}, log on"]
        lost = 100 * (1 - on.requests / off.requests)
        more = on.cpu - off.cpu
        lines.append(
            f"{name + ', cost of the log':27}{lost:6.1f} % of requests/s"
            f"{more:8.1f} us of CPU a request, {100 * more / on.cpu:.1f} % of all"
        )
    ours, plain = median["ours, log off"], median["plain, log off"]
    lines.append(
        f"{'ours to plain, log off':27}{ours.requests / plain.requests:8.3f} in requests/s,"
        f" {plain.cpu / ours.cpu:.3f} in requests per CPU time"
    )
    return "\n".join(lines)


def main() -> None:
    """Measures N times and prints the table."""
    parser = arguments("How many requests a second one worker serves.", runs=5)
    parser.add_argument("--seconds", type=positive, default=5, metavar="S", help="of load in each run (5)")
    parser.add_argument("--log-driver", default="json-file", metavar="DRIVER", help="the engine's (json-file)")
    parser.add_argument("--no-pin", action="store_true", help="let server and wrk run on any processor")
    args = parser.parse_args()
    require("wrk")
    pins = pinning(not args.no_pin)

    image = image_id(args.image)
    title = heading(args.image, image, args.runs)
    rates: dict[str, list[Rate]] = {setup.name: [] for setup in SETUPS}
    for number in range(args.runs):
        progress(number, args.runs)
        for setup in SETUPS:
            rates[setup.name].append(measure(image, setup, pins, args.seconds, args.log_driver))
    print(f"{title}, {args.seconds} s each, {args.log_driver}, {' '.join(pins.server) or 'not pinned'}")
    print(report(rates))


if __name__ == "__main__":
    run_benchmark(main)
