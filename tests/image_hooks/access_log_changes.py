"""`access_log_changes.py hook|plain`: log to uvicorn.access as it is in a worker, with or without the image's hook.

This is done once for each of the changes that an app may make to the logger. Before each, a line on stdout and stderr
names the change: `# NAME`.
"""

import logging
import os
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker

from image_hooks import access_log
from image_hooks.http_protocol import UVICORN_FORMAT

logger = logging.getLogger("uvicorn.access")


def prepare(hook: bool) -> None:
    """Do what Gunicorn and Uvicorn's worker do, and then the hook."""
    config = Config()
    config.set("accesslog", "-")
    log = Logger(config)
    logger.handlers = log.access_log.handlers
    logger.setLevel(logging.INFO)
    logger.propagate = False
    if hook:
        access_log.install(cast(Worker, SimpleNamespace(cfg=config, log=log)))
        assert type(logger) is access_log.AccessLogger


def hide(record: logging.LogRecord) -> bool:
    if isinstance(record.args, tuple):
        record.args = tuple("hidden" if arg == "/secret" else arg for arg in record.args)
    return True


def handler_of(form: str) -> logging.Handler:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter(form))
    return handler


def replace(handler: logging.Handler) -> None:
    logger.handlers = [handler]


def propagate() -> None:
    logger.propagate = True
    logging.getLogger().addHandler(handler_of("root: %(message)s"))


# Each is given the handler.
CHANGES: dict[str, Callable[[Any], object]] = {
    "none": lambda handler: None,
    "filter": lambda handler: logger.addFilter(lambda record: "secret" not in record.getMessage()),
    "changing filter": lambda handler: logger.addFilter(hide),
    "filter of the handler": lambda handler: handler.addFilter(lambda record: "secret" not in record.getMessage()),
    "format": lambda handler: handler.setFormatter(logging.Formatter("%(funcName)s: %(message)s")),
    "no format": lambda handler: handler.setFormatter(None),
    "level": lambda handler: logger.setLevel(logging.WARNING),
    "level of the handler": lambda handler: handler.setLevel(logging.WARNING),
    "level of all": lambda handler: logging.disable(logging.INFO),
    "another handler": lambda handler: logger.addHandler(handler_of("second: %(message)s")),
    "other handler": lambda handler: replace(handler_of("other: %(message)s")),
    "no handler": lambda handler: replace(logging.NullHandler()),
    "other stream": lambda handler: handler.setStream(sys.stderr),
    "propagation": lambda handler: propagate(),
}


def log_requests_and_more() -> None:
    logger.info(UVICORN_FORMAT, "127.0.0.1:1", "GET", "/%25?a=%s", "1.1", 200)
    logger.info(UVICORN_FORMAT, "127.0.0.1:2", "POST", "/secret", "1.1", 404)
    logger.info("100%")
    logger.info("%(how)s", {"how": "by name"})
    logger.info(["no", "text"])
    logger.info("from %d levels up", 2, stacklevel=2)
    logger.warning("warned")
    logger.log(logging.INFO, "logged")


if __name__ == "__main__":
    for name, change in CHANGES.items():
        for stream in sys.stdout, sys.stderr:
            print("#", name, file=stream)
        if os.fork() == 0:
            prepare(sys.argv[1] == "hook")
            change(logger.handlers[0])
            log_requests_and_more()
            break
        os.wait()
