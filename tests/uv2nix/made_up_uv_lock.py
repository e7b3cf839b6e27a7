"""uv.locks that are made up, in the layout that uv gives them."""

import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from made_up_lock import NIX
from made_up_toml import a_line_each, key_of

WheelsOf = Callable[..., subprocess.CompletedProcess[str]]

# The stage, with nothing that only building needs.
STAGE = f"""
  (import {NIX}/uv2nix {{
    poetry2nix = null;
    pyproject = import {NIX}/pyproject {{ systems = import {NIX}/systems.nix; bootstrap = null; fetch = null; }};
  }})
"""

INDEX = {"registry": "https://index.example/simple"}
PROJECT: dict[str, Any] = {"project": {"name": "app", "version": "1", "dependencies": ["pure"]}}


def file(name: str) -> dict[str, Any]:
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    return {"url": f"https://files.example/ab/{name}", "hash": f"sha256:{sha256}", "size": 7}


def package(name: str, *wheels: str, version: str = "1.0", **fields: Any) -> dict[str, Any]:
    """A package of the index; without names of wheels, it has one of pure Python."""
    names = wheels or (f"{name.replace('-', '_')}-{version}-py3-none-any.whl",)
    return {"name": name, "version": version, "source": INDEX, "wheels": [file(wheel) for wheel in names]} | fields


def project(
    *dependencies: Any, name: str = "app", source: dict[str, str] | None = None, **tables: Any
) -> dict[str, Any]:
    """A member of the workspace that depends on these."""
    edges = [{"name": edge} if isinstance(edge, str) else edge for edge in dependencies]
    return {"name": name, "version": "1", "source": source or {"virtual": "."}, "dependencies": edges} | tables


def lines(table: dict[str, Any]) -> str:
    """What of a table has no header of its own; a source never has one."""
    plain = {key: value for key, value in table.items() if not isinstance(value, dict) or key == "source"}
    return "".join(f"{key_of(key)} = {a_line_each(value)}\n" for key, value in plain.items())


def tables(path: str, table: dict[str, Any]) -> str:
    """The tables within a table, below their headers."""
    inner = {key_of(key): value for key, value in table.items() if isinstance(value, dict) and key != "source"}
    return "".join(f"[{path}{key}]\n{lines(value)}{tables(f'{path}{key}.', value)}" for key, value in inner.items())


def write_lock(path: Path, head: dict[str, Any], packages: list[dict[str, Any]]) -> None:
    entries = [f"\n[[package]]\n{lines(entry)}{tables('package.', entry)}" for entry in packages]
    path.write_text(lines(head) + tables("", head) + "".join(entries))


APP = project("pure", metadata={"requires-dist": [{"name": "pure"}]})
PURE = package("pure")
