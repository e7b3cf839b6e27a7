"""What the server can do without: where it fails, it is left out, and the server goes on as it would without it.

Most of what the hooks touch is nobody's promise: methods and attributes of Gunicorn and Uvicorn that another version
may name or call in another way. So whatever they add to a method is a function of its own, with this decorator.
"""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

reported: set[str] = set()


def optional(function: Function) -> Function:
    """Let it return None, rather than raise an Exception. The first one in a process is a line in the log."""

    @functools.wraps(function)
    def attempt(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            report(function, error)

    @functools.wraps(function)
    async def attempt_to_wait(*args: Any, **kwargs: Any) -> Any:
        try:
            return await function(*args, **kwargs)
        except Exception as error:
            report(function, error)

    return attempt_to_wait if inspect.iscoroutinefunction(function) else attempt  # type: ignore[return-value]


def report(function: Callable[..., Any], error: Exception) -> None:
    name = f"{function.__module__}.{function.__qualname__}"
    if name not in reported:
        reported.add(name)
        log = logging.getLogger("gunicorn.error")
        log.warning("%s is left out, as it does not fit the server: %s: %s", name, type(error).__name__, error)
