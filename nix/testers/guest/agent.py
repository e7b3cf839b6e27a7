"""Runs the driver's commands in the guest. It talks over a virtio-serial port, in frames (frames.py)."""

import contextlib
import os
import select
import signal
import subprocess
import tempfile
from pathlib import Path
from threading import TIMEOUT_MAX

from frames import Port, read_frame, write_frame

TIMED_OUT = 124  # as of timeout(1)


def run(command: str, seconds: float, given: bytes) -> tuple[int, bytes]:
    """The exit status and the stdout of a bash command that gets `given` on its stdin.

    The status is TIMED_OUT if the command was killed after so many seconds, and 128 + N if signal N ended it. The
    command is over when its shell ends, even if a child in the background still holds its stdout.
    """
    with tempfile.TemporaryFile(dir="/run") as output, tempfile.TemporaryFile(dir="/run") as stdin:
        stdin.write(given)
        stdin.seek(0)
        shell = subprocess.Popen(
            ["/bin/bash", "-c", f"set -euo pipefail\n{command}"],
            stdin=stdin,
            stdout=output,
            start_new_session=True,
            cwd="/root",
            env={"BASH_ENV": "/etc/profile.d/vm-test.sh", "HOME": "/root", "LANG": "C.UTF-8"},
        )
        # Popen.wait, given a timeout, looks twenty times a second: a tenth of the time of an emulated processor.
        ended = os.pidfd_open(shell.pid)
        late = not select.select([ended], [], [], min(seconds, TIMEOUT_MAX))[0]
        os.close(ended)
        if late:
            os.killpg(shell.pid, signal.SIGKILL)
        status = shell.wait()
        output.seek(0)
        if late:
            return TIMED_OUT, output.read()
        return status if status >= 0 else 128 - status, output.read()


def serve(port: Port) -> None:
    """Say that the guest is up, then answer one command after the other. Raises EOFError when the driver is gone."""
    write_frame(port, {"up": True})
    while True:
        head, given = read_frame(port)
        status, output = run(head["command"], head["seconds"], given)
        write_frame(port, {"status": status}, output)


if __name__ == "__main__":
    # The port's name holds the number of its virtio device, which QEMU chose.
    (path,) = Path("/dev").glob("vport*p1")
    # When the driver is gone, there is nothing left to do; init starts another agent.
    with path.open("r+b", buffering=0) as port, contextlib.suppress(EOFError):
        serve(port)
