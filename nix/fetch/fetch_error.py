"""The one kind of error that a user of `fetch` sees: a single line."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class FetchError(Exception):
    """A file that cannot be had: `thing: what is wrong; the fix`.

    `hopeless` tells that no other file can be had either (no network, disk full), so the run ends.
    """

    def __init__(self, message: str, hopeless: bool = False) -> None:
        super().__init__(message)
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
