"""An app that can't be imported: told once, in the words of the app's own code, and the server ends."""

import contextlib
import importlib
import os
import sys
import traceback
from pathlib import Path

import gunicorn
from gunicorn.arbiter import Arbiter
from gunicorn.errors import AppImportError, HaltServer

FOLDERS = [str(Path(module.__file__).parent) for module in (gunicorn, importlib)]
MACHINERY = (*FOLDERS, __file__, "<frozen importlib")

# All workers import the app, but only the one that takes this byte tells how it failed.
unsaid, say = os.pipe()
os.write(say, b"!")
os.set_blocking(unsaid, False)


def when_ready(server) -> None:
    """Gunicorn's hook in the master, which is about to fork.

    Reaping a worker that failed raises HaltServer. Gunicorn 23 reaps in a signal handler: what it interrupts, logging
    above all, may take the exception for its own and go on. Gunicorn 27 reaps while it stops too, where nothing
    catches a second one. So it is kept until the master's loop comes by.
    """
    reap, look_after = server.reap_workers, server.murder_workers
    failures = []

    def reap_workers() -> None:
        while True:
            try:
                return reap()
            except HaltServer as failure:
                failures.append(failure)
                # Forgets the worker that is gone, for which Gunicorn 23 would wait when it stops.
                server.kill_workers(0)

    def murder_workers() -> None:
        if failures:
            raise failures[0]
        look_after()

    server.reap_workers, server.murder_workers = reap_workers, murder_workers


def post_fork(_server, worker) -> None:
    """Gunicorn's hook in a new worker, which has yet to import the app."""
    load = worker.load_wsgi

    def load_wsgi() -> None:
        try:
            load()
        except (Exception, SystemExit) as error:
            with contextlib.suppress(BlockingIOError):
                os.read(unsaid, 1)
                worker.log.critical("%s: %s", worker.app.app_uri, explanation(error, worker.app.app_uri))
            # With this status, Gunicorn stops instead of starting workers for ever.
            sys.exit(Arbiter.WORKER_BOOT_ERROR)

    worker.load_wsgi = load_wsgi


def explanation(error: BaseException, app: str) -> str:
    """Why this app, MODULE:VARIABLE, was not imported: one line if there is none, or else its code's traceback."""
    module = app.partition(":")[0]
    missing = isinstance(error, ModuleNotFoundError) and f"{module}.".startswith(f"{error.name}.")
    if missing or isinstance(error, AppImportError):
        return f"{str(error).rstrip('.')}; set MODULE_NAME and VARIABLE_NAME, or APP_MODULE, to where the app is"
    frame = error.__traceback__
    while frame and frame.tb_frame.f_code.co_filename.startswith(MACHINERY):
        frame = frame.tb_next
    if frame:
        lines = traceback.format_exception(type(error), error, frame)
    else:  # none of the app's own, as for a mistake in the syntax of its first file
        lines = traceback.format_exception_only(type(error), error)
    return "its import failed:\n" + "".join(lines).rstrip()
