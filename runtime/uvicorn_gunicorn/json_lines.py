"""LOG_FORMAT=json: logs of Gunicorn and Uvicorn with a JSON object in each line."""

import fcntl
import json
import logging
import os
import time
from datetime import datetime, timezone

from gunicorn.glogging import Logger


class JsonFormatter(logging.Formatter):
    """time (ISO 8601), level, logger, message; exception, if any; of a request also client, method, path, status, duration.

    The path has its query string. The duration is that until the response began, in seconds.
    """

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.name == "uvicorn.access":
            client, method, path, _, status = record.args
            duration = round(time.perf_counter() - record.arrived, 6)
            entry.update(client=client, method=method, path=path, status=status, duration=duration)
        elif record.name == "gunicorn.access":
            atoms = record.args
            path = f"{atoms['U']}?{atoms['q']}" if atoms["q"] else atoms["U"]
            entry.update(client=atoms["h"], method=atoms["m"], path=path, status=int(atoms["s"]), duration=atoms["D"] / 1e6)
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry)


class WholeLines(logging.StreamHandler):
    """For a stream that several processes write to: a pipe mixes what is longer than its buffer has room for."""

    lock_file = os.memfd_create("whole-lines")

    def emit(self, record: logging.LogRecord) -> None:
        fcntl.lockf(self.lock_file, fcntl.LOCK_EX)
        try:
            super().emit(record)
        finally:
            fcntl.lockf(self.lock_file, fcntl.LOCK_UN)


class JsonLogger(Logger):
    """Gunicorn's logger class. Uvicorn's loggers share its handlers."""

    def setup(self, cfg) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers + self.access_log.handlers:
            handler.setFormatter(JsonFormatter())
            if type(handler) is logging.StreamHandler:
                handler.__class__ = WholeLines


def timed(protocol: type) -> type:
    """A subclass of a protocol class of Uvicorn that puts `arrived` into the records of its access log.

    That is when the first bytes of the request came, in seconds of time.perf_counter.
    """

    class Timed(protocol):
        def __init__(self, *args, **kwargs) -> None:
            super().__init__(*args, **kwargs)
            self.access_logger = logging.LoggerAdapter(self.access_logger, {})

        def data_received(self, data: bytes) -> None:
            if self.cycle is None or self.cycle.response_complete:  # no request is underway
                self.access_logger.extra["arrived"] = time.perf_counter()
            super().data_received(data)

    return Timed
