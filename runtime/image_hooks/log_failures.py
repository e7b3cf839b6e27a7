"""Log lines that cannot be written, such as to a full disk: now and then a line says so, not a traceback for each."""

from __future__ import annotations

import contextlib
import functools
import logging
import sys
import time

from gunicorn.config import Config
from gunicorn.glogging import Logger

from image_hooks.optional import optional

# Between two reports of a handler in the same process.
SECONDS = 60


def install() -> None:
    """Watch the handlers that Gunicorn's logger makes from now on. In its workers, they are those of Uvicorn, too."""
    setup = Logger.setup
    if hasattr(setup, "__wrapped__"):
        return  # SIGHUP, after which gunicorn_conf.py is read again

    @functools.wraps(setup)
    def setup_and_watch(self: Logger, cfg: Config) -> None:
        setup(self, cfg)
        watch(self)

    Logger.setup = setup_and_watch  # type: ignore[method-assign]


@optional
def watch(logger: Logger) -> None:
    for log in logger.error_log, logger.access_log:
        for handler in log.handlers:
            if getattr(handler, "_gunicorn", False):
                Watch(handler, logger)


class Watch:
    """Counts the lines that a handler cannot write, and reports them."""

    def __init__(self, handler: logging.Handler, log: Logger) -> None:
        self.handler, self.log = handler, log
        self.lost = 0
        self.report_after = 0.0
        self.handle_other_error, self.close_handler = handler.handleError, handler.close
        vars(handler).update(handleError=self.handle_error, close=self.close)

    def close(self) -> None:
        """Gunicorn calls this at SIGHUP, and then opens the file anew. It would end if something is left to write."""
        with contextlib.suppress(OSError):
            self.close_handler()

    def handle_error(self, record: logging.LogRecord) -> None:
        """The handler calls this amid the exception."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            self.handle_other_error(record)
            return
        self.lost += 1
        now = time.monotonic()
        if now >= self.report_after:
            self.report_after = now + SECONDS
            self.report(error)

    def report(self, error: OSError) -> None:
        """On the error log, or on stderr if that is the log that fails."""
        handler, log = self.handler, self.log
        stream = getattr(handler, "stream", None)
        where = getattr(handler, "baseFilename", None) or getattr(stream, "name", type(handler).__name__)
        text = f"{where}: {error.strerror or error}; log lines that this process has lost so far: {self.lost}"
        if handler not in log.error_log.handlers:
            log.error("%s", text)
            return
        report = log.error_log.makeRecord(log.error_log.name, logging.ERROR, "", 0, text, (), None)
        with contextlib.suppress(OSError, ValueError):
            print(handler.format(report), file=sys.stderr)
