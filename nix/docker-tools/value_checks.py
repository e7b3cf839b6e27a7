"""Checks of JSON values, made of smaller ones.

A check is called with the place of a value in its document, for the error, and the value. It raises ValueError if the
value is wrong. The place of the document itself is "".

Example: list_of(text)("config.Cmd", "/start.sh") raises ValueError("config.Cmd: '/start.sh' is not a list")
"""

import re
import reprlib
from collections.abc import Callable, Collection, Mapping
from typing import Any

Check = Callable[[str, Any], None]

_SHORT = reprlib.Repr()
_SHORT.maxstring = 200


def shown(name: str) -> str:
    """A name or text from elsewhere, fit for an error: without control characters, and not too long."""
    return name if name.isprintable() and len(name) <= _SHORT.maxstring else _SHORT.repr(name)


def require(condition: Any, where: str, value: Any, wanted: str) -> None:
    """Raise ValueError, which says that the value is not what is wanted, unless the condition is true."""
    if not condition:
        raise ValueError(_at(where, f"{_SHORT.repr(value)} is not {wanted}"))


def _at(where: str, message: str) -> str:
    return f"{where}: {message}" if where else message


def _inside(where: str, key: str) -> str:
    return f"{where}.{shown(key)}" if where else shown(key)


def text_like(pattern: str, wanted: str) -> Check:
    """A check for a string that matches the regular expression from its beginning to its end."""
    compiled = re.compile(pattern, re.DOTALL)
    return lambda where, value: require(isinstance(value, str) and compiled.fullmatch(value), where, value, wanted)


def list_of(check_item: Check) -> Check:
    """A check for a list, each item of which passes `check_item`."""

    def check_list(where: str, value: Any) -> None:
        require(isinstance(value, list), where, value, "a list")
        for item in value:
            check_item(where, item)

    return check_list


def map_of(check_key: Check, check_value: Check) -> Check:
    """A check for a set (a JSON object), the keys and values of which pass these checks."""

    def check_map(where: str, value: Any) -> None:
        require(isinstance(value, dict), where, value, "a set")
        for key, item in value.items():
            check_key(where, key)
            check_value(_inside(where, key), item)

    return check_map


def properties(checks: Mapping[str, Check], *, required: Collection[str] = (), others: bool = False) -> Check:
    """A check for a set whose values pass the check of their key. Keys without one are wrong, unless `others`."""

    def check_properties(where: str, value: Any) -> None:
        require(isinstance(value, dict), where, value, "a set")
        for key in required:
            if key not in value:
                raise ValueError(_at(where, f"lacks {key}"))
        for key, item in value.items():
            if key in checks:
                checks[key](_inside(where, key), item)
            elif not others:
                raise ValueError(f"{_inside(where, key)}: is unknown; known are {', '.join(sorted(checks))}")

    return check_properties


def optional(check: Check) -> Check:
    """A check that a null passes, too."""
    return lambda where, value: None if value is None else check(where, value)


def whole_number(where: str, value: Any) -> None:
    """A check for a number from 0 on, without a fraction, that has 64 bits."""
    require(type(value) is int and 0 <= value < 2**63, where, value, "a whole number from 0 on")


def positive(where: str, value: Any) -> None:
    """A check for a whole number from 1 on."""
    require(type(value) is int and value > 0, where, value, "a whole number from 1 on")


def boolean(where: str, value: Any) -> None:
    """A check for true or false."""
    require(isinstance(value, bool), where, value, "true or false")


text = text_like(r"[^\0]*", "a string")
"""A check for a string that a C program can take."""
