"""The files of an archive that somebody else made: found by name, read in small pieces, held to their digests."""

import contextlib
import hashlib
import io
import json
import posixpath
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from decompress import CHUNK
from oci_layout import encode
from value_checks import Check, shown

# The most members that an archive may have. An image has a few for each of its layers.
MEMBERS = 10_000
# The most links that lead from one name to a file, as Linux has it.
LINKS = 40
# The longest name, in characters, as Linux has it; and the most bytes of what a member has beside its plain header.
NAME = 4096
HEADER = 1 << 16
# The most keys that the pax headers for all members may set.
GLOBAL_KEYS = 100
# The most bytes of a JSON document. Registries take no larger manifest either.
DOCUMENT = 4 << 20

# What tarfile raises for a damaged tar.
_NO_TAR = (tarfile.TarError, ValueError, OverflowError, IndexError, KeyError, RecursionError, OSError)


@dataclass(frozen=True)
class Blob:
    """A file of the archive, with the digest ("sha256:…") and the size in bytes that another of its files states."""

    name: str
    digest: str | None = None
    size: int | None = None


class _Member(NamedTuple):
    name: str
    type: bytes
    offset: int
    size: int
    link: str


@contextlib.contextmanager
def naming(name: str) -> Iterator[None]:
    """Begin the ValueError for what is wrong with a file with its name."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{shown(name)}: {error}") from None


def parse_json(content: bytes, name: str, check: Check) -> Any:
    """The JSON document in the file `name`. Raises ValueError if it is none, or does not pass the check."""
    with naming(name):
        try:
            document = json.loads(content.decode())
            encode(document)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"is no JSON document ({error})") from None
        check("", document)
    return document


class ArchiveFiles:
    """The files of the uncompressed tar at `path`.

    Names of members are looked up only: none becomes the name of a file. All methods raise ValueError for what is wrong
    with the archive. They read it once and in the order of the calls, whatever the archive says.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._members = {member.name.removeprefix("./"): member for member in _members(path)}
        except _NO_TAR as error:
            raise ValueError(f"is damaged, or is no image archive ({error}); name one that docker save wrote") from None
        self._file = path.open("rb")

    def __enter__(self) -> "ArchiveFiles":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def read_json(self, blob: Blob, check: Check) -> Any:
        """The JSON document in a file."""
        return parse_json(self.read(blob), blob.name, check)

    def read(self, blob: Blob) -> bytes:
        """The content of a file that is a JSON document."""
        if self._find(blob.name).size > DOCUMENT:
            raise ValueError(f"{shown(blob.name)}: is larger than {DOCUMENT >> 20} MiB, as no document of an image is")
        with naming(blob.name):
            return b"".join(self.chunks(blob))

    def chunks(self, blob: Blob) -> Iterator[bytes]:
        """The content of a file, piece by piece. If it is not as `blob` says, an error comes after the last piece."""
        member = self._find(blob.name)
        return self._chunks(member, blob)

    def _chunks(self, member: _Member, blob: Blob) -> Iterator[bytes]:
        if blob.size not in (None, member.size):
            raise ValueError(f"has {member.size} bytes instead of {blob.size}; save the image again")
        found = hashlib.sha256()
        self._file.seek(member.offset)
        left = member.size
        while left:
            chunk = self._file.read(min(left, CHUNK))
            if not chunk:
                raise ValueError("is cut short; save the image again")
            found.update(chunk)
            left -= len(chunk)
            yield chunk
        if blob.digest not in (None, f"sha256:{found.hexdigest()}"):
            raise ValueError(
                f"has the digest sha256:{found.hexdigest()} instead of {blob.digest}; save the image again"
            )

    def _find(self, name: str) -> _Member:
        """The regular file of this name, which may be behind links."""
        found = name
        for _ in range(LINKS):
            if found not in self._members:
                raise ValueError(f"lacks the file {shown(found)}; is it an archive that docker save wrote?")
            member = self._members[found]
            if member.type in (tarfile.REGTYPE, tarfile.AREGTYPE):
                return member
            if member.type not in (tarfile.SYMTYPE, tarfile.LNKTYPE):
                raise ValueError(f"{shown(name)}: is not a regular file; save the image again")
            folder = posixpath.dirname(found) if member.type == tarfile.SYMTYPE else ""
            found = posixpath.normpath(posixpath.join(folder, member.link))
        raise ValueError(f"{shown(name)}: is behind more than {LINKS} links, or leads to itself; save the image again")


class _SmallReads(io.FileIO):
    """A file for tarfile, which would read an extended header of any size at once."""

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= HEADER:
            raise ValueError("an extended header has an absurd size")
        return super().read(size)


def _members(path: Path) -> Iterator[_Member]:
    end = path.stat().st_size
    offset = -1
    with _SmallReads(path) as file, tarfile.open(fileobj=file, mode="r:") as archive:
        for _ in range(MEMBERS + 1):
            info = archive.next()
            if info is None:
                return
            # tarfile keeps them, with all their extended headers.
            archive.members.clear()  # type: ignore[attr-defined]
            if not 0 <= info.size <= end - info.offset_data or info.offset_data <= offset or info.issparse():
                raise ValueError(f"{shown(info.name)} does not end before the archive does")
            if max(len(info.name), len(info.linkname)) > NAME or len(archive.pax_headers) > GLOBAL_KEYS:
                raise ValueError(f"an extended header of {shown(info.name)} is absurd")
            offset = info.offset_data
            yield _Member(info.name, info.type, info.offset_data, info.size, info.linkname)
    raise ValueError(f"it has more than {MEMBERS} members")
