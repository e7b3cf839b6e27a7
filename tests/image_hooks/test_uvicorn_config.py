"""Settings of Uvicorn, as the hook leaves them, and what an app sees of them."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gunicorn_server import serving  # this skips the module where Gunicorn is missing

# isort: split
from gunicorn.workers.base import Worker
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from image_hooks import http_protocol
from image_hooks.graceful_server import GracefulServer
from image_hooks.uvicorn_config import post_worker_init

pytestmark = pytest.mark.slow


def settings_after_the_hook(
    given_root_path: str = "", log_format: str = "json", graceful_timeout: int = 20, **settings: Any
) -> Config:
    """Of a worker with these settings of its own."""
    config = Config("main:app", log_config=None, **settings)
    cfg = SimpleNamespace(graceful_timeout=graceful_timeout, accesslog=None)
    post_worker_init(given_root_path, log_format)(cast(Worker, SimpleNamespace(config=config, cfg=cfg)))
    return config


def test_app_sees_the_root_path(tmp_path: Path) -> None:
    app = "async def root_path(scope):\n    return scope['root_path']\n"
    with serving(tmp_path, app, worker="uvicorn.workers.UvicornWorker", env={"UVICORN_ROOT_PATH": "/api"}) as server:
        assert server.get("/root_path") == "/api"


def test_root_path_of_the_worker_class_stays_unless_another_is_given() -> None:
    assert settings_after_the_hook("", root_path="/own").root_path == "/own"
    assert settings_after_the_hook("/given", root_path="/own").root_path == "/given"


def test_uvicorn_gives_up_requests_in_time_for_the_apps_shutdown() -> None:
    """Before Gunicorn kills the worker."""
    settings_after_the_hook()
    assert GracefulServer.patience == 10
    settings_after_the_hook(graceful_timeout=6)
    assert GracefulServer.patience == 3
    settings_after_the_hook(timeout_graceful_shutdown=7)
    assert GracefulServer.patience == 7


@pytest.mark.parametrize("log_format", ["json", "text"])
@pytest.mark.parametrize(
    "http, used",
    [
        ("h11", H11Protocol),
        ("httptools", HttpToolsProtocol),
        (f"{HttpToolsProtocol.__module__}:HttpToolsProtocol", HttpToolsProtocol),
        (H11Protocol, H11Protocol),
    ],
    ids=["name", "other name", "path", "class"],
)
def test_protocol_is_a_kind_of_the_one_that_is_set(http: Any, used: type, log_format: str) -> None:
    config = Config("main:app", http=http)
    assert http_protocol.class_of(config) is used
    after = settings_after_the_hook(log_format=log_format, http=http).http
    assert isinstance(after, type) and issubclass(after, used) and after is not used


def test_workers_of_other_kinds_are_left_alone() -> None:
    worker = SimpleNamespace(config=SimpleNamespace(root_path="/own"))
    post_worker_init("/given", "text")(cast(Worker, worker))
    post_worker_init("/given", "text")(cast(Worker, SimpleNamespace()))
    assert worker == SimpleNamespace(config=SimpleNamespace(root_path="/own"))
