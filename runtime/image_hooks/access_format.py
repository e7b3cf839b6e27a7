"""Gunicorn's setting access_log_format for Uvicorn's access log."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, ClassVar, cast

from gunicorn.glogging import Logger

from image_hooks.http_protocol import HttpProtocol
from image_hooks.optional import optional

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class FormattedProtocol(HttpProtocol):
    """A mixin for an HTTP protocol of Uvicorn: the messages of its access log have the format.

    The records are those that Uvicorn makes, and their arguments too, for the sake of filters. But they are made when
    the response ends, as its size and duration are known only then.
    """

    log: ClassVar[Logger]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.watch_app()

    @optional
    def watch_app(self) -> None:
        adapter = AccessAdapter(self.access_logger, self.app, self.log)
        self.app, self.access_logger = cast(Any, adapter.serve), cast(logging.Logger, adapter)


class Exchange:
    """A request and its response, as far as it has gone."""

    def __init__(self, scope: Message) -> None:
        self.scope = scope
        self.begun = time.monotonic()
        self.headers: list[tuple[str, str]] = []
        self.sent = 0
        self.ended = False
        self.log_request: Callable[[], None] | None = None

    def end(self) -> None:
        self.ended = True
        if self.log_request:
            self.log_request()
            self.log_request = None


class AccessAdapter(logging.LoggerAdapter):  # type: ignore[type-arg]
    """The access logger of a connection, and the app that it serves: one exchange after the other."""

    def __init__(self, logger: logging.Logger, app: Any, log: Logger) -> None:
        super().__init__(logger, {})
        self.app = app
        self.log_of_gunicorn = log
        self.exchange: Exchange | None = None

    async def serve(self, scope: Message, receive: Receive, send: Send) -> None:
        self.exchange = exchange = Exchange(scope)

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.headers = decoded(message.get("headers", ()))
            elif message["type"] == "http.response.body":
                exchange.sent += len(message.get("body", b"")) if scope["method"] != "HEAD" else 0
                if not message.get("more_body"):
                    exchange.end()
            await send(message)

        try:
            await self.app(scope, receive, watch)
        finally:
            exchange.end()

    def info(self, msg: object, *args: object, **kwargs: Any) -> None:
        """Uvicorn calls this when a response begins: wait for its end, if the app still runs."""
        exchange, self.exchange = self.exchange, None

        def log_request() -> None:
            text = self.text(exchange, *args) if exchange else None
            self.logger.info(msg if text is None else AccessMessage(msg, text), *args, **kwargs)

        if exchange and not exchange.ended:
            exchange.log_request = log_request
        else:
            log_request()

    @optional
    def text(self, exchange: Exchange, _client: object, method: object, target: object, *rest: object) -> str:
        """The line that Gunicorn's own workers would log for this exchange, of which Uvicorn tells these arguments."""
        version, status = rest
        scope, log = exchange.scope, self.log_of_gunicorn
        client, headers = scope.get("client") or ("-", ""), decoded(scope["headers"])
        environ = {
            **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers},
            "REQUEST_METHOD": method,
            "RAW_URI": target,
            "PATH_INFO": scope["path"],
            "QUERY_STRING": scope["query_string"].decode("latin-1"),
            "SERVER_PROTOCOL": f"HTTP/{version}",
            "REMOTE_ADDR": client[0],
            "REMOTE_PORT": str(client[1]),
            "wsgi.url_scheme": scope["scheme"],
        }
        response = SimpleNamespace(status=str(status), sent=exchange.sent, headers=exchange.headers)
        duration = timedelta(seconds=time.monotonic() - exchange.begun)
        atoms = log.atoms(response, SimpleNamespace(headers=headers), environ, duration)  # type: ignore[arg-type]
        return str(log.cfg.access_log_format % log.atoms_wrapper_class(atoms))  # type: ignore[arg-type]


class AccessMessage(str):
    """Uvicorn's message, which gives another text together with its arguments."""

    text: str

    def __new__(cls, message: object, text: str) -> AccessMessage:
        made = super().__new__(cls, message)
        made.text = text
        return made

    def __str__(self) -> str:
        return self  # logging would lose the class

    def __mod__(self, _arguments: object) -> str:
        return self.text


def decoded(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
