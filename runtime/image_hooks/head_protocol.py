"""A limit on the time that the head of a request may take."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from image_hooks.http_protocol import HttpProtocol, refuse
from image_hooks.optional import optional


class HeadProtocol(HttpProtocol):
    """A mixin for Uvicorn's H11Protocol or HttpToolsProtocol.

    It closes a connection on which the head of a request is not complete in head_seconds: after the connection was
    made, or, for a further request, after its first byte. Until then, the keep-alive time counts, as always.
    """

    head_seconds: float
    head_timer: asyncio.TimerHandle | None = None
    # The parser of HttpToolsProtocol calls methods. The one of H11Protocol is asked.
    head_begun = in_body = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.stop_timer()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.set_timer()

    @optional
    def set_timer(self) -> None:
        if not self.awaits_head():
            self.stop_timer()
        elif self.head_timer is None:
            self.start_timer()

    @optional
    def start_timer(self) -> None:
        self.head_timer = self.loop.call_later(self.head_seconds, self.end_of_patience)

    def stop_timer(self) -> None:
        if self.head_timer is not None:
            self.head_timer.cancel()
            self.head_timer = None

    def awaits_head(self) -> bool:
        """Whether what comes next belongs to the head of a request, rather than to its body or to another protocol."""
        if self not in self.connections or (self.cycle is not None and not self.cycle.response_complete):
            return False
        if hasattr(self, "conn"):
            return str(self.conn.their_state) == "IDLE"
        return not self.in_body

    @optional
    def end_of_patience(self) -> None:
        self.head_timer = None
        if self.transport.is_closing() or not self.awaits_head():
            return
        if self.head_begun or (hasattr(self, "conn") and self.conn.trailing_data[0]):
            refuse(self.transport, HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()

    def on_message_begin(self) -> None:
        self.head_begun, self.in_body = True, False
        self.call_super("on_message_begin")

    def on_headers_complete(self) -> None:
        self.head_begun, self.in_body = False, True
        self.call_super("on_headers_complete")

    def on_message_complete(self) -> None:
        self.in_body = False
        self.call_super("on_message_complete")

    def call_super(self, name: str) -> None:
        method: Any = getattr(super(), name, None)
        if method:
            method()
