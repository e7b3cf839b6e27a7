"""Locks and projects that are made up, and what an evaluation of one says."""

import hashlib
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from made_up_toml import as_text

NIX = Path(__file__).parents[2] / "nix"

Evaluate = Callable[..., "subprocess.CompletedProcess[str]"]
# The stage, with nothing that only building needs.
STAGE = f"""
  (import {NIX}/poetry2nix {{
    python = null;
    pyproject = import {NIX}/pyproject {{ systems = import {NIX}/systems.nix; bootstrap = null; fetch = null; }};
  }})
"""

PYTHON = {
    "version": "3.9.2",
    "implementation": "cpython",
    "glibc": "2.31",
    "system": "x86_64-linux",
    "prefix": "/usr/local",
}
PROJECT = {"tool": {"poetry": {"dependencies": {"python": "^3.9"}}}}
RELEVANT = {
    "project": ["requires-python", "dependencies", "optional-dependencies"],
    "poetry": ["dependencies", "source", "extras", "dev-dependencies", "group"],
}

WheelsOf = Callable[..., subprocess.CompletedProcess[str]]


def content_hash(pyproject: dict[str, Any]) -> str:
    """Poetry's hash of the parts of a pyproject.toml that decide about dependencies."""
    poetry = pyproject.get("tool", {}).get("poetry", {})
    project = {key: value for key, value in pyproject.get("project", {}).items() if key in RELEVANT["project"]}
    groups = pyproject.get("dependency-groups", {})
    content = {key: value for key, value in poetry.items() if key in RELEVANT["poetry"]}
    if project or groups:
        content = {"tool": {"poetry": content}}
        content |= {"project": project} if project else {}
        content |= {"dependency-groups": groups} if groups else {}
    else:
        content = dict.fromkeys(RELEVANT["poetry"][:4]) | content
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def write_toml(path: Path, document: dict[str, Any], comment: str = "") -> None:
    path.write_text(f"# {comment}\n" + "".join(f"{key} = {as_text(value)}\n" for key, value in document.items()))


def package(name: str, *files: str, version: str = "1.0", **fields: Any) -> dict[str, Any]:
    """An entry of a lock, with made-up hashes."""
    hashes = [{"file": file, "hash": "sha256:" + hashlib.sha256(file.encode()).hexdigest()} for file in files]
    return {"name": name, "version": version, "optional": False, "groups": ["main"], "files": hashes} | fields


def filenames(finished: subprocess.CompletedProcess[str]) -> list[str]:
    assert finished.returncode == 0, finished.stderr
    return [wheel["filename"] for wheel in json.loads(finished.stdout)]


def complaint(finished: subprocess.CompletedProcess[str]) -> str:
    """The one line that the user sees."""
    assert finished.returncode != 0, finished.stdout
    lines = [line.strip() for line in finished.stderr.splitlines() if line.strip().startswith("error: ")]
    assert len(lines) == 1, finished.stderr
    assert re.match("error: ([a-z]+2nix|pyproject): ", lines[0]), lines
    return lines[0]


PURE = package("pure", "pure-1.0-py3-none-any.whl", "pure-1.0.tar.gz")
DEV: dict[str, Any] = {"tool": {"poetry": {"group": {"dev": {"dependencies": {}}}}}}
