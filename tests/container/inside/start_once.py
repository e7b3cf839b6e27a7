"""`start_once.py VARIABLES SECONDS` runs /start.sh with the variables of a JSON object until it answers a request or ends,
for at most so many seconds, and prints how that went.

Of a JSON object: whether it answered; the exit status, null if it had to be killed; stdout; stderr. Nothing else
may listen in the container.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

SECONDS = float(sys.argv[2])
TCP_LISTENS = "0A"
UNIX_LISTENS = "00010000"


def listeners():
    """What to connect to: the ports of TCP sockets that listen, and the paths of Unix sockets."""
    for table, column, state in (("tcp", 3, TCP_LISTENS), ("tcp6", 3, TCP_LISTENS), ("unix", 3, UNIX_LISTENS)):
        if os.path.exists(f"/proc/net/{table}"):
            with open(f"/proc/net/{table}") as lines:
                found = [words for words in map(str.split, lines) if words[column] == state]
            yield from (words[7] if table == "unix" else int(words[1].rpartition(":")[2], 16) for words in found)


def answers(where):
    """Whether an HTTP server listens there, which has a worker."""
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


def wait_until(happened):
    """Whether it happened within SECONDS."""
    deadline = time.monotonic() + SECONDS
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.05)
    return happened()


with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
    environment = {**os.environ, **json.loads(sys.argv[1])}
    process = subprocess.Popen(["/start.sh"], env=environment, stdout=stdout, stderr=stderr, start_new_session=True)
    served = False

    def serves_or_ended():
        global served
        served = process.poll() is None and any(answers(where) for where in listeners())
        return served or process.poll() is not None

    wait_until(serves_or_ended)
    status = process.poll()
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    wait_until(lambda: not list(listeners()))
    output = {}
    for name, file in (("stdout", stdout), ("stderr", stderr)):
        file.seek(0)
        output[name] = file.read().decode(errors="replace")
    print(json.dumps({"served": served, "status": status, **output}))
