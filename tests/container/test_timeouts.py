"""The variables that are seconds, by what the server does when they have passed."""

import socket
import threading
import time
from pathlib import Path

import pytest
import requests

from containers import ANSWER_SECONDS, Container, Image, app_folder, container
from engine import SLOWNESS

# Waits as long as the path says, and stops the event loop for as long if it says `block`.
SLEEPING_APP = """\
import asyncio, time
from fastapi import FastAPI

app = FastAPI()

@app.get("/")
def read_root():
    return {}

@app.get("/sleep/{seconds}")
async def sleep(seconds: float):
    await asyncio.sleep(seconds)

@app.get("/block/{seconds}")
async def block(seconds: float):
    time.sleep(seconds)
"""


def test_timeout_replaces_a_silent_worker(image: Image, tmp_path: Path) -> None:
    mount = app_folder(tmp_path / "app", {"main.py": SLEEPING_APP})
    with container(image.name, {"TIMEOUT": "2"}, [mount]) as started:
        assert started.get("/sleep/2.5").status_code == 200  # slow, not silent
        with pytest.raises(requests.RequestException):
            started.get("/block/30")
        started.wait_for_log("WORKER TIMEOUT")
        started.wait_until_serving()


def closed_after(connection: socket.socket, seconds: float) -> bool:
    """Whether the server closes the connection within so many seconds, after what it may have to send."""
    connection.settimeout(seconds)
    try:
        while connection.recv(65536):
            pass
    except TimeoutError:
        return False
    return True


def connection_after_a_request(started: Container) -> socket.socket:
    connection = socket.create_connection(started.address, timeout=ANSWER_SECONDS)
    connection.sendall(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n")
    assert b"200 OK" in connection.recv(65536)
    return connection


def test_idle_connection_stays_open_for_two_seconds(running: Container) -> None:
    with connection_after_a_request(running) as connection:
        assert not closed_after(connection, 1)
        assert closed_after(connection, 20)


def test_keep_alive(image: Image) -> None:
    with container(image.name, {"KEEP_ALIVE": "20"}) as started, connection_after_a_request(started) as connection:
        assert not closed_after(connection, 3)


def test_graceful_timeout_bounds_the_stop(image: Image, tmp_path: Path) -> None:
    mount = app_folder(tmp_path / "app", {"main.py": SLEEPING_APP})
    graceful = round(2 * SLOWNESS)
    with container(image.name, {"GRACEFUL_TIMEOUT": str(graceful)}, [mount]) as started:
        address = "http://{}:{}/sleep/60".format(*started.address)

        def wait_in_vain() -> None:
            with pytest.raises(requests.RequestException):
                requests.get(address, timeout=60).raise_for_status()

        request = threading.Thread(target=wait_in_vain)
        request.start()
        time.sleep(0.5)
        began = time.monotonic()
        assert started.stop(seconds=graceful * 10) == 0
        assert time.monotonic() - began < 15 * SLOWNESS
        request.join()
        assert "Application shutdown complete" in started.logs()  # so the worker ended by itself
