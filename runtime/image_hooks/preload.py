"""Do once, before the workers fork, what each of them would do: they start sooner, and share the memory of it."""

from __future__ import annotations

import contextlib
import gc
import importlib

from gunicorn.arbiter import Arbiter

LIBRARIES = (
    "anyio._backends._asyncio",
    "fastapi",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
)


def when_ready(server: Arbiter) -> None:
    """Import what Uvicorn's workers import, in the master.

    Not the app itself: it may open connections or start threads when it is imported, which a fork would break.
    """
    if not any(base.__module__.startswith("uvicorn") for base in server.worker_class.__mro__):
        return  # another kind of worker, such as gevent's, which must patch the standard library before all imports
    for library in LIBRARIES:
        # If a library is missing or broken, a worker that needs it reports it.
        with contextlib.suppress(Exception):
            importlib.import_module(library)
    with contextlib.suppress(Exception):
        make_route()
    # A full garbage collection in a worker writes to every object that it tracks, so that its memory is no longer
    # shared. It does not track frozen ones.
    gc.freeze()


def make_route() -> None:
    """Let the libraries import what they import only at the first route.

    It belongs to no app and answers no request: instrumentation, which may be there already, sees nothing.
    """
    from fastapi.routing import APIRoute

    async def read_root() -> dict[str, str]:
        return {}

    APIRoute("/", read_root)
