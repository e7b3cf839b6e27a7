"""Uvicorn's server in a worker, with an end that holds up nobody."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from types import FrameType
from typing import ClassVar

from uvicorn.server import Server

from image_hooks import replacement
from image_hooks.stop_signals import server_stops

logger = logging.getLogger("uvicorn.error")

# How long SIGINT and SIGQUIT leave to requests that are underway.
QUICK_SECONDS = 1
# Open requests that end sooner are not worth a line in the log.
NOTICE_SECONDS = 1
DOCKER_SECONDS = 10


class GracefulServer(Server):
    """It is told to stop by SIGTERM, and then waits for its requests, or by SIGINT or SIGQUIT, and then hurries."""

    graceful_timeout: ClassVar[int]
    hurries = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        # Uvicorn's workers have a handler of their own, which stops nothing.
        asyncio.get_running_loop().add_signal_handler(signal.SIGQUIT, self.handle_exit, signal.SIGQUIT, None)
        # Not Gunicorn's own sockets, but Python's in them: only of these does uvloop know that it must not close them
        # once more than it has. Gunicorn would log that this failed.
        await super().startup(sockets=[getattr(sock, "sock", sock) for sock in sockets or []])
        if self.started:
            replacement.tell_master(replacement.SERVES)

    async def main_loop(self) -> None:
        await super().main_loop()
        if not self.should_exit and replacement.tell_master(replacement.LEAVES):
            # It has had its maximum of requests. Newer versions of Uvicorn keep that in the server itself.
            self.config.limit_max_requests = None
            vars(self).update(limit_max_requests=None)
            await super().main_loop()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if sig != signal.SIGTERM:
            self.hurries = True
        elif self.should_exit:
            return  # Gunicorn may repeat it, which older versions of Uvicorn take for a wish to end by force
        super().handle_exit(signal.SIGTERM if sig == signal.SIGQUIT else sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self.hurries:
            self.config.timeout_graceful_shutdown = QUICK_SECONDS
            for connection in self.server_state.connections:
                vars(connection).update(linger_seconds=0)
        logger.addFilter(is_no_cancellation)
        notice = asyncio.ensure_future(self.tell_what_it_waits_for())
        await super().shutdown(sockets=sockets)
        notice.cancel()

    async def tell_what_it_waits_for(self) -> None:
        """Log it if it takes a while, and no other worker does."""
        await asyncio.sleep(NOTICE_SECONDS)
        underway = len(self.server_state.tasks)
        if not underway or self.hurries or not server_stops.is_mine():
            return
        at_most = getattr(self.config, "timeout_graceful_shutdown", None) or self.graceful_timeout
        hint = "`docker stop` kills after 10 s, unless told otherwise by --time or stop_grace_period"
        logger.warning(
            "Waiting for open requests or streams (%d in this worker), for %d s at most: GRACEFUL_TIMEOUT is %d%s",
            underway,
            at_most,
            self.graceful_timeout,
            f"; {hint}" if self.graceful_timeout > DOCKER_SECONDS else "",
        )


def is_no_cancellation(record: logging.LogRecord) -> bool:
    """Uvicorn logs how many requests it cancels. That each of them then ends by the cancellation is no news."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))
