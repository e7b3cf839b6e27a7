"""The order of the versions of Debian packages (deb-version(7))."""

import re
from functools import total_ordering
from typing import Any

# What a version is: [epoch:]upstream[-revision].
_FORM = re.compile(r"(?:(?P<epoch>\d+):)?(?P<upstream>[A-Za-z0-9.+~-]+?)(?:-(?P<revision>[A-Za-z0-9.+~]+))?", re.ASCII)


@total_ordering
class DebVersion:
    """A version, which is less than another one if that is newer. Raises ValueError for a text that is none.

    Example: DebVersion("1.0~rc1-1") < DebVersion("1.0-1") < DebVersion("1:0.9-1")
    """

    def __init__(self, text: str) -> None:
        parts = _FORM.fullmatch(text)
        if parts is None:
            raise ValueError(f"{text!r:.100} is no version of a Debian package")
        self._key = (int(parts["epoch"] or 0), _key(parts["upstream"]), _key(parts["revision"] or ""))

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, DebVersion) and self._key == other._key

    def __lt__(self, other: "DebVersion") -> bool:
        return self._key < other._key

    def __hash__(self) -> int:
        return hash(self._key)


def _key(text: str) -> list[tuple[list[int], int]]:
    """Runs of other characters and numbers, in turns; a run that ends sorts before all but a tilde."""
    pairs = re.findall(r"([^0-9]*)([0-9]*)", text)
    return [([*map(_weight, run), 0], int(number or 0)) for run, number in pairs]


def _weight(character: str) -> int:
    """The rank of a character: a tilde is before the end of the text, letters are before all others."""
    if character == "~":
        return -1
    return ord(character) if character.isalpha() else ord(character) + 256
