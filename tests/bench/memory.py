"""How much memory the processes of a server use after 2000 requests. Prints sizes, and judges none of them.

    python3 tests/bench/memory.py --image NAME:TAG [--runs N] [--app FOLDER]

Two set-ups of the same image in turn, each in a new container with 4 workers: ours, and plain, which is Gunicorn with
plain_conf.py (nothing imported in the master). Bytecode is used by both.

A size is a PSS: of a page that several processes map, each is charged its share. Other containers of these images map
the same files and so lower the figures: none should run meanwhile. "anonymous" is the part of a worker's PSS that
belongs to no file, so other containers don't change it. A shell in the container reads the sizes, as the server's own
user: even root may not read those of another user's process there.
"""

import re
import statistics
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from served import (
    OURS,
    PLAIN,
    SPREAD_HEAD,
    Server,
    Setup,
    arguments,
    cpu_seconds,
    engine,
    heading,
    image_id,
    progress,
    run_benchmark,
    serving,
    spread,
)

WORKERS = 4
REQUESTS = 2000
CLIENTS = 8
# A worker that used less than this part of the workers' mean CPU time during the requests took no part in them.
LEAST_SHARE = 0.2
UP = "Application startup complete"
READ = "for pid in 1 $(cat /proc/1/task/1/children); do cat /proc/$pid/stat /proc/$pid/smaps_rollup; done"


class Sizes(NamedTuple):
    """MiB, the first two of a worker in the mean."""

    worker: float
    anonymous: float
    master: float
    total: float


class Reading(NamedTuple):
    """Of the master and then each worker: MiB of PSS, those of them that are no file's, seconds of CPU time."""

    pss: list[float]
    anonymous: list[float]
    cpu: list[float]

    @classmethod
    def of(cls, server: Server) -> "Reading":
        text = engine.docker("exec", server.container, "sh", "-c", READ)

        def mebibytes(field: str) -> list[float]:
            return [int(size) / 1024 for size in re.findall(rf"^{field}: +(\d+) kB$", text, re.MULTILINE)]

        stats = re.findall(r"^\d+ \(.*\) .*$", text, re.MULTILINE)
        return cls(mebibytes("Pss"), mebibytes("Pss_Anon"), [cpu_seconds(stat) for stat in stats])


def request_all(server: Server) -> None:
    """Sends the requests, each over a connection of its own, so that all workers get some. Exits if one fails."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        statuses = list(pool.map(lambda _: server.status(), range(REQUESTS)))
    failed = [status for status in statuses if status != 200]
    if failed:
        raise SystemExit(f"bench: {len(failed)} of {REQUESTS} requests failed; the first: {failed[0]}")


def measure(image: str, setup: Setup, options: list[str]) -> Sizes:
    """The sizes in one new container. Exits if a worker got next to no requests."""
    with serving(image, setup, options, WEB_CONCURRENCY=str(WORKERS)) as server:
        server.wait_until(lambda: server.logs().count(UP) == WORKERS)
        before = Reading.of(server)
        request_all(server)
        after = Reading.of(server)
    used = [round(late - early, 2) for early, late in zip(before.cpu[1:], after.cpu[1:], strict=False)]
    if len(used) != WORKERS or min(used) < LEAST_SHARE * statistics.mean(used):
        raise SystemExit(f"bench: {setup.name}: not all workers took part; CPU seconds: {used}")
    master, *workers = after.pss
    return Sizes(statistics.mean(workers), statistics.mean(after.anonymous[1:]), master, sum(after.pss))


def main() -> None:
    """Measures N times and prints the table."""
    parser = arguments("How much memory the processes of a server use.", runs=3)
    parser.add_argument("--app", type=Path, metavar="FOLDER", help="serve what this folder holds, as if it were /app")
    args = parser.parse_args()
    if args.app and not args.app.is_dir():
        parser.error(f"--app: {args.app} is not a folder")
    options = [f"--volume={args.app.resolve()}:/app:ro"] if args.app else []

    image = image_id(args.image)
    title = heading(args.image, image, args.runs)
    setups = [OURS, PLAIN]
    sizes: dict[str, list[Sizes]] = {}
    for number in range(args.runs):
        progress(number, args.runs)
        for setup in setups:
            sizes.setdefault(setup.name, []).append(measure(image, setup, options))
        setups.reverse()

    print(f"{title}, {WORKERS} workers, {REQUESTS} requests")
    print(f"{'PSS in MiB':14}" + "".join(f"{name:>27}" for name in (OURS.name, PLAIN.name)))
    print(" " * 14 + SPREAD_HEAD * 2 + f"{'ratio':>8}")
    for field in Sizes._fields:
        ours, plain = ([getattr(run, field) for run in sizes[setup.name]] for setup in (OURS, PLAIN))
        ratio = statistics.median(ours) / statistics.median(plain)
        print(f"{field:14}{spread(ours, 1)}{spread(plain, 1)}{ratio:8.2f}")


if __name__ == "__main__":
    run_benchmark(main)
