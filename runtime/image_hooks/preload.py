"""Do once, before the workers fork, what each would do: they start sooner, and share its memory."""

import asyncio
import contextlib
import gc
import importlib

LIBRARIES = (
    "anyio._backends._asyncio",
    "fastapi",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
)


def when_ready(server) -> None:
    """Gunicorn's hook in the master, which listens already and is about to fork.

    Never imports the app itself: that may open connections or start threads, which a fork would break.
    """
    if not any(base.__module__.startswith("uvicorn") for base in server.worker_class.__mro__):
        return  # of another kind, such as gevent's, which has to be imported first
    for library in LIBRARIES:
        # One that is missing or broken is the worker's to report, if it needs it at all.
        with contextlib.suppress(Exception):
            importlib.import_module(library)
    with contextlib.suppress(Exception):
        serve_once()
    # A full collection would write to every object that it knows, and so end the sharing.
    gc.freeze()


def serve_once() -> None:
    """Answer a request in memory: the libraries make much of what they hold only then."""
    from fastapi import FastAPI

    app = FastAPI()

    @app.get("/")
    async def read_root() -> dict:
        return {}

    async def receive() -> dict:
        return {"type": "http.request"}

    async def send(message: dict) -> None:
        pass

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(app(scope, receive, send))
    finally:
        loop.close()
