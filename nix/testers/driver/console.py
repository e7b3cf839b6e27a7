"""What a machine says on its serial console, which is QEMU's stdout."""

import re
import threading
import time
from collections.abc import Callable
from typing import IO

# Nothing that QEMU would add by itself, no screen, and the first serial port on stdout.
QEMU_OPTIONS = ("-nodefaults", "-display", "none", "-serial", "stdio")


def kernel_options(port: str) -> str:
    """The kernel's options that make a serial port its console, and let it boot again at once after a panic."""
    return f"console={port} panic=-1"


class Console:
    """The lines of the streams that it reads, one after the other; `show` is called with each line as it comes."""

    thread: threading.Thread  # which reads the latest stream

    def __init__(self, show: Callable[[str], None]) -> None:
        self.lines: list[str] = []
        self._seen = 0
        self._show = show
        self._changed = threading.Condition()

    def read(self, stream: IO[bytes]) -> None:
        """Read a stream to its end, in a thread."""
        self.thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self.thread.start()

    def _read(self, stream: IO[bytes]) -> None:
        for raw in stream:
            line = raw.decode(errors="replace").strip("\r\n")
            with self._changed:
                self.lines.append(line)
                self._changed.notify_all()
            self._show(line)

    def wait_for(self, regex: str, seconds: float) -> bool:
        """Wait for a line that matches, for at most so many seconds; whether there is one.

        Each call begins after the line that the last successful one has found.
        """
        deadline = time.monotonic() + seconds
        with self._changed:
            while True:
                for number in range(self._seen, len(self.lines)):
                    if re.search(regex, self.lines[number]):
                        self._seen = number + 1
                        return True
                left = deadline - time.monotonic()
                if left <= 0 or not self.thread.is_alive():
                    return False
                self._changed.wait(min(left, 1))

    def tail(self, count: int) -> list[str]:
        """The last lines so far, at most `count`."""
        with self._changed:
            return self.lines[-count:]
