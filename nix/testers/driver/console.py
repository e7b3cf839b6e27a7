"""What a machine says on its serial console."""

import re
import threading
import time
from collections.abc import Callable
from typing import BinaryIO


class Console:
    """Reads a stream to its end in a thread, and keeps its lines; `show` gets each as it comes."""

    def __init__(self, stream: BinaryIO, show: Callable[[str], None]) -> None:
        self.lines: list[str] = []
        self._seen = 0
        self._show = show
        self._changed = threading.Condition()
        self.thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self.thread.start()

    def _read(self, stream: BinaryIO) -> None:
        for raw in stream:
            line = raw.decode(errors="replace").strip("\r\n")
            with self._changed:
                self.lines.append(line)
                self._changed.notify_all()
            self._show(line)

    def wait_for(self, regex: str, seconds: float) -> bool:
        """Whether a line that no earlier call has gone past matches within so many seconds."""
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
        with self._changed:
            return self.lines[-count:]
