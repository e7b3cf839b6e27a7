"""The hooks as settings of Gunicorn. Each module is imported and called by itself, so that one can be left out."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from typing import Any

from image_hooks.optional import optional

WHEN_READY = ("boot", "reloader", "app_import", "stop_signals", "replacement", "preload")
POST_FORK = ("stop_signals", "app_import", "boot")


def settings(root_path: str, log_format: str) -> dict[str, Any]:
    """What gunicorn_conf.py adds to its settings, for these values of UVICORN_ROOT_PATH and GUNICORN_LOG_FORMAT."""
    hook("worker_fallback", "install")()
    hook("log_failures", "install")()
    found = {"post_worker_init": hook("uvicorn_config", "post_worker_init")(root_path, log_format)}
    if log_format == "json":
        found["logger_class"] = hook("json_logger", "logger_class")()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        found["child_exit"] = hook("metrics", "child_exit")()
    found = {name: value for name, value in found.items() if value}
    return {"when_ready": when_ready, "post_fork": post_fork, "worker_int": worker_int, **found}


def when_ready(server: Any) -> None:
    for module in WHEN_READY:
        hook(module, "when_ready")(server)


def post_fork(server: Any, worker: Any) -> None:
    for module in POST_FORK:
        hook(module, "post_fork")(server, worker)


def worker_int(worker: Any) -> None:
    hook("reloader", "worker_int")(worker)


def hook(module: str, name: str) -> Callable[..., Any]:
    """The function of this name in a module of this package, which is imported when the function is called."""

    def call(*args: Any) -> Any:
        return getattr(importlib.import_module(f"image_hooks.{module}"), name)(*args)

    call.__module__, call.__qualname__ = f"image_hooks.{module}", name
    return optional(call)
