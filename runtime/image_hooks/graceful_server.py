"""Uvicorn's server in a worker, with an end that holds up nobody and leaves time for the app's own."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import Any, ClassVar

from uvicorn.server import Server

from image_hooks import replacement
from image_hooks.graceful_protocol import GracefulProtocol
from image_hooks.optional import optional
from image_hooks.stop_signals import server_stops

logger = logging.getLogger("uvicorn.error")

# How long SIGINT and SIGQUIT leave to requests that are underway.
QUICK_SECONDS = 1
# Open requests that end sooner are not worth a line in the log.
NOTICE_SECONDS = 1
# What `docker stop` waits unless told otherwise.
DOCKER_SECONDS = 10


class GracefulServer(Server):
    """It is told to stop by SIGTERM, and then waits for its requests, or by SIGINT or SIGQUIT, and then hurries.

    graceful_timeout    seconds from SIGTERM until Gunicorn kills the worker
    patience            seconds from SIGTERM until requests are cancelled, so that the app's own shutdown has the rest
    """

    graceful_timeout: ClassVar[int]
    patience: ClassVar[float]
    hurries = False

    @classmethod
    def fits(cls) -> bool:
        """Whether Uvicorn's server has all the methods that this one extends."""
        return all(hasattr(Server, name) for name in ("startup", "main_loop", "handle_exit", "shutdown"))

    async def startup(self, *args: Any, **kwargs: Any) -> None:
        self.obey_sigquit()
        # Not Gunicorn's own sockets, but Python's in them: only of these does uvloop know that it must not close them
        # once more than it has. Gunicorn would log that this failed.
        if kwargs.get("sockets"):
            kwargs["sockets"] = [getattr(sock, "sock", sock) for sock in kwargs["sockets"]]
        await super().startup(*args, **kwargs)
        if getattr(self, "started", False):
            replacement.tell_master(replacement.SERVES)

    @optional
    def obey_sigquit(self) -> None:
        """Uvicorn's workers have a handler of their own, which stops nothing."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGQUIT, self.handle_exit, signal.SIGQUIT, None)

    async def main_loop(self, *args: Any) -> None:
        await super().main_loop(*args)
        if self.stays():
            await super().main_loop(*args)

    @optional
    def stays(self) -> bool:
        """Whether it goes on though it has had its maximum of requests."""
        if self.should_exit or not replacement.tell_master(replacement.LEAVES):
            return False
        # Newer versions of Uvicorn keep the maximum in the server itself.
        self.config.limit_max_requests = None
        vars(self).update(limit_max_requests=None)
        return True

    def handle_exit(self, sig: int, *args: Any) -> None:
        if sig != signal.SIGTERM:
            self.hurries = True
        # A second Ctrl-C ends it by force. Older versions of Uvicorn take a second signal of any kind for that, but
        # Gunicorn repeats SIGTERM, and a terminal sends SIGINT before Gunicorn sends SIGQUIT.
        if getattr(self, "should_exit", False) and sig != signal.SIGINT:
            return
        super().handle_exit(signal.SIGTERM if sig == signal.SIGQUIT else sig, *args)

    async def shutdown(self, *args: Any, **kwargs: Any) -> None:
        logger.addFilter(is_no_cancellation)
        waiting = asyncio.ensure_future(self.wait_and_give_up())
        await super().shutdown(*args, **kwargs)
        waiting.cancel()

    @optional
    async def wait_and_give_up(self) -> None:
        """While Uvicorn waits for connections and requests to end: see to it that this does not last too long."""
        clock = asyncio.get_running_loop().time
        begun = clock()
        while not self.hurries and clock() < begun + self.patience:
            await asyncio.sleep(0.1)
            if clock() >= begun + NOTICE_SECONDS and self.server_state.tasks and server_stops.is_mine():
                self.tell_what_it_waits_for()
        if self.hurries:
            for connection in list(self.server_state.connections):
                if isinstance(connection, GracefulProtocol):
                    connection.stop_waiting()
            await asyncio.sleep(QUICK_SECONDS)
        if self.server_state.tasks:
            logger.error("Cancelling %d open requests or streams", len(self.server_state.tasks))
        for task in list(self.server_state.tasks):
            task.cancel()
        await asyncio.sleep(0.1)
        # Some do not end by that, such as those that run in a thread. Uvicorn no longer waits for what it forgets.
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        self.server_state.connections.clear()
        self.server_state.tasks.clear()

    def tell_what_it_waits_for(self) -> None:
        hint = "; `docker stop` kills after 10 s, unless told otherwise by --time or stop_grace_period"
        logger.warning(
            "Waiting for open requests or streams (%d in this worker), for %d s at most: GRACEFUL_TIMEOUT is %d%s",
            len(self.server_state.tasks),
            self.patience,
            self.graceful_timeout,
            hint if self.graceful_timeout > DOCKER_SECONDS else "",
        )


def is_no_cancellation(record: logging.LogRecord) -> bool:
    """It is logged how many requests are cancelled. That each of them then ends by that is no news."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))
