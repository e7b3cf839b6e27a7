"""Uvicorn's access log on stdout as text, at less cost.

Most of what a line costs is a log record, whose 20 or so attributes nobody looks at. So make none: format the line and
write it at once. Uvicorn logs a request before it sends the response. So no line is lost, and the lines of all workers
are in the order of the requests.
"""

from __future__ import annotations

import inspect
import logging
from typing import Any, TextIO

from gunicorn import glogging
from gunicorn.workers.base import Worker

from image_hooks.http_protocol import UVICORN_FORMAT

FILE = logging.getLevelName.__code__.co_filename


class AccessLogger(logging.Logger):
    """The logger uvicorn.access of a worker. Its attributes are those of the one handler that Gunicorn made for it."""

    handler: logging.StreamHandler[TextIO]
    stream: TextIO
    formatter: logging.Formatter | None

    def info(self, msg: object, *args: object, **kwargs: Any) -> None:
        if not self.isEnabledFor(logging.INFO):
            return
        if msg == UVICORN_FORMAT and self.is_untouched():
            self.handler.acquire()
            try:
                self.stream.write(f"{UVICORN_FORMAT % args}\n")
                return
            except Exception:
                pass  # the handler, below, fails in the same way and reports it
            finally:
                self.handler.release()
        # The place that a record names is that of the caller, not this line.
        kwargs["stacklevel"] = kwargs.get("stacklevel", 1) + 1
        super().info(msg, *args, **kwargs)

    def is_untouched(self) -> bool:
        """Whether the app has left the logger as it was, so that a record would give nothing but the line."""
        handler = self.handler
        return (
            self.handlers == [handler]
            and handler.stream is self.stream
            and handler.formatter is self.formatter
            and handler.level == logging.NOTSET
            and not (self.filters or handler.filters or self.propagate)
            and logging.getLogRecordFactory() is logging.LogRecord
        )


def install(worker: Worker) -> None:
    """Make uvicorn.access an AccessLogger, if it has no handler but the one that Gunicorn made for stdout."""
    logger = logging.getLogger("uvicorn.access")
    if type(logger) is not logging.Logger or len(logger.handlers) != 1 or not is_plain():
        return
    (handler,) = logger.handlers
    formatter = handler.formatter
    if (
        getattr(handler, "_gunicorn", False)  # Gunicorn marks its own
        and type(handler) is logging.StreamHandler
        and not {"emit", "format", "handle"} & vars(handler).keys()
        and getattr(handler.stream, "write_through", False)  # unbuffered, as PYTHONUNBUFFERED makes it
        and type(formatter) is logging.Formatter
        and formatter._fmt == glogging.Logger.access_fmt
        and "format" not in vars(formatter)
    ):
        logger.__class__ = AccessLogger
        vars(logger).update(handler=handler, stream=handler.stream, formatter=formatter)


def is_plain() -> bool:
    """Whether nobody has replaced methods of logging itself, as Sentry does to see all records."""
    methods = (
        logging.Logger.info,
        logging.Logger._log,
        logging.Logger.makeRecord,
        logging.Logger.handle,
        logging.Logger.callHandlers,
        logging.Handler.handle,
        logging.StreamHandler.emit,
        logging.Formatter.format,
    )
    return all(inspect.isfunction(method) and method.__code__.co_filename == FILE for method in methods)
