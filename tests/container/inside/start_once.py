"""Runs /start.sh until it answers a request or ends, and prints how that went.

    start_once.py VARIABLES SECONDS

VARIABLES is a JSON object of environment variables, SECONDS how long to wait at most. Prints a JSON object: `served`,
whether it answered; `status`, its exit status, or null if it had to be killed; `stdout`; `stderr`. Nothing else may
listen in the container.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Union

SECONDS = float(sys.argv[2])
TCP_LISTENS = "0A"
UNIX_LISTENS = "00010000"


def listeners() -> Iterator[Union[int, str]]:
    """What can be connected to: the ports of TCP sockets that listen, and the paths of Unix sockets that do."""
    for table, column, state in (("tcp", 3, TCP_LISTENS), ("tcp6", 3, TCP_LISTENS), ("unix", 3, UNIX_LISTENS)):
        if os.path.exists(f"/proc/net/{table}"):
            with open(f"/proc/net/{table}") as lines:
                found = [words for words in map(str.split, lines) if words[column] == state]
            yield from (words[7] if table == "unix" else int(words[1].rpartition(":")[2], 16) for words in found)


def answers(where: Union[int, str]) -> bool:
    """Whether an HTTP server listens there, with a worker that answers."""
    try:
        if isinstance(where, int):
            connection = socket.create_connection(("localhost", where), timeout=1)
        else:
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(1)
            connection.connect(where)
        with connection:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return connection.recv(5) == b"HTTP/"
    except OSError:
        return False


def wait_until(happened: Callable[[], bool]) -> bool:
    """Whether it happened within SECONDS."""
    deadline = time.monotonic() + SECONDS
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.05)
    return happened()


with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
    environment = {**os.environ, **json.loads(sys.argv[1])}
    process = subprocess.Popen(["/start.sh"], env=environment, stdout=stdout, stderr=stderr, start_new_session=True)
    served = False

    def serves_or_ended() -> bool:
        global served
        served = process.poll() is None and any(answers(where) for where in listeners())
        return served or process.poll() is not None

    wait_until(serves_or_ended)
    status = process.poll()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    wait_until(lambda: not list(listeners()))
    output = {}
    for name, file in (("stdout", stdout), ("stderr", stderr)):
        file.seek(0)
        output[name] = file.read().decode(errors="replace")
    print(json.dumps({"served": served, "status": status, **output}))
