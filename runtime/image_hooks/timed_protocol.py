"""The duration of requests, for a log that tells it."""

from __future__ import annotations

import logging
import time
from typing import Any, cast

from image_hooks.http_protocol import HttpProtocol
from image_hooks.optional import optional


class TimedProtocol(HttpProtocol):
    """A mixin for an HTTP protocol of Uvicorn: the records of its access log have an attribute `arrived`.

    That is when the first bytes of the request came, in seconds of time.perf_counter.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_to_records()

    @optional
    def add_to_records(self) -> None:
        self.extra: dict[str, float] = {}
        # Uvicorn calls nothing but info(), which an adapter has.
        self.access_logger = cast(logging.Logger, logging.LoggerAdapter(self.access_logger, self.extra))

    def data_received(self, data: bytes) -> None:
        self.note_arrival()
        super().data_received(data)

    @optional
    def note_arrival(self) -> None:
        if self.cycle is None or self.cycle.response_complete:  # so these bytes begin a request
            self.extra["arrived"] = time.perf_counter()
