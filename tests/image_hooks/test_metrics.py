"""Metrics of prometheus_client that all workers share."""

import os
import signal
from pathlib import Path

import pytest

from gunicorn_server import Server, serving

pytest.importorskip("prometheus_client", reason="prometheus-client is not installed; scripts/check installs it")
pytestmark = pytest.mark.slow

# /count counts and answers with the worker's pid; /metrics answers with the sums over all processes.
APP = """\
import os
from prometheus_client import CollectorRegistry, Counter, Gauge, multiprocess

counted = Counter("counted", "how often", registry=None)
living = Gauge("living", "workers that count", registry=None, multiprocess_mode="livesum")

async def count(scope):
    counted.inc()
    living.set(1)
    return os.getpid()

async def metrics(scope):
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return {sample.name: sample.value for metric in registry.collect() for sample in metric.samples}
"""


def folder_of(tmp_path: Path) -> Path:
    return tmp_path / "metrics"


def environment(tmp_path: Path) -> dict[str, str]:
    return {"PROMETHEUS_MULTIPROC_DIR": str(folder_of(tmp_path)), "WEB_CONCURRENCY": "2"}


def metrics(server: Server) -> dict[str, float]:
    """The sums over all processes. The library fails on a file that a worker which starts has only just made."""
    answers: list[dict[str, float]] = []

    def answered() -> bool:
        answers.append(server.get("/metrics"))
        return answers[-1] is not None

    server.wait_until(answered, "metrics")
    return answers[-1]


def count_with_both(server: Server) -> set[int]:
    """Requests until two workers have counted; their pids."""
    pids: set[int] = set()

    def both_have_counted() -> bool:
        pids.add(server.get("/count"))
        return len(pids) == 2

    server.wait_until(both_have_counted, "answers of two workers")
    return pids


@pytest.mark.parametrize("options", [[], ["--preload"]], ids=["", "preload"])
def test_a_worker_that_has_ended_counts_for_sums_and_no_longer_for_gauges(tmp_path: Path, options: list[str]) -> None:
    with serving(tmp_path, APP, environment(tmp_path), options=options) as server:
        killed, _ = count_with_both(server)
        before = metrics(server)
        assert before["living"] == 2
        os.kill(killed, signal.SIGKILL)
        server.wait_until(lambda: metrics(server).get("living") == 1, "the end of the killed worker in the gauge")
        assert metrics(server)["counted_total"] == before["counted_total"]


def test_a_reload_keeps_what_was_counted(tmp_path: Path) -> None:
    with serving(tmp_path, APP, environment(tmp_path)) as server:
        old = count_with_both(server)
        counted = metrics(server)["counted_total"]
        server.process.send_signal(signal.SIGHUP)
        server.wait_until(lambda: metrics(server).get("living") == 0, "the end of the old workers in the gauge")
        assert server.get("/count") not in old
        assert metrics(server)["counted_total"] == counted + 1


def test_the_files_of_an_earlier_run_are_removed(tmp_path: Path) -> None:
    folder_of(tmp_path).mkdir()
    (folder_of(tmp_path) / "notes.txt").write_text("not a metric")
    for _ in range(2):
        with serving(tmp_path, APP, {**environment(tmp_path), "WEB_CONCURRENCY": "1"}) as server:
            server.get("/count")
            assert metrics(server)["counted_total"] == 1
    assert (folder_of(tmp_path) / "notes.txt").exists()


def test_without_prometheus_client_nothing_is_said(tmp_path: Path) -> None:
    """A module that cannot be imported stands for the one that is missing."""
    files = {"prometheus_client.py": "raise ImportError"}
    with serving(tmp_path, env=environment(tmp_path), files=files) as server:
        assert server.get("/ready") == "ready"
    assert not folder_of(tmp_path).exists()
    assert "prometheus" not in server.stdout + server.stderr


def test_a_folder_that_cannot_be_made_is_a_line_and_no_end(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    env = {**environment(tmp_path), "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "file" / "metrics")}
    with serving(tmp_path, env=env) as server:
        assert server.get("/ready") == "ready"
    assert "Not a directory" in server.stderr
