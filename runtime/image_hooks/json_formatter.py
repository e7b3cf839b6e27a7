"""Log records as JSON."""

from __future__ import annotations

import json
import logging
import time
from datetime import datetime, timezone

from gunicorn.glogging import SafeAtoms

from image_hooks.http_protocol import UVICORN_FORMAT


class JsonFormatter(logging.Formatter):
    """An object in one line for each record.

    time        ISO 8601, UTC
    level       debug, info, warning, error or critical
    logger      its name
    message
    exception   the traceback, if there is one

    A request in the access log has these, too:

    client      HOST:PORT; from Gunicorn's own workers, HOST
    method
    path        with the query string
    status      a number
    duration    seconds until the response began; from Gunicorn's own workers, until it ended; from Uvicorn without
                Gunicorn there is none
    """

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.msg == UVICORN_FORMAT and isinstance(record.args, tuple):
            client, method, path, _, status = record.args
            entry.update(client=client, method=method, path=path, status=status)
            arrived = getattr(record, "arrived", None)  # from TimedProtocol
            if arrived is not None:
                entry["duration"] = round(time.perf_counter() - arrived, 6)
        elif record.name == "gunicorn.access" and isinstance(record.args, SafeAtoms):
            atoms = record.args
            path, status, duration = atoms["r"].split(" ")[1], int(atoms["s"]), int(atoms["D"]) / 1e6
            entry.update(client=atoms["h"], method=atoms["m"], path=path, status=status, duration=duration)
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry)
