"""Starts a server in a container and prints as JSON the milliseconds to its first answer, and until all workers are up.

    python -I -S -B first_answer.py WORKERS COMMAND...

Time starts just before the fork and exec of COMMAND, which must serve port 80. An answer is a 200 to GET /; a worker
is up when Uvicorn logs so. The server ends with the container, whose first process this must be. Runs on Python 3.9.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

LIMIT_SECONDS = 60
# Between attempts: with a CPU quota, what this program uses is taken from the server.
PAUSE_SECONDS = 0.002
# Before the start: the engine is still busy with the container, and Python used up some of the quota.
SETTLE_SECONDS = 0.4
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
UP = b"Application startup complete"


def answered() -> bool:
    """Whether GET / gives 200. Once the port listens, this waits, using no CPU, until a worker takes the connection."""
    with socket.socket() as connection:
        connection.settimeout(LIMIT_SECONDS)
        try:
            connection.connect(("127.0.0.1", 80))
            connection.sendall(REQUEST)
            return connection.recv(64).startswith(b"HTTP/1.1 200")
        except OSError:  # nothing listens, or it stopped listening
            return False


def measure(workers: int, command: Sequence[str]) -> list[float]:
    """The two times in milliseconds. Exits with the last line that the server logged if it ends or takes too long."""
    log = os.memfd_create("log")

    def logged() -> bytes:
        return os.pread(log, 1 << 20, 0)

    time.sleep(SETTLE_SECONDS)
    start = time.perf_counter()
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    times = []
    conditions: list[Callable[[], bool]] = [answered, lambda: logged().count(UP) >= workers]
    for happened in conditions:
        while not happened():
            if server.poll() is not None or time.perf_counter() - start > LIMIT_SECONDS:
                lines = logged().decode(errors="replace").split("\n")
                sys.exit("the server does not come up: " + next(filter(None, reversed(lines)), "not a word"))
            time.sleep(PAUSE_SECONDS)
        times.append(1000 * (time.perf_counter() - start))
    return times


print(json.dumps(measure(int(sys.argv[1]), sys.argv[2:])))
