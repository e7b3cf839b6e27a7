"""Log lines that stay whole in a pipe to which several processes write.

A pipe takes a line at once only if it is short and there is room for it. Of a longer one it takes what it has room for,
and the rest may come after a line of another process.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
from collections import deque
from collections.abc import Callable
from typing import ClassVar


class WholeLines(logging.Handler):
    """A mixin for the class of a handler: one record at a time is written, whichever process, thread or handler has it.

    Each record is written by whoever holds both locks. While a record is being written, a signal handler of the same
    thread may log another: Gunicorn 23 logs the end of a worker in one. It waits for the one underway.
    """

    # A file lock belongs to a process as a whole, so it keeps other processes away, but not other threads. It is the
    # same file in all workers: the master has opened it.
    thread_lock: ClassVar = threading.RLock()
    file: ClassVar = os.memfd_create("whole-lines")
    waiting: ClassVar[deque[tuple[Callable[[logging.LogRecord], None], logging.LogRecord]]] = deque()
    writing: ClassVar = False

    def emit(self, record: logging.LogRecord) -> None:
        with self.thread_lock:
            self.waiting.append((super().emit, record))
            while self.waiting and not WholeLines.writing:
                WholeLines.writing = True
                try:
                    fcntl.lockf(self.file, fcntl.LOCK_EX)
                    while self.waiting:
                        emit, waiting = self.waiting.popleft()
                        emit(waiting)
                finally:
                    fcntl.lockf(self.file, fcntl.LOCK_UN)
                    WholeLines.writing = False


def keep_lines_whole(handler: logging.Handler) -> None:
    """Add WholeLines to the class of a handler, unless it has it."""
    if not isinstance(handler, WholeLines):
        handler.__class__ = type("WholeLinesHandler", (WholeLines, type(handler)), {})
