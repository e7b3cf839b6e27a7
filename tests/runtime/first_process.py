"""The start scripts as PID 1, in a process namespace of their own."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from start_root import Root

# Seconds, after which a test fails.
ENDS_WITHIN = 30


def namespace() -> list[str]:
    """The command that runs another one as PID 1. Skips the test where that is not allowed."""
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    unshare = shutil.which("unshare")
    command = [unshare or "", *user, "--fork", "--pid", "--mount-proc", "--kill-child"]
    if not unshare:
        pytest.skip("no unshare command on PATH to make a process namespace")
    tried = subprocess.run([*command, "true"], capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"no process namespace can be made here: {tried.stderr.strip()}")
    return command


@dataclass
class FirstProcess:
    """A PID 1 that runs, and the files that it writes stdout and stderr to."""

    process: subprocess.Popen[bytes]
    stdout: Path
    stderr: Path

    def wait_for(self, line: str) -> None:
        """Until this line is on stdout. Raises AssertionError if it ends before."""
        deadline = time.monotonic() + ENDS_WITHIN
        while line not in self.stdout.read_text().splitlines():
            assert self.process.poll() is None and time.monotonic() < deadline, self.stderr.read_text()
            time.sleep(0.02)

    def send(self, number: signal.Signals) -> None:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        os.kill(int(children[0]), number)

    def wait(self) -> int:
        """Its exit status. Raises subprocess.TimeoutExpired."""
        return self.process.wait(ENDS_WITHIN)


@contextmanager
def first_process(root: Root, script: str = "start.sh", command: str = "", **env: str) -> Iterator[FirstProcess]:
    """Run the script as PID 1 in /app, or this command of the shell. It is ended with the context."""
    words = [*root.shell_command, *(["-c", command] if command else [str(root.path / script)])]
    stdout, stderr = root.path / "stdout", root.path / "stderr"
    with open(stdout, "wb") as out, open(stderr, "wb") as err:
        process = subprocess.Popen(
            [*namespace(), *words],
            cwd=root.path / "app",
            env={"PATH": f"{root.path}/bin:{os.environ['PATH']}", **env},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
        )
    try:
        yield FirstProcess(process, stdout, stderr)
    finally:
        process.kill()
        process.wait()
