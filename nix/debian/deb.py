"""Debian binary packages: the container (deb(5)), its two tar members, and the control files (deb-control(5))."""

import bz2
import gzip
import io
import lzma
import re
import tempfile
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tarfile import TarInfo
from typing import IO

import control
import package_tar

MAGIC = b"!<arch>\n"
HEADER = 60
# Python 3.11 has no Zstandard.
DECOMPRESS: dict[str, Callable[[io.BytesIO], io.BufferedIOBase]] = {
    "": lambda file: file,
    ".gz": lambda file: gzip.GzipFile(fileobj=file),
    ".xz": lzma.LZMAFile,
    ".bz2": bz2.BZ2File,
}
DAMAGED = (lzma.LZMAError, zlib.error, EOFError, OSError, MemoryError)

# A part may unpack to as many times its size, or to the second number of bytes. Debian's have at most 40 times.
RATIO = 100
ALLOWANCE = 64 << 20
# Unpacked data up to this size stays in memory.
IN_MEMORY = 16 << 20
CHUNK = 1 << 20

# How many packages are decompressed at a time, and how many at most wait for their turn: they take memory.
THREADS = 2
AHEAD = 3


class BadDeb(ValueError):
    """One line: the file's name, what is wrong with it, and what to do."""


def damaged(file: str, problem: object) -> BadDeb:
    """The error for a file that is no sound package."""
    return BadDeb(f"{file}: {problem}; repack it with dpkg-deb, or leave it out")


@dataclass(frozen=True)
class Deb:
    """A package as it comes.

    file    its name, for errors
    fields  of the control paragraph, by name
    info    the other files of control.tar, by name, each with its content
    data    data.tar, decompressed
    """

    file: str
    fields: dict[str, str]
    info: dict[str, tuple[TarInfo, bytes]]
    data: IO[bytes]

    def members(self) -> Iterator[tuple[TarInfo, IO[bytes]]]:
        """The members of data.tar in their order, as package_tar.members gives them. Raises BadDeb."""
        try:
            yield from package_tar.members(self.data)
        except ValueError as error:
            raise damaged(self.file, error) from None


def read(path: Path, name: str) -> Deb:
    """Read the package at `path`; `name` stands for it in errors. Raises BadDeb, and OSError if it can't be read."""
    content = path.read_bytes()
    try:
        parts = dict(_ar(content))
        if not parts.get("debian-binary", b"").startswith(b"2."):
            raise ValueError("not a Debian package")
        info = _control_files(_part(parts, "control.tar"))
        if "control" not in info:
            raise ValueError("no control file in control.tar")
        fields = control.package_fields(info.pop("control")[1])
        return Deb(name, fields, info, _part(parts, "data.tar"))
    except ValueError as error:
        raise damaged(name, error) from None


def read_all(paths: Iterable[tuple[Path, str]]) -> Iterator[Deb]:
    """Read packages in the given order, a few of them ahead in threads (lzma and zlib release the lock)."""
    with ThreadPoolExecutor(THREADS) as pool:
        waiting: deque[Future[Deb]] = deque()
        try:
            for path, name in paths:
                waiting.append(pool.submit(read, path, name))
                if len(waiting) > AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _ar(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The members of an ar archive (ar(5)), by name. Raises ValueError."""
    if not data.startswith(MAGIC):
        raise ValueError("not a Debian package")
    offset = len(MAGIC)
    while offset < len(data):
        header = data[offset : offset + HEADER]
        size = header[48:58].strip()
        if len(header) < HEADER or header[58:] != b"`\n" or not size.isdigit():
            raise ValueError(f"damaged header at byte {offset}")
        start = offset + HEADER
        offset = start + int(size)
        if offset > len(data):
            raise ValueError("is cut short")
        yield header[:16].decode("ascii", "replace").rstrip(" ").removesuffix("/"), data[start:offset]
        offset += offset % 2


def _part(parts: dict[str, bytes], stem: str) -> IO[bytes]:
    """A member of the package, decompressed; its name is `stem` with a suffix. Raises ValueError."""
    name = next((name for name in parts if re.fullmatch(rf"{re.escape(stem)}(\.\w+)?", name)), None)
    if name is None:
        raise ValueError(f"no {stem} in it")
    suffix = name.removeprefix(stem)
    if suffix not in DECOMPRESS:
        raise ValueError(f"{name} is compressed with {suffix[1:]}, which is not supported, unlike xz")
    limit = max(ALLOWANCE, RATIO * len(parts[name]))
    target = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (it is the caller's, and vanishes with its object)
    for chunk in _decompressed(name, DECOMPRESS[suffix](io.BytesIO(parts[name]))):
        if target.tell() + len(chunk) > limit:
            raise ValueError(f"{name} unpacks to more than {limit} bytes, which is far more than its size tells")
        target.write(chunk)
    return target


def _decompressed(name: str, source: io.BufferedIOBase) -> Iterator[bytes]:
    """What can be read from `source`, in chunks; `name` stands for it in errors. Raises ValueError."""
    try:
        while chunk := source.read(CHUNK):
            yield chunk
    except DAMAGED as error:
        raise ValueError(f"{name} is damaged: {error}") from None


def _control_files(tar: IO[bytes]) -> dict[str, tuple[TarInfo, bytes]]:
    """The files of control.tar, by name. Raises ValueError."""
    files: dict[str, tuple[TarInfo, bytes]] = {}
    for member, content in package_tar.members(tar):
        if member.name == "" and member.isdir():
            continue
        if not member.isreg() or not control.FILE_NAME.fullmatch(member.name) or member.name in files:
            raise ValueError(f"control.tar: {member.name!r} is no control file, or is there twice")
        files[member.name] = member, content.read(member.size)
    return files
