"""Runs the driver's commands in the guest. It talks over a virtio-serial port, in frames (frames.py)."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO

sys.path.insert(0, str(Path(__file__).parent))
from frames import read_frame, write_frame

TIMED_OUT = 124  # as of timeout(1)


def run(command: str, seconds: float, given: bytes) -> tuple[int, bytes]:
    """The exit status and the stdout of a command that gets `given` on its stdin.

    It is over when its shell ends, even if a child in the background still holds its stdout.
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
        try:
            status = shell.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(shell.pid, signal.SIGKILL)
            shell.wait()
            status = TIMED_OUT
        output.seek(0)
        return status if status >= 0 else 128 - status, output.read()


def serve(port: BinaryIO) -> None:
    """Say that the guest is up, then answer one command after the other."""
    write_frame(port, {"up": True})
    while True:
        head, given = read_frame(port)
        status, output = run(head["command"], head["seconds"], given)
        write_frame(port, {"status": status}, output)


if __name__ == "__main__":
    # Its number is that of the virtio device.
    (path,) = Path("/dev").glob("vport*p1")
    # The end of the driver is none of the agent: init starts another.
    with path.open("r+b", buffering=0) as port, contextlib.suppress(EOFError):
        serve(port)
