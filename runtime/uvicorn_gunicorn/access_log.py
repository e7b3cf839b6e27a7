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
                    self.stream.flush()
                return
            except Exception:
                pass  # a matter for the handler
        kwargs["stacklevel"] = kwargs.get("stacklevel", 1) + 1  # not from here
        super().info(msg, *args, **kwargs)

    def is_untouched(self) -> bool:
        """Whether an app has left it alone, and so nothing but the line is wanted."""
        return (
            self.handlers == [self.handler]
            and self.handler.stream is self.stream
            and self.handler.formatter is self.formatter
            and self.handler.level == logging.NOTSET
            and not (self.filters or self.handler.filters or self.propagate)
        )


def install(worker) -> None:
    """Make uvicorn.access an AccessLogger, if Gunicorn writes this worker's access log to stdout in its own format."""
    logger = logging.getLogger("uvicorn.access")
    if worker.cfg.accesslog == "-" and type(worker.log) is glogging.Logger and len(logger.handlers) == 1:
        logger.__class__ = AccessLogger
        (logger.handler,) = logger.handlers
        logger.stream = logger.handler.stream
        logger.formatter = logger.handler.formatter
