"""How long a server takes from its exec to its first 200. Prints times, and judges none of them.

    python3 tests/bench/startup.py --image NAME:TAG [--runs N]

Two layouts in turn:

  ours       the image as it is
  replaced   the same image without any .pyc file, served by Gunicorn with plain_conf.py: nothing imported in the
             master. Python writes its .pyc files at the first start, if the image's user may.

Each start is the first in a new container. The program that starts and asks the server (inside/first_answer.py) runs in
that container too, so neither the engine's own time nor its network counts. It asks every 2 ms until the port listens;
in the cases with a CPU quota, that costs some of the quota. The machine's page cache is warm: each layout is started
once before the starts that count.
"""

import json
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from served import (
    OURS,
    PLAIN,
    RUN,
    SPREAD_HEAD,
    Setup,
    arguments,
    engine,
    heading,
    image_id,
    progress,
    run_benchmark,
    spread,
)

PROBE = ("python", "-I", "-S", "-B", "/bench/inside/first_answer.py")
LAYOUTS = ("ours", "replaced")
MEASURED = ("first 200", "all workers up")


class Case(NamedTuple):
    workers: int
    options: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"workers {self.workers} {' '.join(self.options)}"


ONE_CPU = ("--cpus=1",)
CASES = (Case(1), Case(2), Case(8), Case(1, ONE_CPU), Case(2, ONE_CPU), Case(4, ONE_CPU))


def start(image: str, setup: Setup, case: Case) -> tuple[float, float]:
    """The times of one start, in milliseconds, as in MEASURED."""
    workers = str(case.workers)
    env = engine.env_options({"WEB_CONCURRENCY": workers})
    with engine.name_to_remove() as name:
        run = [*RUN, f"--name={name}", *env, *case.options]
        first, all_up = json.loads(engine.docker(*run, image, *PROBE, workers, *setup.command))
    return first, all_up


@contextmanager
def without_bytecode(image: str) -> Iterator[str]:
    """An image with the same user and without any .pyc file. It is removed in the end."""
    user = engine.docker("image", "inspect", "--format", "{{.Config.User}}", image).strip() or "root"
    with engine.name_to_remove() as name:
        folders = ("/usr/lib", "/usr/local/lib")
        delete = ("-name", "*.pyc", "-exec", "rm", "{}", "+")
        engine.docker("run", "--user=0", f"--name={name}", image, "find", *folders, *delete)
        engine.docker("commit", f"--change=USER {user}", name, name)
    try:
        yield name
    finally:
        engine.docker("image", "rm", name)


def main() -> None:
    """Measures N times and prints the tables."""
    args = arguments("How long a server takes from its exec to its first 200.", runs=9).parse_args()
    image = image_id(args.image)
    title = heading(args.image, image, args.runs)
    times: dict[tuple[Case, str], list[tuple[float, float]]] = {}
    with without_bytecode(image) as replaced:
        layouts = list(zip(LAYOUTS, (image, replaced), (OURS, PLAIN), strict=True))
        for _, layout_image, setup in layouts:
            start(layout_image, setup, Case(1))
        for number in range(args.runs):
            progress(number, args.runs)
            for case in CASES:
                for layout, layout_image, setup in layouts:
                    times.setdefault((case, layout), []).append(start(layout_image, setup, case))
                layouts.reverse()

    print(title)
    for index, measured in enumerate(MEASURED):
        print(f"\n{'ms to ' + measured:22}" + "".join(f"{layout:>27}" for layout in LAYOUTS))
        print(" " * 22 + SPREAD_HEAD * 2 + f"{'ratio':>8}")
        for case in CASES:
            ours, theirs = ([run[index] for run in times[case, layout]] for layout in LAYOUTS)
            ratio = statistics.median(ours) / statistics.median(theirs)
            print(f"{case!s:22}{spread(ours)}{spread(theirs)}{ratio:8.2f}")


if __name__ == "__main__":
    run_benchmark(main)
