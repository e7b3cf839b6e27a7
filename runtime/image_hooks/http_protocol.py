"""Uvicorn's classes of HTTP connections, and what they log."""

from __future__ import annotations

from asyncio import Transport
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.protocols.http.h11_impl import H11Protocol

# The base of a mixin for these classes. The type checker takes it for H11Protocol, which HttpToolsProtocol is like.
if TYPE_CHECKING:
    HttpProtocol = H11Protocol
else:
    HttpProtocol = object

# Their message for a request. An app may use the same logger for messages of its own.
UVICORN_FORMAT = '%s - "%s %s HTTP/%s" %d'

# Where the classes are for which the mixins are made.
MODULES = ("uvicorn.protocols.http.h11_impl", "uvicorn.protocols.http.httptools_impl")


def class_of(config: Config) -> type:
    """The class that Uvicorn's setting `http` is or names."""
    from uvicorn.config import HTTP_PROTOCOLS
    from uvicorn.importer import import_from_string

    if not isinstance(config.http, str):
        return config.http
    named: type = import_from_string(HTTP_PROTOCOLS.get(config.http, config.http))
    return named


def is_known(protocol: type) -> bool:
    """Whether the mixins are made for this class."""
    return any(base.__module__ in MODULES for base in protocol.__mro__)


def refuse(transport: Transport, status: HTTPStatus) -> None:
    """Answer with this status, without a body, and close the connection."""
    transport.write(f"HTTP/1.1 {status} {status.phrase}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".encode())
    transport.close()
