"""Settings of Uvicorn that Gunicorn's worker class for it does not pass on."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from gunicorn.workers.base import Worker

from image_hooks import http_protocol
from image_hooks.graceful_protocol import GracefulProtocol

# What the app's own shutdown has of GRACEFUL_TIMEOUT, or half of that if it is short.
SHUTDOWN_SECONDS = 10


def post_worker_init(root_path: str, log_format: str) -> Callable[[Worker], None]:
    """Gunicorn's hook of this name, for these values of UVICORN_ROOT_PATH and GUNICORN_LOG_FORMAT.

    It is the master that runs this function, so all workers share what it imports.
    """
    mixins: list[type] = [GracefulProtocol]
    head_seconds = os.environ.get("UVICORN_TIMEOUT_HEAD", "")
    if head_seconds.isdecimal() and int(head_seconds):
        from image_hooks.head_protocol import HeadProtocol

        HeadProtocol.head_seconds = int(head_seconds)
        mixins.insert(0, HeadProtocol)
    if log_format == "json":
        from image_hooks.timed_protocol import TimedProtocol

        mixins.insert(0, TimedProtocol)
    else:
        from image_hooks import access_log

    def hook(worker: Worker) -> None:
        config: Any = getattr(worker, "config", None)
        if type(config).__module__ != "uvicorn.config":
            return  # not a worker of Uvicorn
        config.root_path = root_path or config.root_path
        protocol = http_protocol.class_of(config)
        if http_protocol.is_known(protocol):
            config.http = type("HttpProtocol", (*mixins, protocol), {})
        use_graceful_server(worker)
        if log_format != "json":
            access_log.install(worker)

    return hook


def use_graceful_server(worker: Any) -> None:
    """Let the worker make a GracefulServer, where its class, or one that it derives from, makes a Server of Uvicorn."""
    from uvicorn.server import Server

    from image_hooks.graceful_server import GracefulServer

    GracefulServer.graceful_timeout = timeout = worker.cfg.graceful_timeout
    of_the_class = getattr(worker.config, "timeout_graceful_shutdown", None)
    rest = min(SHUTDOWN_SECONDS, timeout / 2)
    GracefulServer.patience = timeout - rest if of_the_class is None else of_the_class
    for base in type(worker).__mro__:
        names = vars(sys.modules[base.__module__])
        if names.get("Server") is Server:
            names["Server"] = GracefulServer
