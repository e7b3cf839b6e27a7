"""The files of an image that somebody else made: found by name, read in small pieces, held to their digests."""

import contextlib
import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import IO, Any, NamedTuple

from decompress import CHUNK
from oci_layout import encode
from value_checks import Check, shown

# The most bytes of a JSON document. Registries take no larger manifest either.
DOCUMENT = 4 << 20


@dataclass(frozen=True)
class Blob:
    """A file of the image, with the digest ("sha256:…") and the size in bytes that another of its files states."""

    name: str
    digest: str | None = None
    size: int | None = None


class Found(NamedTuple):
    """A regular file: its size in bytes, and what opens it for reading at its first byte."""

    size: int
    open: Callable[[], AbstractContextManager[IO[bytes]]]


@contextlib.contextmanager
def naming(name: str) -> Iterator[None]:
    """Begin the ValueError for what is wrong with a file with its name."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{shown(name)}: {error}") from None


def lacks(name: str) -> ValueError:
    """The error for a file that is not there."""
    return ValueError(f"lacks the file {shown(name)}; is it what docker save wrote, or an OCI image layout?")


def parse_json(content: bytes, name: str, check: Check) -> Any:
    """The JSON document in the file `name`. Raises ValueError if it is none, or does not pass the check."""
    with naming(name):
        try:
            document = json.loads(content.decode())
            encode(document)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"is no JSON document ({error}); save the image again") from None
        try:
            check("", document)
        except ValueError as error:
            raise ValueError(f"{error}; save the image again") from None
    return document


class ImageFiles(ABC):
    """Files, by the names that they have in a layout or archive.

    All methods raise ValueError for what is wrong with a file. Each call reads it once, from its beginning to its end.
    """

    @abstractmethod
    def __contains__(self, name: str) -> bool:
        """Whether there is something of that name."""

    @abstractmethod
    def _find(self, name: str) -> Found:
        """The regular file of this name, which may be behind links."""

    def read_json(self, blob: Blob, check: Check) -> Any:
        """The JSON document in a file."""
        return parse_json(self.read(blob), blob.name, check)

    def read(self, blob: Blob) -> bytes:
        """The content of a file that is a JSON document."""
        if self.size(blob) > DOCUMENT:
            raise ValueError(f"{shown(blob.name)}: is larger than {DOCUMENT >> 20} MiB, as no document of an image is")
        with naming(blob.name):
            return b"".join(self.chunks(blob))

    def size(self, blob: Blob) -> int:
        """The bytes of a file."""
        return self._find(blob.name).size

    def chunks(self, blob: Blob) -> Iterator[bytes]:
        """The content of a file, piece by piece. If it is not as `blob` says, an error comes after the last piece."""
        return _chunks(self._find(blob.name), blob)


def _chunks(found: Found, blob: Blob) -> Iterator[bytes]:
    if blob.size not in (None, found.size):
        raise ValueError(f"has {found.size} bytes instead of {blob.size}; save the image again")
    digest = hashlib.sha256()
    left = found.size
    with found.open() as file:
        while left:
            chunk = file.read(min(left, CHUNK))
            if not chunk:
                raise ValueError("is cut short; save the image again")
            digest.update(chunk)
            left -= len(chunk)
            yield chunk
    if blob.digest not in (None, f"sha256:{digest.hexdigest()}"):
        raise ValueError(f"has the digest sha256:{digest.hexdigest()} instead of {blob.digest}; save the image again")
