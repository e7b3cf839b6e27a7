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

    A record is written under two locks, one for threads and one for processes. While it is being written, a signal
    handler of the same thread may log another: Gunicorn 23 logs the end of a worker in one. That record is put into
    `waiting`, and written when the one underway is complete.
    """

    # A file lock belongs to a process as a whole: it keeps other processes away, but not other threads. All processes
    # have the same file, since the master has made it.
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
