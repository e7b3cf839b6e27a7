"""The one kind of error that a user of `fetch` sees: a single line."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
BRIEF = 200  # characters of what a server or a file says


def printable(text: str) -> str:
    """The text in one line, with a question mark for each character that could change a terminal's state."""
    return "".join(character if character.isprintable() else "?" for character in " ".join(text.split()))


def brief(text: object) -> str:
    """The beginning of a text that somebody else wrote, printable and short enough to be a part of an error."""
    words = printable(str(text)[: 4 * BRIEF])
    return words if len(words) <= BRIEF else f"{words[:BRIEF]}…"


class FetchError(Exception):
    """A file that cannot be had: `thing: what is wrong; the fix`.

    `hopeless` tells that no other file can be had either (no network, disk full), so the run ends.
    """

    def __init__(self, message: str, hopeless: bool = False) -> None:
        super().__init__(printable(message))
        self.hopeless = hopeless


class Missing(FetchError):
    """The source answered that it has no such file."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns an OSError of its body into the FetchError that says why `path` cannot be written."""
    try:
        yield
    except OSError as error:
        full = error.errno in NO_SPACE
        fix = "free some space, or set TMPDIR to a folder that has more" if full else "make it writable"
        raise FetchError(f"{path}: cannot be written: {error.strerror}; {fix}", hopeless=True) from error
