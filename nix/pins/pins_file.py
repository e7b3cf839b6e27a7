"""Pins files: what a person asks for in `nix/pins/<name>.toml`, read and checked."""

import re
import tomllib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from forms import ARCHITECTURE, LAYER, PACKAGE, PYTHON, SOURCE, SUITE, matches
from lock import content_hash
from update_error import UpdateError

T = TypeVar("T")

_KINDS = {bool: "true or false", dict: "a table", list: "a list of strings", str: "a string"}


@dataclass(frozen=True)
class Layer:
    """What one layer asks for. It holds these packages and all that they depend on, less what the layer below holds.

    packages   the names of packages
    only       { Debian architecture: the names of further packages that it alone has }
    over       the name of the layer below, which stands earlier in the file; None if there is none
    essential  whether the packages that Debian marks as essential come too
    exact      whether these packages come alone, without what they depend on
    """

    packages: list[str]
    only: dict[str, list[str]] = field(default_factory=dict)
    over: str | None = None
    essential: bool = False
    exact: bool = False

    def packages_for(self, architecture: str) -> list[str]:
        """What it asks for on this Debian architecture."""
        return [*self.packages, *self.only.get(architecture, [])]


@dataclass(frozen=True)
class Pins:
    """A pins file that holds all it must, in the right form.

    suite     Debian's name of the release, such as "bullseye"
    python    the minor version of the Python that images are made of, such as "3.9"; None if no images are made of them
    final     whether the archives no longer change, so that their mirrors keep every file of the lock
    rolling   whether they change every day, so that mirrors drop files of the lock within days
    archives  the suites of each archive, of which the component main is used; "trixie [arch=amd64]" is for amd64 alone
    layers    by their names, in the order of the file
    input     the hash of archives and layers: a lock that has another was made for other pins
    """

    suite: str
    python: str | None
    final: bool
    rolling: bool
    archives: dict[str, list[str]]
    layers: dict[str, Layer]
    input: str


def read(path: Path, archives: Collection[str]) -> Pins:
    """The pins of a file, which may name no archives but these. Raises UpdateError, OSError."""
    text = path.read_bytes()
    try:
        return _pins(tomllib.loads(text.decode()), archives)
    except ValueError as error:
        raise UpdateError(f"{error}; mend {path}") from None
    except RecursionError:
        raise UpdateError(f"nested too deep; mend {path}") from None


def _pins(table: dict[str, Any], archives: Collection[str]) -> Pins:
    _known(table, ("suite", "python", "final", "rolling", "archives", "layers"))
    _known(_names(table, "archives"), archives, "archives")
    layers: dict[str, Layer] = {}
    for name in _names(table, "layers"):
        layers[_matching(name, LAYER, "layers")] = _layer(table["layers"], name, layers)
    return Pins(
        suite=_matching(_get(table, "suite", str), SUITE, "suite"),
        python=_matching(table["python"], PYTHON, "python") if "python" in table else None,
        final=_get(table, "final", bool, default=False),
        rolling=_get(table, "rolling", bool, default=False),
        archives={name: _strings(table["archives"], name, SOURCE, "archives") for name in table["archives"]},
        layers=layers,
        input=content_hash({key: table[key] for key in ("archives", "layers")}),
    )


def _layer(layers: dict[str, Any], name: str, earlier: Collection[str]) -> Layer:
    at = f"layers.{name}"
    table = _get(layers, name, dict, "layers")
    _known(table, ("over", "essential", "exact", "packages", "only"), at)
    over = _get(table, "over", str, at) if "over" in table else None
    if over is not None and over not in earlier:
        raise ValueError(f"{at}.over: no layer {_shown(over)} stands before this one")
    only = _get(table, "only", dict, at, default={})
    return Layer(
        # What is there for some architectures alone may be all that there is.
        packages=[] if only and "packages" not in table else _strings(table, "packages", PACKAGE, at),
        only={
            _matching(name, ARCHITECTURE, f"{at}.only"): _strings(only, name, PACKAGE, f"{at}.only") for name in only
        },
        over=over,
        essential=_get(table, "essential", bool, at, default=False),
        exact=_get(table, "exact", bool, at, default=False),
    )


def _get(table: dict[str, Any], key: str, kind: type[T], at: str = "", default: T | None = None) -> T:
    """The value of a key, which is of this type; `default` where the key is missing."""
    value = table.get(key, default)
    if value is None:
        raise ValueError(f"{_dotted(at, key)}: missing")
    if not isinstance(value, kind):
        raise ValueError(f"{_dotted(at, key)}: {_shown(value)} is not {_KINDS[kind]}")
    return value


def _names(table: dict[str, Any], key: str) -> list[str]:
    """The keys of a table of this table, which must have some."""
    names = list(_get(table, key, dict))
    if not names:
        raise ValueError(f"{key}: empty")
    return names


def _strings(table: dict[str, Any], key: str, form: tuple[str, str], at: str) -> list[str]:
    """A list of strings of this form, which must hold some."""
    strings = [_matching(value, form, _dotted(at, key)) for value in _get(table, key, list, at)]
    if not strings:
        raise ValueError(f"{_dotted(at, key)}: empty")
    return strings


def _matching(value: Any, form: tuple[str, str], at: str) -> str:
    if not matches(value, form):
        raise ValueError(f"{at}: {_shown(value)} is not {form[1]}")
    return str(value)


def _shown(value: Any) -> str:
    words = repr(value)
    return words if len(words) <= 100 else f"{words[:100]}…"


def _known(keys: Iterable[str], known: Collection[str], at: str = "") -> None:
    for key in keys:
        if key not in known:
            raise ValueError(f"{_dotted(at, key)}: not one of {', '.join(known)}")


def _dotted(at: str, key: str) -> str:
    """The key as TOML writes it, in one line whatever it holds."""
    word = key if re.fullmatch("[A-Za-z0-9_-]{1,100}", key) else _shown(key)
    return f"{at}.{word}" if at else word
