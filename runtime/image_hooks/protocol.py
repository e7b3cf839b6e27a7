"""What the image adds to Uvicorn's HTTP protocols."""

LINGER_SECONDS = 2
CLOSE = (b"connection", b"close")


def graceful(protocol: type) -> type:
    """A subclass of H11Protocol or HttpToolsProtocol that loses no request when its worker stops.

    Uvicorn at once closes a connection that is idle then, though the next request may be on its way. This one
    waits for it until the connection's keep-alive time or LINGER_SECONDS are over, and its answer to whatever comes
    says `Connection: close`.
    """

    class Graceful(protocol):
        def shutdown(self) -> None:
            state = self.server_state  # of all connections: those that are still to be made learn it, too
            if CLOSE not in state.default_headers:
                state.default_headers = state.default_headers + [CLOSE]
            # A response that has begun can't say any more that it is the last one.
            self.timeout_keep_alive = min(self.timeout_keep_alive, LINGER_SECONDS)
            if self.cycle is None or self.cycle.response_complete:
                self.loop.call_later(LINGER_SECONDS, self.stop_waiting)
            else:
                self.cycle.default_headers = state.default_headers

        def stop_waiting(self) -> None:
            if not self.transport.is_closing():
                super().shutdown()

        def handle_websocket_upgrade(self, *event: object) -> None:
            if CLOSE in self.server_state.default_headers:  # no time left for a connection that lasts
                self.transport.close()
            else:
                super().handle_websocket_upgrade(*event)

    return Graceful
