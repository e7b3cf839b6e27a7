"""HTTP connections that lose no request when their worker stops."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from image_hooks.http_protocol import HttpProtocol, refuse
from image_hooks.optional import optional

CLOSE = (b"connection", b"close")


class GracefulProtocol(HttpProtocol):
    """A mixin for Uvicorn's H11Protocol or HttpToolsProtocol.

    When its worker stops, Uvicorn closes a connection at once if it is idle, though a request may be on its way. With
    this mixin, the connection waits for one: linger_seconds, or its keep-alive time if that is shorter. Every response
    that begins from now on says `Connection: close`.
    """

    linger_seconds = 2

    def shutdown(self) -> None:
        if not self.lingers():
            super().shutdown()

    @optional
    def lingers(self) -> bool:
        # All connections of the worker share this state, so those that are still to be made have the header, too.
        state = self.server_state
        if CLOSE not in state.default_headers:
            state.default_headers = [*state.default_headers, CLOSE]
        # Older versions of Uvicorn have a copy of it in each connection.
        vars(self).update(default_headers=state.default_headers)
        # A response that has begun can no longer say that it is the last one. So its connection waits afterwards.
        self.timeout_keep_alive = min(self.timeout_keep_alive, self.linger_seconds)
        if self.cycle is None or self.cycle.response_complete:
            self.loop.call_later(self.linger_seconds, self.stop_waiting)
        else:
            self.cycle.default_headers = state.default_headers
        return True

    def stop_waiting(self) -> None:
        if not self.transport.is_closing():
            super().shutdown()

    def handle_websocket_upgrade(self, *event: Any) -> None:
        """H11Protocol gives the event, HttpToolsProtocol nothing."""
        if not self.refuses_websocket():
            super().handle_websocket_upgrade(*event)

    @optional
    def refuses_websocket(self) -> bool:
        if CLOSE not in self.server_state.default_headers:
            return False
        refuse(self.transport, HTTPStatus.SERVICE_UNAVAILABLE)  # no time is left for a connection that lasts
        return True
