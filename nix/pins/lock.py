"""Locks: which files the packages of a pins file are, in `nix/pins/<name>.lock.json`."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypedDict

from forms import ARCHITECTURE, ARCHIVE, LAYER, PACKAGE, PATH, SHA256, VERSION, matches


class Package(TypedDict):
    """A file of an archive: sha256 in hex, size in bytes, path below the archive's URL."""

    name: str
    version: str
    architecture: str
    archive: str
    path: str
    sha256: str
    size: int


_FORMS = {
    "name": PACKAGE,
    "version": VERSION,
    "architecture": ARCHITECTURE,
    "archive": ARCHIVE,
    "path": PATH,
    "sha256": SHA256,
}

# The packages of each layer, for each Debian architecture.
Layers = dict[str, dict[str, list[Package]]]


@dataclass(frozen=True)
class Lock:
    """What a lock holds.

    created  seconds since 1970: the newest date of the archives
    input    the hash of what the pins file asked for
    """

    created: int
    input: str
    layers: Layers


def content_hash(value: Any) -> str:
    """The sha256 in hex of a JSON value however it is laid out, the same as nix/pins/default.nix computes."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def render(lock: Lock) -> str:
    """The lock as JSON with one package a line, and with a checksum that reveals an edit by hand."""
    lines = ["{", f'  "checksum": "{content_hash(asdict(lock))}",']
    lines += [f'  "created": {lock.created},', f'  "input": "{lock.input}",', '  "layers": {']
    for architecture, layers in lock.layers.items():
        lines.append(f'    "{architecture}": {{')
        lines += render_lists(layers)
        lines.append("    },")
    lines[-1] = lines[-1].removesuffix(",")
    return "\n".join([*lines, "  }", "}", ""])


def render_lists(lists: Mapping[str, Sequence[Package]]) -> list[str]:
    """Lists of packages by their names, as lines of a JSON object that is six spaces deep."""
    lines = []
    for name, packages in lists.items():
        rows = ",\n".join(f"        {json.dumps(package)}" for package in packages)
        lines.append(f"      {json.dumps(name)}: [\n{rows}\n      ],")
    if lines:
        lines[-1] = lines[-1].removesuffix(",")
    return lines


def read(path: Path) -> Lock | None:
    """The lock of a file; None unless it is as `write` left it. Raises OSError."""
    # Whoever edits a lock by hand can make its checksum, too.
    match read_checked(path):
        case {"created": int(created), "input": str(input_), "layers": dict(layers), **rest} if not rest:
            return Lock(created, input_, layers) if _layers_have_form(layers) else None
    return None


def read_checked(path: Path) -> dict[str, Any] | None:
    """What a file's JSON object says beside its checksum; None if it has no checksum that fits. Raises OSError."""
    try:
        content = json.loads(path.read_bytes())
        if isinstance(content, dict) and content.pop("checksum", None) == content_hash(content):
            return content
    except (FileNotFoundError, ValueError, RecursionError):
        pass
    return None


def _layers_have_form(layers: dict[str, Any]) -> bool:
    return all(
        matches(architecture, ARCHITECTURE)
        and isinstance(of_architecture, dict)
        and all(
            matches(layer, LAYER) and isinstance(packages, list) and all(map(has_form, packages))
            for layer, packages in of_architecture.items()
        )
        for architecture, of_architecture in layers.items()
    )


def has_form(package: Any) -> bool:
    """Whether a value is a Package, each of whose fields has its form."""
    return (
        isinstance(package, dict)
        and package.keys() == Package.__annotations__.keys()
        and all(matches(package[field], form) for field, form in _FORMS.items())
        and type(package["size"]) is int
        and package["size"] >= 0
    )


def write(path: Path, lock: Lock) -> None:
    """Put the lock into a file, all of it or nothing. Raises OSError."""
    write_whole(path, render(lock))


def write_whole(path: Path, text: str) -> None:
    """Put the text into a file, all of it or nothing. Raises OSError."""
    unfinished = path.with_suffix(".new")
    try:
        unfinished.write_text(text)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
