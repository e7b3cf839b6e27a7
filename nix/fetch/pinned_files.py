"""The files that a flake pins, as their fixed-output derivations describe them (see fixed-output.nix)."""

import ast
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from fetch_error import FetchError, brief


@dataclass(frozen=True)
class PinnedFile:
    """A flat file of the store; `sha256` is in hexadecimal."""

    name: str
    sha256: str
    store_path: str


@dataclass(frozen=True)
class Deb(PinnedFile):
    """A Debian package at `path` of the archive `archive`, of `size` bytes.

    `pins` is the name of the pins that it is from.
    """

    archive: str
    path: str
    pins: str
    size: int


@dataclass(frozen=True)
class Distribution(PinnedFile):
    """A file of a Python project, called `filename` where it is. `name` is the store's, which allows fewer characters.

    It is at `url`, or else on the simple index at the URL `index`, or else, if both are empty, on the indexes of pip's
    configuration.
    """

    project: str
    version: str
    filename: str
    index: str = ""
    url: str = ""


class Wheel(Distribution):
    """A wheel."""


class Sdist(Distribution):
    """A source distribution, an archive of any format."""


DISTRIBUTIONS: dict[str, type[Distribution]] = {"wheel": Wheel, "sdist": Sdist}

# What Nix lets a name of the store be.
_STORE_NAME = re.compile(r"[A-Za-z0-9+_?=-][A-Za-z0-9+._?=-]*")


def parse_derivation(text: str) -> PinnedFile | None:
    """The file that a store derivation (the text of a .drv file) stands for; None when it stands for none.

    The format is that of Nix's store derivations: a term `Derive(...)` of strings, lists and tuples, spelt as Python
    spells them: outputs, input derivations, input sources, system, builder, arguments, environment.

    Raises ValueError if it is no such term, or lacks something that describes the file.
    """
    try:
        term = ast.literal_eval(text.strip().removeprefix("Derive"))
        outputs, _, _, _, _, _, variables = term
        environment = dict(variables)
        _, store_path, _, sha256 = outputs[0]
        return _file(environment, store_path, sha256)
    # What else literal_eval and a term of another shape raise.
    except (SyntaxError, TypeError, LookupError, MemoryError, RecursionError) as error:
        raise ValueError(f"not a derivation of a file: {type(error).__name__}") from None


def _file(environment: Mapping[str, str], store_path: str, sha256: str) -> PinnedFile | None:
    kind = environment.get("kind")
    if kind == "deb":
        given = [environment[key] for key in ("archive", "path", "pins", "size")]
    elif kind in DISTRIBUTIONS:
        given = [environment[key] for key in ("project", "version", "filename")]
        given += [environment.get(key, "") for key in ("index", "directUrl")]
    else:
        return None
    name = environment["name"]
    if not _STORE_NAME.fullmatch(name):
        raise ValueError(f"{brief(repr(name))} is not a name of the store")
    if not all(isinstance(value, str) for value in (store_path, sha256, *given)):
        raise ValueError(f"{name}: its description is not made of strings")
    if kind in DISTRIBUTIONS:
        return DISTRIBUTIONS[kind](name, sha256, store_path, *given)
    archive, path, pins, size = given
    return Deb(name, sha256, store_path, archive, path, pins, int(size))


def read_derivations(derivations: Iterable[Path]) -> list[PinnedFile]:
    """The pinned files among `derivations`, each once, sorted by name. Raises FetchError."""
    files = set()
    for path in derivations:
        try:
            file = parse_derivation(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise FetchError(f"{path}: {brief(error)}; run the fetch of the flake that made it") from None
        if file:
            files.add(file)
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
