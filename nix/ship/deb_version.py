"""The order of the versions of Debian packages (deb-version(7))."""

import re
from functools import total_ordering
from itertools import zip_longest
from typing import Any

# What a version is: [epoch:]upstream[-revision].
_FORM = re.compile(r"(?:(?P<epoch>\d+):)?(?P<upstream>[A-Za-z0-9.+~-]+?)(?:-(?P<revision>[A-Za-z0-9.+~]+))?", re.ASCII)

# A run of other characters than digits, by their ranks, and the number after it.
Pair = tuple[list[int], int]
# What stands for the rest of a text that has ended: "1.0" is "1.0-0", and before it is "1.0~".
_END: Pair = ([0], 0)


@total_ordering
class DebVersion:
    """A version, which is less than another one if that is newer. Raises ValueError for a text that is none.

    Example: DebVersion("1.0~rc1-1") < DebVersion("1.0-1") < DebVersion("1:0.9-1")
    """

    def __init__(self, text: str) -> None:
        parts = _FORM.fullmatch(text)
        if parts is None:
            raise ValueError(f"{text!r:.100} is no version of a Debian package")
        self._epoch = int(parts["epoch"] or 0)
        self._parts = [_pairs(parts["upstream"]), _pairs(parts["revision"] or "")]

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, DebVersion) and not (self < other or other < self)

    def __lt__(self, other: "DebVersion") -> bool:
        if self._epoch != other._epoch:
            return self._epoch < other._epoch
        for ours, theirs in zip(self._parts, other._parts, strict=True):
            for pair, another in zip_longest(ours, theirs, fillvalue=_END):
                if pair != another:
                    return pair < another
        return False


def _pairs(text: str) -> list[Pair]:
    return [([*map(_rank, run), 0], int(number or 0)) for run, number in re.findall(r"([^0-9]*)([0-9]*)", text)]


def _rank(character: str) -> int:
    """A tilde is before the end of the text, which is 0, and letters are before all others."""
    if character == "~":
        return -1
    return ord(character) if character.isalpha() else ord(character) + 256
