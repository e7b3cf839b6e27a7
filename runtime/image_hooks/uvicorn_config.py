"""Settings of Uvicorn that Gunicorn's worker class for it does not pass on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gunicorn.workers.base import Worker

from image_hooks import http_protocol
from image_hooks.graceful_protocol import GracefulProtocol


def post_worker_init(root_path: str, log_format: str) -> Callable[[Worker], None]:
    """Gunicorn's hook of this name, for these values of ROOT_PATH and LOG_FORMAT.

    It is the master that runs this function, so all workers share what it imports.
    """
    mixins: tuple[type, ...]
    if log_format == "json":
        from image_hooks.timed_protocol import TimedProtocol

        mixins = (TimedProtocol, GracefulProtocol)
    else:
        from image_hooks import access_log

        mixins = (GracefulProtocol,)

    def hook(worker: Worker) -> None:
        config: Any = getattr(worker, "config", None)
        if type(config).__module__ != "uvicorn.config":
            return  # not a worker of Uvicorn
        config.root_path = root_path or config.root_path
        if config.timeout_graceful_shutdown is None:
            # The rest is for the app's own shutdown, before Gunicorn kills the worker.
            config.timeout_graceful_shutdown = 0.9 * worker.cfg.graceful_timeout
        config.http = type("HttpProtocol", (*mixins, http_protocol.class_of(config)), {})
        if log_format != "json":
            access_log.install(worker)

    return hook
