"""Uvicorn's classes of HTTP connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.protocols.http.h11_impl import H11Protocol

# The base of a mixin for these classes. The type checker takes it for H11Protocol, which HttpToolsProtocol is like.
if TYPE_CHECKING:
    HttpProtocol = H11Protocol
else:
    HttpProtocol = object


def class_of(config: Config) -> type:
    """The class that Uvicorn's setting `http` is or names."""
    from uvicorn.config import HTTP_PROTOCOLS
    from uvicorn.importer import import_from_string

    if not isinstance(config.http, str):
        return config.http
    named: type = import_from_string(HTTP_PROTOCOLS.get(config.http, config.http))
    return named
