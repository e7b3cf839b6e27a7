"""Uvicorn's access log on stdout, at less cost.

Two things make a line expensive: the log record of some 20 attributes that nobody sees, and the write to a pipe, which
wakes its reader up. So a line is formatted at once, and the lines of one turn of the event loop are written together.
"""

import asyncio
import contextlib
import logging
import mmap
import os
import select
import struct
import sys
import threading


class SharedLines:
    """Lines of a worker on their way to stdout, in memory that the master shares: it writes them if the worker dies."""

    LENGTH = struct.Struct("I")  # of the lines that follow it, in bytes

    def __init__(self) -> None:
        # Workers write to the same pipe. What is longer than this, the pipe may mix with what others write.
        self.memory = mmap.mmap(-1, self.LENGTH.size + select.PIPE_BUF)
        self.lock = threading.RLock()

    def add(self, line: bytes) -> bool:
        """Add a line of at most PIPE_BUF bytes, after writing the others if there is no room. True if it is the first."""
        with self.lock:
            (length,) = self.LENGTH.unpack_from(self.memory)
            if length + len(line) > select.PIPE_BUF:
                self.write()
                length = 0
            start = self.LENGTH.size + length
            self.memory[start : start + len(line)] = line
            self.LENGTH.pack_into(self.memory, 0, length + len(line))
            return length == 0

    def write(self) -> None:
        """Write all lines that are there."""
        with self.lock:
            (length,) = self.LENGTH.unpack_from(self.memory)
            if length:
                with contextlib.suppress(OSError):  # nobody reads them, which no request must suffer from
                    os.write(sys.stdout.fileno(), self.memory[self.LENGTH.size : self.LENGTH.size + length])
                self.LENGTH.pack_into(self.memory, 0, 0)


class AccessLogger(logging.Logger):
    """The logger uvicorn.access of a worker, whose `lines` are SharedLines."""

    def info(self, msg, *args, **kwargs) -> None:
        if not self.isEnabledFor(logging.INFO):
            return
        loop = asyncio._get_running_loop()
        if loop and self.is_plain():
            line = f"{msg % args}\n".encode(errors="backslashreplace")
            if len(line) <= select.PIPE_BUF:
                if self.lines.add(line):
                    loop.call_soon(self.lines.write)
                return
        self.lines.write()
        super().info(msg, *args, stacklevel=2, **kwargs)

    def is_plain(self) -> bool:
        """Whether it is as Gunicorn set it up: an app may have added a filter, a handler or a format."""
        if self.filters or len(self.handlers) != 1:
            return False
        handler = self.handlers[0]
        return (
            type(handler) is logging.StreamHandler
            and handler.stream is sys.stdout
            and not handler.filters
            and handler.formatter._fmt == "%(message)s"
        )


def pre_fork(_server, worker) -> None:
    """Gunicorn's hook in the master, which is about to fork this worker."""
    worker.access_lines = SharedLines()


def child_exit(_server, worker) -> None:
    """Gunicorn's hook in the master, whose worker has ended."""
    worker.access_lines.write()
