"""Signals to stop. A second Ctrl-C ends the server by force. A worker that ends because it was told to is no news."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import signal
from types import FrameType

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from image_hooks.once import Once
from image_hooks.optional import optional

SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGQUIT}

# What Gunicorn, from 20.1 on, logs when a signal has ended a worker.
ENDED = re.compile(r"Worker (?:with pid |\(pid:)(\d+)\)? was (?:sent|terminated due to signal) (\w+)")

# The signals to stop that the master has got.
came: list[int] = []

# Which worker it has told to end, and by which signal.
told: set[tuple[int, int]] = set()

# Whether this server is stopping, rather than replacing its workers: one worker may tell what it waits for.
server_stops = Once()


def when_ready(server: Arbiter) -> None:
    """Take over the signals by which the master is told to stop."""
    kill, deliver, _ = server.kill_worker, server.signal, server.WORKERS

    def kill_worker(pid: int, number: int, *args: object) -> None:
        if number in SIGNALS:
            told.difference_update([entry for entry in told if entry[0] not in server.WORKERS])
            told.add((pid, number))
        kill(pid, number, *args)

    def kill_all() -> None:
        for pid in list(server.WORKERS):
            told.add((pid, signal.SIGKILL))
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    @optional
    def age_workers() -> None:
        """After SIGHUP, Gunicorn 27 reads no signal while there are workers of a lower age than the new ones."""
        for worker in list(server.WORKERS.values()):
            worker.age += server.worker_age

    def handle(number: int, frame: FrameType | None) -> None:
        if os.getpid() != server.pid:
            # A worker that has only just been forked still has the master's handlers, which put a signal into a queue
            # that the worker never reads. It has begun nothing that would have to be ended.
            os._exit(0)
        if came and number != signal.SIGTERM:
            kill_all()
        elif not came:
            server_stops.allow()
            age_workers()
        came.append(number)
        deliver(number, frame)

    @optional
    def is_no_news(record: logging.LogRecord) -> bool:
        """Whether a worker has ended which the master told to, or which had the same Ctrl-C from the terminal."""
        ended = ENDED.match(record.getMessage())
        if not ended:
            return False
        pid, name = ended.groups()
        ended_by = int(name) if name.isdigit() else getattr(signal, name, None)
        return (int(pid), ended_by) in told or bool(came and ended_by in SIGNALS)

    vars(server).update(kill_worker=kill_worker)
    logging.getLogger("gunicorn.error").addFilter(lambda record: not is_no_news(record))
    for number in SIGNALS:
        signal.signal(number, handle)


def was_told(pid: int) -> bool:
    return any(entry[0] == pid for entry in told)


def post_fork(_server: Arbiter, worker: Worker) -> None:
    """Let a worker obey the signals that come before it serves.

    If it is forked while the master stops, its signal may come before Python is ready for it. So it ends by itself. And
    without a handler for SIGQUIT, a worker that imports its app would leave a core dump.
    """
    if came:
        os._exit(0)
    init = worker.init_signals

    def init_signals(*args: object) -> None:
        init(*args)
        if signal.getsignal(signal.SIGQUIT) is signal.SIG_DFL:
            signal.signal(signal.SIGQUIT, lambda *_: os._exit(0))

    vars(worker).update(init_signals=init_signals)
