"""A worker that is told to stop before Gunicorn has prepared it."""

import os
import signal


def when_ready(server) -> None:
    """Gunicorn's hook in the master, which has set its signal handlers and is about to fork.

    A new worker inherits them for a moment. What it is sent then would go to a queue that it never reads: it would
    serve on until Gunicorn kills it at the end of GRACEFUL_TIMEOUT.
    """

    def handle(number, frame) -> None:
        if os.getpid() != server.pid:
            os._exit(0)  # a worker that has not begun anything
        server.signal(number, frame)

    for number in (signal.SIGTERM, signal.SIGQUIT):
        signal.signal(number, handle)
