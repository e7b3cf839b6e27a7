"""Workers that end before they serve: the server ends after a few of them, with a line that says why.

Gunicorn itself ends the server if a worker cannot import the app. Workers that fail in any other way, such as with a
wrong TLS key or when they are killed at the import, it replaces for ever.
"""

from __future__ import annotations

import logging
import mmap
import os
import signal
import sys
from collections.abc import Iterable

from gunicorn.arbiter import Arbiter
from gunicorn.errors import HaltServer
from gunicorn.workers.base import Worker

from image_hooks import stop_signals
from image_hooks.once import Once
from image_hooks.optional import optional

log = logging.getLogger("gunicorn.error")

# So many workers may end before one serves, or twice as many as there are if that is more.
TRIES = 5

# One byte that all processes share: not 0 once a worker of this server has served. From then on, there is no limit.
served = mmap.mmap(-1, 1)

# Every worker fails in the same way, so that one of them logs it.
failure = Once()
failure.allow()


def when_ready(server: Arbiter) -> None:
    """Count the workers that end, as long as none has served. app_import keeps the exception for the master's loop."""
    if server.cfg.reload:
        return  # its workers end at each change of the code
    reap = server.reap_workers
    ends: list[str] = []

    def reap_workers(*args: object) -> None:
        workers = [] if served[0] or stop_signals.came else list(server.WORKERS)
        statuses = statuses_of(workers) or {}
        reap(*args)
        for pid in workers:
            if pid not in server.WORKERS and not stop_signals.was_told(pid):
                ends.append(statuses.get(pid, ""))
        if not served[0] and len(ends) >= max(TRIES, 2 * server.num_workers):
            known = next(filter(None, reversed(ends)), "")
            fix = "give the container more memory, or fewer workers" if "SIGKILL" in known else "see what they log"
            log.critical("workers: %d have ended before one served%s; %s", len(ends), known, fix)
            ends.clear()
            raise HaltServer("Worker failed to boot.", Arbiter.WORKER_BOOT_ERROR)

    vars(server).update(reap_workers=reap_workers)


@optional
def statuses_of(workers: Iterable[int]) -> dict[int, str]:
    """How those of them have ended that Gunicorn has not reaped yet, in words.

    One that ends right after this is not among them, though Gunicorn may reap it.
    """
    found = {}
    for pid in workers:
        try:
            end = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:  # Gunicorn has reaped it meanwhile, in a signal handler
            continue
        if end and end.si_code == os.CLD_EXITED:
            found[pid] = f", one with status {end.si_status}"
        elif end:
            found[pid] = f", one by {signal.Signals(end.si_status).name}"
    return found


def post_fork(_server: Arbiter, worker: Worker) -> None:
    """Notice when the worker first tells the master that it is alive, which it does once it serves.

    If it fails before, say why; then end the server.
    """
    notify, run = worker.tmp.notify, worker.run

    def notify_first() -> None:
        served[0] = 1
        vars(worker.tmp).pop("notify")
        notify()

    def run_or_explain() -> None:
        try:
            run()
        except Exception as error:
            if served[0] or worker.cfg.reload:
                raise
            if failure.is_mine():
                worker.log.critical("%s", explanation(error, worker))
            worker.log.debug("Exception in worker process", exc_info=True)
            sys.exit(Arbiter.WORKER_BOOT_ERROR)

    vars(worker.tmp).update(notify=notify_first)
    vars(worker).update(run=run_or_explain)


def explanation(error: Exception, worker: Worker) -> str:
    hint = "LOG_LEVEL=debug shows where"
    if isinstance(error, OSError) and worker.cfg.is_ssl:
        hint = "the key must belong to the certificate and have no passphrase"
        return f"{worker.cfg.keyfile or worker.cfg.certfile}: TLS cannot use it: {error}; {hint}"
    return f"{type(worker).__name__}: it cannot serve: {type(error).__name__}: {error}; {hint}"
