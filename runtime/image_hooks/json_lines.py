"""LOG_FORMAT=json: logs of Gunicorn and Uvicorn with a JSON object in each line."""

import fcntl
import json
import logging
import os
import threading
import time
from collections import deque
from datetime import datetime, timezone

from gunicorn.glogging import Logger, SafeAtoms

from image_hooks.access_log import UVICORN_FORMAT


class JsonFormatter(logging.Formatter):
    """time (ISO 8601), level, logger, message; exception, if any; client, method, path, status, duration of a request.

    The path has its query string. The duration is that until the response began, or ended for Gunicorn's own workers,
    in seconds.
    """

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.msg == UVICORN_FORMAT and hasattr(record, "arrived"):
            client, method, path, _, status = record.args
            duration = round(time.perf_counter() - record.arrived, 6)
            entry.update(client=client, method=method, path=path, status=status, duration=duration)
        elif record.name == "gunicorn.access" and isinstance(record.args, SafeAtoms):
            atoms = record.args
            path, status, duration = atoms["r"].split(" ")[1], int(atoms["s"]), atoms["D"] / 1e6
            entry.update(client=atoms["h"], method=atoms["m"], path=path, status=status, duration=duration)
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry)


class WholeLines:
    """Put before a handler's class: for a pipe that several processes write to, which mixes what it has no room for."""

    # The one keeps threads apart, the other processes: a file's lock belongs to all threads of one.
    thread_lock = threading.RLock()
    file = os.memfd_create("whole-lines")
    # Gunicorn 23 logs in a signal handler, whatever it is just writing: such a record waits for the one underway.
    waiting = deque()
    writing = False

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


class JsonLogger(Logger):
    """Gunicorn's logger class. Uvicorn's loggers share its handlers."""

    def setup(self, cfg) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers + self.access_log.handlers:
            handler.setFormatter(JsonFormatter())
            if not isinstance(handler, WholeLines):
                handler.__class__ = type("WholeLinesHandler", (WholeLines, type(handler)), {})


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
