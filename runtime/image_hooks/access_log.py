"""Uvicorn's access log on stdout, at less cost.

Most of what a line costs is a log record of some 20 attributes that nobody sees. Without one, a line is formatted and
written at once. It is written before the response leaves, so none is lost or changes its place among all workers' lines.
"""

import logging

from gunicorn import glogging

# The message of the access log's records, by which they are known: an app may use the logger for others.
UVICORN_FORMAT = '%s - "%s %s HTTP/%s" %d'


class AccessLogger(logging.Logger):
    """The logger uvicorn.access of a worker. What `install` gives it is how Gunicorn has set it up."""

    handler: logging.StreamHandler
    stream: object
    formatter: logging.Formatter

    def info(self, msg, *args, **kwargs) -> None:
        if not self.isEnabledFor(logging.INFO):
            return
        if msg == UVICORN_FORMAT and self.is_untouched():
            try:
                with self.handler.lock:
                    self.stream.write(f"{msg % args}\n")
                return
            except Exception:
                pass  # a matter for the handler
        kwargs["stacklevel"] = kwargs.get("stacklevel", 1) + 1  # not from here
        super().info(msg, *args, **kwargs)

    def is_untouched(self) -> bool:
        """Whether an app has left it alone, and so nothing but the line is wanted."""
        handler = self.handler
        return (
            self.handlers == [handler]
            and handler.stream is self.stream
            and handler.formatter is self.formatter
            and handler.level == logging.NOTSET
            and not (self.filters or handler.filters or self.propagate)
        )


def install(worker) -> None:
    """Make uvicorn.access an AccessLogger, if Gunicorn writes this worker's access log to stdout in its own format."""
    logger = logging.getLogger("uvicorn.access")
    if worker.cfg.accesslog != "-" or type(worker.log) is not glogging.Logger or len(logger.handlers) != 1:
        return
    (handler,) = logger.handlers
    if handler.stream.write_through:  # as PYTHONUNBUFFERED makes it
        logger.__class__ = AccessLogger
        logger.handler = handler
        logger.stream = handler.stream
        logger.formatter = handler.formatter
