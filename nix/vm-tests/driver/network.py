"""The virtual network of a test: a switch that every machine's second card is plugged into."""

import subprocess
import time
from pathlib import Path

from failure import TestFailure

START_SECONDS = 10


class Switch:
    """A vde_switch; `path` is the folder of its sockets."""

    def __init__(self, program: str, state: Path) -> None:
        self.path = state / "switch"
        # It ends when its stdin does.
        self._process = subprocess.Popen(
            [program, "--sock", str(self.path), "--dirmode", "0700"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        deadline = time.monotonic() + START_SECONDS
        while not (self.path / "ctl").exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._process.kill()
                said = self._process.communicate()[1].decode(errors="replace").strip()
                raise TestFailure(f"the virtual network: vde_switch does not start: {said or 'no output'}")
            time.sleep(0.02)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()
