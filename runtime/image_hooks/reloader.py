"""Gunicorn's --reload, for Uvicorn's workers too: a worker whose code has changed is replaced."""

from __future__ import annotations

import os
import signal
import sys
import threading

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from image_hooks.replacement import LEAVES, tell_master


def when_ready(server: Arbiter) -> None:
    """Refuse what would serve the old code in silence: new workers inherit the app that the master has imported."""
    if server.cfg.reload and server.cfg.preload_app:
        print("--reload: with --preload, workers would serve the old code; leave one of the two out", file=sys.stderr)
        sys.exit(os.EX_USAGE)


def worker_int(worker: Worker) -> None:
    """Gunicorn's hook of this name. Its reloader calls it in a thread, and then expects that the worker heeds a flag.

    Uvicorn's workers do not, but they obey a signal.
    """
    of_uvicorn = any(base.__module__.startswith("uvicorn") for base in type(worker).__mro__)
    if of_uvicorn and threading.current_thread() is worker.reloader and not tell_master(LEAVES):
        os.kill(os.getpid(), signal.SIGTERM)
