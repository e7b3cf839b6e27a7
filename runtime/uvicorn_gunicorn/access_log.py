"""Uvicorn's access log: at less cost, and with the duration of a request."""

import logging
import time


class AccessLogger(logging.Logger):
    """Writes a line as it is, where the general way would make a record of 22 attributes only to format one."""

    def info(self, msg, *args, **kwargs) -> None:
        handler = self.handlers[0] if len(self.handlers) == 1 else None
        # Whatever an app adds, such as a filter or another format, is heeded the general way.
        if type(handler) is not logging.StreamHandler or self.filters or handler.filters or handler.formatter._fmt != "%(message)s":
            super().info(msg, *args, stacklevel=2, **kwargs)
        elif self.isEnabledFor(logging.INFO):
            with handler.lock:
                handler.stream.write(msg % args + handler.terminator)
                handler.stream.flush()


def timed(protocol):
    """A subclass of a protocol class of Uvicorn whose access log records have `arrived`, a time of time.perf_counter.

    The class is given as such, or by its name in Uvicorn's settings.
    """
    from uvicorn.config import HTTP_PROTOCOLS
    from uvicorn.importer import import_from_string

    if isinstance(protocol, str):
        protocol = import_from_string(HTTP_PROTOCOLS.get(protocol, protocol))

    class TimedProtocol(protocol):
        def __init__(self, *args, **kwargs) -> None:
            super().__init__(*args, **kwargs)
            self.access_logger = logging.LoggerAdapter(self.access_logger, {})

        def data_received(self, data: bytes) -> None:
            if self.cycle is None or self.cycle.response_complete:  # no request is underway
                self.access_logger.extra["arrived"] = time.perf_counter()
            super().data_received(data)

    return TimedProtocol
