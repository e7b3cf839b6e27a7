"""TOML in the layouts of several tools."""

import datetime
import json
import re
from typing import Any


def key_of(text: str) -> str:
    return text if re.fullmatch("[A-Za-z0-9_-]+", text) else json.dumps(text)


def as_text(value: Any) -> str:
    """A value in one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key_of(key)} = {as_text(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(as_text, value)) + "]"
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return json.dumps(value)


def in_lines(value: Any, indent: str = "") -> str:
    """A value whose tables and lists have a line for each item, with a comma after the last (TOML 1.1)."""
    inner = indent + "    "
    if isinstance(value, dict) and value:
        items = [f"{inner}{key} = {in_lines(item, inner)},\n" for key, item in value.items()]
        return "{\n" + "".join(items) + indent + "}"
    if isinstance(value, list) and value:
        return "[\n" + "".join(f"{inner}{in_lines(item, inner)},\n" for item in value) + indent + "]"
    return as_text(value)


def a_line_each(value: Any) -> str:
    """A value in one line; a list of tables has one for each."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + "".join(f"    {as_text(item)},\n" for item in value) + "]"
    return as_text(value)


def with_headers(table: dict[str, Any], path: str) -> str:
    """A table below the header of its path; those within it have headers of their own."""
    plain, later = "", ""
    for key, value in table.items():
        if isinstance(value, dict):
            later += f"[{path}.{key}]\n" + with_headers(value, f"{path}.{key}")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            later += "".join(f"[[{path}.{key}]]\n" + with_headers(item, f"{path}.{key}") for item in value)
        else:
            plain += f"{key} = {as_text(value)}\n"
    return plain + later
