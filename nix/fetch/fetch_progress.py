"""What a person sees of a running fetch: one line that updates on a terminal, now and then a line elsewhere."""

import threading
import time
from typing import TextIO

TERMINAL_PERIOD, LOG_PERIOD = 0.1, 5.0  # seconds between two reports


class Progress:
    """Counts files and bytes as they come and reports them to `stream`; safe to share between threads."""

    def __init__(self, total: int, stream: TextIO) -> None:
        self._total, self._files, self._bytes = total, 0, 0
        self._stream = stream
        self._terminal = stream.isatty()
        self._reported = time.monotonic()
        self._lock = threading.Lock()

    def add_bytes(self, count: int) -> None:
        """Counts `count` bytes that came."""
        with self._lock:
            self._bytes += count
            self._report()

    def add_file(self) -> None:
        """Counts a file that is whole and verified."""
        with self._lock:
            self._files += 1
            self._report(always=self._files == self._total)

    def clear(self) -> None:
        """Leaves the terminal's line empty, for what follows."""
        if self._terminal:
            self._stream.write("\r\033[K")
            self._stream.flush()

    def _report(self, always: bool = False) -> None:
        now = time.monotonic()
        if not always and now - self._reported < (TERMINAL_PERIOD if self._terminal else LOG_PERIOD):
            return
        self._reported = now
        text = f"fetch: {self._files} of {self._total} files, {self._bytes / 1e6:.1f} MB"
        self._stream.write(f"\r\033[K{text}" if self._terminal else f"{text}\n")
        self._stream.flush()
