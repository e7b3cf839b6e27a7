"""GUNICORN_MAX_REQUESTS: a worker that is to be replaced serves until its replacement does, and loses no request."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gunicorn_server import CONF, Server, get, serving  # this skips the module where Gunicorn is missing

# isort: split
from gunicorn.arbiter import Arbiter

from image_hooks import replacement
from image_hooks.replacement import LEAVES, SERVES, Replacements

pytestmark = pytest.mark.slow

# Replacements wait for a file "go on" before they serve.
APP = """\
import os, time
from pathlib import Path

async def pid(scope):
    return os.getpid()

Path("workers").mkdir(exist_ok=True)
Path("workers", str(os.getpid())).touch()
while len(os.listdir("workers")) > int(os.environ["WEB_CONCURRENCY"]) and not os.path.exists("go on"):
    time.sleep(0.01)
"""
REQUESTS = 5
ENV = {"GUNICORN_MAX_REQUESTS": str(REQUESTS), "KEEP_ALIVE": "600", "GRACEFUL_TIMEOUT": "600"}


def workers(server: Server) -> set[int]:
    """Those that have been started, whether or not they serve or still run."""
    return set(map(int, os.listdir(server.folder / "workers")))


def test_new_connections_are_answered_while_the_replacement_starts(tmp_path: Path) -> None:
    with serving(tmp_path, APP, env=ENV) as server:
        idle = server.connect()
        first = get(idle, "/pid")
        for _ in range(REQUESTS):
            assert server.get("/pid") == first
        server.wait_until(lambda: len(workers(server)) == 2, "the start of the replacement")
        for _ in range(2 * REQUESTS):
            assert server.get("/pid") == first
        (tmp_path / "go on").touch()
        (second,) = workers(server) - {first}
        server.wait_until(lambda: server.get("/pid") == second, "an answer of the replacement")
        server.wait_for_error_log(r"(?m)\[INFO\] Shutting down$")
        idle.request("GET", "/pid")
        response = idle.getresponse()
        assert (int(response.read()), response.getheader("connection")) == (first, "close")
        server.wait_for_error_log(rf"Finished server process \[{first}\]")


def test_workers_are_replaced_one_after_the_other(tmp_path: Path) -> None:
    env = {**ENV, "WEB_CONCURRENCY": "2"}
    with serving(tmp_path, APP, worker="uvicorn.workers.UvicornH11Worker", env=env) as server:
        server.wait_for_error_log("Application startup complete", 2)
        before = workers(server)
        server.wait_until(lambda: server.get("/pid") and limits_reached(server) == 2, "the maximum of both")
        server.wait_until(lambda: len(workers(server)) > 2, "the start of a replacement")
        for _ in range(REQUESTS):
            server.get("/pid")
        assert len(workers(server)) == 3
        (tmp_path / "go on").touch()
        for pid in before:
            server.wait_for_error_log(rf"Finished server process \[{pid}\]")


def limits_reached(server: Server) -> int:
    return server.stderr.count("Maximum request limit")


def client(server: Server, seen: set[int], most: int) -> int:
    """Asks on one connection after the other until four workers have answered, and gives how often it has asked.

    A connection is made anew only when the server has announced its end. Raises an error if a request has no answer.
    """
    connection, count = None, 0
    while len(seen) < 4 and count < most:
        count += 1
        connection = connection or server.connect()
        connection.request("GET", "/pid")
        response = connection.getresponse()
        seen.add(int(response.read()))
        if response.getheader("connection") == "close":
            connection = None
    return count


def test_no_request_is_lost_under_load(tmp_path: Path) -> None:
    clients, most = 6, 20_000
    seen: set[int] = set()
    env = {"GUNICORN_MAX_REQUESTS": "200", "WEB_CONCURRENCY": "2", "KEEP_ALIVE": "600"}
    with serving(tmp_path, APP, env=env) as server, ThreadPoolExecutor(clients) as pool:
        (tmp_path / "go on").touch()
        server.wait_for_error_log("Application startup complete", 2)
        counts = list(pool.map(lambda _: client(server, seen, most), range(clients)))
    assert len(seen) >= 4, f"no replacement has answered in {sum(counts)} requests"


class Master:
    """As much of Gunicorn's master as starts and stops workers; their process IDs are their ages."""

    def __init__(self) -> None:
        self.cfg, self.num_workers, self.worker_age = object(), 2, 0
        self.WORKERS: dict[int, Any] = {}
        self.killed: list[tuple[int, int]] = []
        self.manage_workers()

    def manage_workers(self) -> None:
        while len(self.WORKERS) < self.num_workers:
            self.worker_age += 1
            self.WORKERS[self.worker_age] = SimpleNamespace(age=self.worker_age)
        while len(self.WORKERS) > self.num_workers:
            self.end(min(self.WORKERS))

    def kill_worker(self, pid: int, number: int) -> None:
        self.killed.append((pid, number))

    def end(self, *pids: int) -> None:
        for pid in pids:
            del self.WORKERS[pid]


@pytest.fixture
def master(monkeypatch: pytest.MonkeyPatch) -> Master:
    """With the hook, and workers 1 and 2."""
    monkeypatch.setattr(Replacements, "instance", None)
    server = Master()
    replacement.when_ready(cast(Arbiter, server))
    return server


def told(master: Master, *words: bytes) -> set[int]:
    """The workers there are when these words of workers have come."""
    os.write(replacement.writing, b"".join(word + b"\n" for word in words))
    master.manage_workers()
    return set(master.WORKERS)


def test_worker_is_told_to_stop_when_its_replacement_serves(master: Master) -> None:
    assert told(master, LEAVES + b"1", LEAVES + b"2") == {1, 2, 3}
    assert told(master, SERVES + b"2") == {1, 2, 3} and not master.killed
    assert told(master, SERVES + b"3") == {1, 2, 3, 4}
    assert master.killed == [(1, signal.SIGTERM)]
    master.end(1)
    assert told(master) == {2, 3, 4}
    assert told(master, SERVES + b"4") == {2, 3, 4}
    master.end(2)
    assert told(master) == {3, 4} and master.num_workers == 2


def test_worker_that_stops_slowly_holds_up_no_other(master: Master) -> None:
    told(master, LEAVES + b"1")
    told(master, SERVES + b"3")
    assert told(master, LEAVES + b"2") == {1, 2, 3, 4}


def test_replacement_that_ends_is_replaced(master: Master) -> None:
    assert told(master, LEAVES + b"1") == {1, 2, 3}
    master.end(3)
    assert told(master) == {1, 2, 4} and not master.killed
    told(master, SERVES + b"4")
    assert master.killed == [(1, signal.SIGTERM)]


def test_worker_that_ends_before_its_turn_or_its_replacement_is_forgotten(master: Master) -> None:
    told(master, LEAVES + b"1", LEAVES + b"2")
    master.end(1, 2)
    assert len(told(master)) == master.num_workers == 2
    told(master, SERVES + b"3", SERVES + b"4")
    assert not master.killed


def test_reload_forgets_all(master: Master) -> None:
    told(master, LEAVES + b"1", LEAVES + b"2")
    master.cfg, master.num_workers = object(), 2
    master.WORKERS = {pid: SimpleNamespace(age=pid) for pid in (4, 5)}
    assert told(master, SERVES + b"4", SERVES + b"5") == {4, 5}
    assert not master.killed and master.num_workers == 2
    master.worker_age = 5
    assert told(master, LEAVES + b"4") == {4, 5, 6}


def test_without_the_hook_in_the_master_a_worker_ends_as_it_always_did(tmp_path: Path) -> None:
    conf = "exec(open({!r}).read())\n\ndef when_ready(server):\n    pass\n"
    files = {"conf.py": conf.format(str(CONF))}
    with serving(tmp_path, APP, files=files, conf="conf.py", env={"GUNICORN_MAX_REQUESTS": "1"}) as server:
        (tmp_path / "go on").touch()
        first = server.get("/pid")
        server.wait_until(lambda: server.get("/pid") != first, "an answer of another worker")
