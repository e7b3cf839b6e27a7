"""The files of an image in a tar that somebody else made."""

import contextlib
import posixpath
import tarfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple

import foreign_tar
from image_files import Found, ImageFiles, lacks
from value_checks import shown

# The most members that an archive may have. An image has a few for each of its layers.
MEMBERS = 10_000
# The most links that lead from one name to a file, as Linux has it.
LINKS = 40


class _Member(NamedTuple):
    name: str
    type: bytes
    offset: int
    size: int
    link: str


class ArchiveFiles(ImageFiles):
    """The files of the uncompressed tar at `path`.

    Names of members are looked up only: none becomes the name of a file.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._members = {member.name.removeprefix("./"): member for member in _members(path)}
        except ValueError as error:
            raise ValueError(f"is damaged, or is no image archive ({error}); name one that docker save wrote") from None
        self._file = path.open("rb")

    def __enter__(self) -> "ArchiveFiles":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def _find(self, name: str) -> Found:
        found = name
        for _ in range(LINKS):
            if found not in self._members:
                raise lacks(found)
            member = self._members[found]
            if member.type in (tarfile.REGTYPE, tarfile.AREGTYPE):
                return Found(member.size, partial(self._open, member))
            if member.type not in (tarfile.SYMTYPE, tarfile.LNKTYPE):
                raise ValueError(f"{shown(name)}: is not a regular file; save the image again")
            folder = posixpath.dirname(found) if member.type == tarfile.SYMTYPE else ""
            found = posixpath.normpath(posixpath.join(folder, member.link))
        raise ValueError(f"{shown(name)}: is behind more than {LINKS} links, or leads to itself; save the image again")

    def _open(self, member: _Member) -> AbstractContextManager[IO[bytes]]:
        self._file.seek(member.offset)
        return contextlib.nullcontext(self._file)


def _members(path: Path) -> Iterator[_Member]:
    end = path.stat().st_size
    for number, info in enumerate(foreign_tar.members(path)):
        if number == MEMBERS:
            raise ValueError(f"it has more than {MEMBERS} members")
        if not 0 <= info.size <= end - info.offset_data or info.issparse():
            raise ValueError(f"{shown(info.name)} does not end before the archive does")
        yield _Member(info.name, info.type, info.offset_data, info.size, info.linkname)
