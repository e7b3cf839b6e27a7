"""Debian binary packages: the container (deb(5)), its two tar members, and control paragraphs (deb-control(5))."""

import gzip
import io
import lzma
import re
import tarfile
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

MAGIC = b"!<arch>\n"
HEADER = 60
DECOMPRESS: dict[str, Callable[[bytes], bytes]] = {"": bytes, ".gz": gzip.decompress, ".xz": lzma.decompress}

# How many packages are decompressed at a time, and how many at most wait for their turn: they take memory.
THREADS = 2
AHEAD = 3


class BadDeb(ValueError):
    """One line: the file's name and what is wrong with it."""


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
    info: dict[str, tuple[tarfile.TarInfo, bytes]]
    data: bytes

    def members(self) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
        """The members of data.tar in their order, with the content of the regular files. Raises BadDeb."""
        yield from _members(self.file, self.data)


def paragraph(text: str) -> dict[str, str]:
    """The fields of one control paragraph, by name; a folded field keeps its line breaks. Raises ValueError."""
    fields: dict[str, str] = {}
    name = ""
    for line in text.rstrip("\n").split("\n"):
        if line[:1] in (" ", "\t"):
            if not name:
                raise ValueError("a paragraph begins with a continuation line")
            fields[name] += f"\n{line.rstrip()}"
        else:
            name, colon, value = line.partition(":")
            if not colon:
                raise ValueError(f"not a field: {line!r}")
            fields[name] = value.lstrip() if name == "Description" else value.strip()
    return fields


def read(path: Path, name: str) -> Deb:
    """Read the package at `path`; `name` stands for it in errors. Raises BadDeb, OSError."""
    try:
        parts = dict(_ar(path.read_bytes()))
        if not parts.get("debian-binary", b"").startswith(b"2."):
            raise ValueError("not a Debian package")
        info = {
            member.name.removeprefix("./"): (member, data)
            for member, data in _members(name, _part(parts, "control.tar"))
        }
        if "control" not in info:
            raise ValueError("no control file in control.tar")
        fields = paragraph(info.pop("control")[1].decode())
        return Deb(name, fields, {k: v for k, v in info.items() if v[0].isreg()}, _part(parts, "data.tar"))
    except (ValueError, lzma.LZMAError, zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise BadDeb(str(error) if isinstance(error, BadDeb) else f"{name}: {error}") from None


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


def _part(parts: dict[str, bytes], stem: str) -> bytes:
    """A member of the package, decompressed; its name is `stem` with a suffix. Raises ValueError."""
    name = next((name for name in parts if re.fullmatch(rf"{re.escape(stem)}(\.\w+)?", name)), None)
    if name is None:
        raise ValueError(f"no {stem} in it")
    suffix = name.removeprefix(stem)
    if suffix not in DECOMPRESS:
        raise ValueError(f"{name}: compressed with {suffix[1:]}, which is not supported; repack it with xz")
    return DECOMPRESS[suffix](parts[name])


def _members(name: str, data: bytes) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    """The members of a tar, with the content of the regular files; `name` is that of the package, for errors."""
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:", errorlevel=2) as tar:
            for member in tar:
                end = member.offset_data + member.size
                if member.isreg() and end > len(data):
                    raise BadDeb(f"{name}: {member.name} is cut short")
                yield member, data[member.offset_data : end] if member.isreg() else b""
    except tarfile.TarError as error:
        raise BadDeb(f"{name}: {error}") from None
