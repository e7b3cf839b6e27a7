"""A worker that is told to stop when it has only just been forked."""

from __future__ import annotations

import os
import signal
from types import FrameType

from gunicorn.arbiter import Arbiter


def when_ready(server: Arbiter) -> None:
    """Let a new worker end at once when it is told to stop before it has signal handlers of its own.

    Until then it has the master's, which put a signal into a queue that the worker never reads. So it would serve on,
    until Gunicorn kills it at the end of GRACEFUL_TIMEOUT.
    """

    def handle(number: int, frame: FrameType | None) -> None:
        if os.getpid() != server.pid:
            os._exit(0)  # a worker, which has begun nothing that would have to be ended
        server.signal(number, frame)

    for number in (signal.SIGTERM, signal.SIGQUIT):
        signal.signal(number, handle)
