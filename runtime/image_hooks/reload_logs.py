"""The logs of /start-reload.sh, for which /start-reload-logs.json names this as the factory of its handlers."""

from __future__ import annotations

import json
import logging
import os
import sys
from typing import TextIO

from uvicorn.config import LOGGING_CONFIG
from uvicorn.logging import AccessFormatter, DefaultFormatter

from image_hooks.json_formatter import JsonFormatter


def handler(variable: str, stream: TextIO) -> logging.Handler:
    """One that writes to the file which ACCESS_LOG or ERROR_LOG names: "-" is the stream, and empty is none."""
    path = os.environ.get(variable, "-")
    if not path:
        return logging.NullHandler()
    made = logging.StreamHandler(stream if path == "-" else append(variable, path))
    if os.environ.get("GUNICORN_LOG_FORMAT", "").lower() == "json":
        made.setFormatter(JsonFormatter())
        return made
    kind, formatter = ("access", AccessFormatter) if variable == "ACCESS_LOG" else ("default", DefaultFormatter)
    colors = None if path == "-" else False
    made.setFormatter(formatter(LOGGING_CONFIG["formatters"][kind]["fmt"], use_colors=colors))
    return made


def append(variable: str, path: str) -> TextIO:
    """The file at this path, to append to. If it can't be written, the exit status is 64 (EX_USAGE)."""
    try:
        # Otherwise this would wait for ever at a FIFO that nobody reads.
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_NOCTTY, 0o666)
    except OSError:
        what = "a file that can be written, or a FIFO that somebody reads"
        print(f"{variable}: {json.dumps(path)} is not {what}", file=sys.stderr)
        sys.exit(64)
    os.set_blocking(fd, True)
    return os.fdopen(fd, "w")
