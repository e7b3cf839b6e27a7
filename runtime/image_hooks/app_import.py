"""An app that can't be imported: its reason is logged once, in terms of the app's own code, and the server ends."""

from __future__ import annotations

import importlib
import os
import sys
import traceback

import gunicorn
from gunicorn.arbiter import Arbiter
from gunicorn.errors import AppImportError, HaltServer
from gunicorn.workers.base import Worker

from image_hooks.once import Once

# Where the code is that leads to the app's import. A traceback leaves it out.
MACHINERY = (
    os.path.dirname(gunicorn.__file__),
    os.path.dirname(importlib.__file__),
    __file__,
    "<frozen importlib",
)

# Every worker fails in the same way, so that one of them logs it.
import_failure = Once()
import_failure.allow()


def when_ready(server: Arbiter) -> None:
    """Keep the exception by which a worker's failure ends the server, until the master's loop can take it.

    reap_workers raises HaltServer when a worker has failed. Gunicorn 23 calls it in a signal handler: the code that the
    signal interrupts, above all that of logging, may catch the exception as its own failure and go on. Gunicorn 27 also
    calls it while it stops, where nothing catches a second exception. So murder_workers raises it, which the master's
    loop calls at least once a second.
    """
    reap, murder = server.reap_workers, server.murder_workers
    failures: list[HaltServer] = []

    def reap_workers(*args: object) -> None:
        while True:
            try:
                reap(*args)
                return
            except HaltServer as failure:
                failures.append(failure)
                # Signal 0 does nothing to workers that live. Those that are gone are forgotten: otherwise Gunicorn 23
                # waits for the failed one when it stops.
                server.kill_workers(0)

    def murder_workers(*args: object) -> None:
        if failures:
            raise failures[0]
        murder(*args)

    vars(server).update(reap_workers=reap_workers, murder_workers=murder_workers)


def post_fork(_server: Arbiter, worker: Worker) -> None:
    """If this worker cannot import the app, log why, unless another worker has; then end the server."""
    load = worker.load_wsgi

    def load_wsgi(*args: object) -> None:
        try:
            load(*args)
        except (Exception, SystemExit) as error:
            if import_failure.is_mine():
                app = getattr(worker.app, "app_uri", "app")
                worker.log.critical("%s: %s", app, explanation(error, app))
            # At any other status, Gunicorn would start one worker after the other, for ever.
            sys.exit(Arbiter.WORKER_BOOT_ERROR)

    vars(worker).update(load_wsgi=load_wsgi)


def explanation(error: BaseException, app: str) -> str:
    """Why the import of an app, MODULE:VARIABLE, raised this error.

    One line if the module or the variable is not there. Otherwise the traceback, from the app's own code on.
    """
    module = app.partition(":")[0]
    missing = isinstance(error, ModuleNotFoundError) and f"{module}.".startswith(f"{error.name}.")
    if missing or isinstance(error, AppImportError):
        return f"{str(error).rstrip('.')}; set MODULE_NAME and VARIABLE_NAME, or APP_MODULE, to where the app is"
    frame = error.__traceback__
    while frame and frame.tb_frame.f_code.co_filename.startswith(MACHINERY):
        frame = frame.tb_next
    if frame:
        lines = traceback.format_exception(type(error), error, frame)
    else:  # none of the app's code has run, as with a syntax error in its first file
        lines = traceback.format_exception_only(type(error), error)
    return "its import failed:\n" + "".join(lines).rstrip()
