"""How the driver reaches the sockets of the programs that it starts."""

import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from unix_socket import connect


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "1000"]) as started:
        yield started
        started.kill()


def test_socket_that_listens_later(tmp_path: Path, process: subprocess.Popen[bytes]) -> None:
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as server:
        timers = [threading.Timer(0.2, server.bind, [str(path)]), threading.Timer(0.5, server.listen)]
        for timer in timers:
            timer.start()
        with connect(path, process) as connection:
            assert connection.getpeername() == str(path)


def test_process_that_ends(tmp_path: Path, process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    with pytest.raises(OSError):
        connect(tmp_path / "socket", process)
