"""The virtual network of a test: a switch that every machine's second card is plugged into."""

import subprocess
from pathlib import Path

from failure import TestFailure
from unix_socket import connect


class Switch:
    """A running vde_switch(1); `path` is the folder of its sockets. Raises TestFailure if it does not start."""

    def __init__(self, program: str, state: Path) -> None:
        self.path = state / "switch"
        # It ends when its stdin does, so at the latest when this process is gone.
        self._process = subprocess.Popen(
            [program, "--sock", str(self.path), "--dirmode", "0700"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        try:
            connect(self.path / "ctl", self._process).close()
        except OSError:
            self._process.kill()
            said = self._process.communicate()[1].decode(errors="replace").strip()
            raise TestFailure(f"the virtual network: vde_switch does not start: {said or 'no output'}") from None

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()
