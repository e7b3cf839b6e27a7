"""Connections to programs that were only just started: it takes them a moment to make a socket and listen on it."""

import socket
import subprocess
import time
from pathlib import Path

CONNECT_SECONDS = 60


def connect(path: Path, process: subprocess.Popen[bytes]) -> socket.socket:
    """Connect to a socket that the process is about to make and to listen on.

    Raises OSError if the process ends before, or takes longer than CONNECT_SECONDS.
    """
    connection = socket.socket(socket.AF_UNIX)
    deadline = time.monotonic() + CONNECT_SECONDS
    while True:
        try:
            connection.connect(str(path))
            return connection
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                connection.close()
                raise
        time.sleep(0.02)
