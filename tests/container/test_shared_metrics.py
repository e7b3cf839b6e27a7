"""Metrics of prometheus_client, which the workers of a container share."""

from pathlib import Path

import prometheus_client
import pytest
import requests

from containers import Container, Image, app_folder, container

# As docs/variables.md has it, but for what it counts.
APP = """\
import os
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Counter, Gauge, make_asgi_app, multiprocess

app = FastAPI()
registry = CollectorRegistry()
multiprocess.MultiProcessCollector(registry)
app.mount("/metrics", make_asgi_app(registry=registry))

answers = Counter("answers", "what / has answered")
workers = Gauge("workers", "workers that have answered", multiprocess_mode="livesum")

@app.get("/")
def read_root():
    answers.inc()
    workers.set(1)
    return os.getpid()
"""


def metrics(started: Container) -> dict[str, float]:
    """The sums over all processes. The library fails on a file that a worker which starts has only just made."""
    answers: list[requests.Response] = []

    def answered() -> bool:
        answers.append(started.get("/metrics/"))
        return answers[-1].ok

    started.wait_until(answered, "metrics")
    lines = answers[-1].text.splitlines()
    return {name: float(value) for name, value in (line.split() for line in lines if line and line[0] != "#")}


@pytest.mark.variables
def test_workers_share_their_metrics(image: Image, tmp_path: Path) -> None:
    """Here of two workers, one of which is killed after both have answered."""
    library = Path(prometheus_client.__file__).parent
    mounts = [app_folder(tmp_path / "app", {"main.py": APP}), f"--volume={library}:/app/prometheus_client:ro"]
    env = {"WEB_CONCURRENCY": "2", "PROMETHEUS_MULTIPROC_DIR": "/tmp/metrics"}
    with container(image.name, env, mounts) as started:
        pids: set[int] = set()

        def both_have_answered() -> bool:
            pids.add(started.get().json())
            return len(pids) == 2

        started.wait_until(both_have_answered, "answers of two workers")
        assert metrics(started)["workers"] == 2
        before = metrics(started)["answers_total"]
        started.exec("sh", "-c", f"kill -KILL {min(pids)}")
        started.wait_until(lambda: metrics(started).get("workers") == 1, "one worker in the gauge")
        assert metrics(started)["answers_total"] == before
        started.restart()
        assert metrics(started).get("answers_total", 0) < before
