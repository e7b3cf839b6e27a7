"""Uvicorn's access log on stdout, at less cost.

Two things make a line expensive: the log record of some 20 attributes that nobody sees, and the write to a pipe, which
wakes its reader up. So a line is formatted at once, and lines that come close together are written together.
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
from typing import TextIO

from gunicorn import glogging

# The message of the access log's records, by which they are known: an app may use the logger for others.
UVICORN_FORMAT = '%s - "%s %s HTTP/%s" %d'

# How long a line may wait for others.
SECONDS_IN_MEMORY = 0.02


class SharedLines:
    """Lines of a worker on their way to a stream, in memory that the master shares: it writes them if the worker dies."""

    LENGTH = struct.Struct("I")  # of the lines that follow it, in bytes

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
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
            lines = self.memory[self.LENGTH.size : self.LENGTH.size + length]
            with contextlib.suppress(OSError):  # nobody reads them, which no request must suffer from
                while lines:
                    lines = lines[os.write(self.stream.fileno(), lines) :]
            self.LENGTH.pack_into(self.memory, 0, 0)


class AccessLogger(logging.Logger):
    """The logger uvicorn.access of a worker. What `install` gives it is how Gunicorn has set it up."""

    lines: SharedLines
    handler: logging.Handler
    formatter: logging.Formatter

    def info(self, msg, *args, **kwargs) -> None:
        if not self.isEnabledFor(logging.INFO):
            return
        loop = asyncio._get_running_loop()
        if loop and msg == UVICORN_FORMAT and self.is_untouched():
            line = f"{msg % args}\n".encode(errors="backslashreplace")
            if len(line) <= select.PIPE_BUF:
                if self.lines.add(line):
                    loop.call_later(SECONDS_IN_MEMORY, self.lines.write)
                return
        self.lines.write()
        kwargs["stacklevel"] = kwargs.get("stacklevel", 1) + 1  # not from here
        super().info(msg, *args, **kwargs)

    def is_untouched(self) -> bool:
        """Whether an app has left it alone, and so nothing but the line is wanted."""
        return (
            self.handlers == [self.handler]
            and self.handler.stream is self.lines.stream
            and self.handler.formatter is self.formatter
            and self.handler.level == logging.NOTSET
            and not (self.filters or self.handler.filters or self.propagate)
        )


def install(worker) -> None:
    """Make uvicorn.access an AccessLogger, if Gunicorn writes the access log of this worker to stdout in its own format."""
    logger = logging.getLogger("uvicorn.access")
    if worker.cfg.accesslog == "-" and type(worker.log) is glogging.Logger and len(logger.handlers) == 1:
        logger.__class__ = AccessLogger
        logger.lines = worker.access_lines
        (logger.handler,) = logger.handlers
        logger.formatter = logger.handler.formatter
        keep_order(worker.access_lines)


def keep_order(lines: SharedLines) -> None:
    """Write the lines before whatever else the worker, such as a print() of the app, writes to their stream."""
    write = lines.stream.write

    def write_after_lines(text: str) -> int:
        lines.write()
        return write(text)

    lines.stream.write = write_after_lines


def pre_fork(_server, worker) -> None:
    """Gunicorn's hook in the master, which is about to fork this worker."""
    worker.access_lines = SharedLines(sys.stdout)


def child_exit(_server, worker) -> None:
    """Gunicorn's hook in the master, whose worker has ended."""
    worker.access_lines.write()
