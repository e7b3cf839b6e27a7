"""The files that a flake pins, as their fixed-output derivations describe them (see fixed-output.nix)."""

import ast
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fetch_error import FetchError


@dataclass(frozen=True)
class PinnedFile:
    """A flat file of the store; `sha256` is in hexadecimal."""

    name: str
    sha256: str
    store_path: str


@dataclass(frozen=True)
class Deb(PinnedFile):
    """A Debian package at `path` of the archive `archive`; `pins` is the name of the pins that it is from.

    `size` is in bytes, None if nothing tells it.
    """

    archive: str
    path: str
    pins: str
    size: int | None = None


@dataclass(frozen=True)
class Wheel(PinnedFile):
    """A wheel of the package index; `name` is its file name."""

    project: str
    version: str


def parse_derivation(text: str) -> PinnedFile | None:
    """The file that a store derivation (the text of a .drv file) stands for; None when it stands for none.

    The format is that of Nix's store derivations: a term `Derive(...)` of strings, lists and tuples, spelt as Python
    spells them: outputs, input derivations, input sources, system, builder, arguments, environment.

    Raises ValueError if it is no such term.
    """
    outputs, _, _, _, _, _, environment = ast.literal_eval(text.strip().removeprefix("Derive"))
    _, store_path, _, sha256 = outputs[0]
    env: dict[str, str] = dict(environment)
    match env.get("kind"):
        case "deb":
            return Deb(env["name"], sha256, store_path, env["archive"], env["path"], env["pins"], int(env["size"]))
        case "wheel":
            return Wheel(env["name"], sha256, store_path, env["project"], env["version"])
    return None


def read_derivations(derivations: Iterable[Path]) -> list[PinnedFile]:
    """The pinned files among `derivations`, each once, sorted by name."""
    files = {file for path in derivations if (file := parse_derivation(path.read_text()))}
    return sorted(files, key=lambda file: (file.name, file.sha256))


def verify(file: PinnedFile, path: Path) -> None:
    """Raises FetchError unless the content at `path` is that of `file`."""
    try:
        with path.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise FetchError(f"{path}: cannot be read: {error.strerror}; make it readable") from error
    if found != file.sha256:
        raise FetchError(f"{file.name}: sha256 differs: {path.parent} has another file of that name; remove it")
