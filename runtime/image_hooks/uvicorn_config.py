"""Settings of Uvicorn that Gunicorn's worker class for it does not pass on."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from gunicorn.workers.base import Worker

from image_hooks import http_protocol
from image_hooks.graceful_protocol import GracefulProtocol
from image_hooks.optional import optional

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

    @optional
    def hook(worker: Worker) -> None:
        config: Any = getattr(worker, "config", None)
        if type(config).__module__ != "uvicorn.config":
            return  # not a worker of Uvicorn
        if root_path:
            config.root_path = root_path
        make_event_loop(worker)
        use_graceful_server(worker)
        if log_format == "json":
            extend_protocol(config, mixins)
        elif access_format_is_set(worker):
            extend_protocol(config, [format_protocol(worker), *mixins])
        else:
            extend_protocol(config, mixins)
            optional(access_log.install)(worker)

    return hook


@optional
def access_format_is_set(worker: Worker) -> bool:
    """Whether access_log_format is not Gunicorn's default."""
    setting = worker.cfg.settings["access_log_format"]
    return bool(setting.value != type(setting).default)


def format_protocol(worker: Worker) -> type:
    from image_hooks.access_format import FormattedProtocol

    return type("FormattedProtocol", (FormattedProtocol,), {"log": worker.log})


@optional
def make_event_loop(worker: Worker) -> None:
    """Uvicorn's oldest workers ask asyncio for a loop, which newer versions of uvloop no longer make by themselves."""
    if "get_event_loop" not in type(worker).run.__code__.co_names:
        return
    try:
        asyncio.get_event_loop_policy().get_event_loop()
    except RuntimeError:
        asyncio.set_event_loop(asyncio.new_event_loop())


@optional
def extend_protocol(config: Any, mixins: Sequence[type]) -> None:
    protocol = http_protocol.class_of(config)
    if http_protocol.is_known(protocol):
        config.http = type("HttpProtocol", (*mixins, protocol), {})


@optional
def use_graceful_server(worker: Any) -> None:
    """Let the worker make a GracefulServer, where its class, or one that it derives from, makes a Server of Uvicorn."""
    from uvicorn.server import Server

    from image_hooks.graceful_server import GracefulServer

    if not GracefulServer.fits():
        return
    GracefulServer.graceful_timeout = timeout = worker.cfg.graceful_timeout
    of_the_class = getattr(worker.config, "timeout_graceful_shutdown", None)
    rest = min(SHUTDOWN_SECONDS, timeout / 2)
    GracefulServer.patience = timeout - rest if of_the_class is None else of_the_class
    for base in type(worker).__mro__:
        names = vars(sys.modules[base.__module__])
        if names.get("Server") is Server:
            names["Server"] = GracefulServer
