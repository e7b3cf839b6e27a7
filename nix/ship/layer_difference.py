"""Which files of two layers differ."""

import contextlib
import hashlib
import stat
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import decompress

CHUNK = 1 << 20
CONTENT = "content"
# What tarfile raises for a damaged tar.
_NO_TAR = (tarfile.TarError, ValueError, OverflowError, EOFError, OSError)

# What a layer says of a file, by names for people.
Properties = dict[str, object]


def differences(ours: Path, theirs: Path) -> list[str]:
    """What is different in another layer, in a line for each file; nothing if they unpack to the same.

    Files with another content come first. Both are blobs, compressed or not; of a damaged one, all counts that can be
    read.
    """
    with _tar(ours) as (expected, _), _tar(theirs) as (actual, damage):
        here, there = dict(_members(expected)), dict(_members(actual))
    found = sorted(_compare(here, there), key=lambda pair: not pair[1].endswith(CONTENT))
    lines = [f"{name}: {difference}" for name, difference in found]
    if damage:
        lines.append(f"its blob {damage}")
    return lines


def _compare(here: dict[str, Properties], there: dict[str, Properties]) -> Iterator[tuple[str, str]]:
    for name, properties in here.items():
        if name not in there:
            yield name, "is missing there"
        elif changed := [what for what, value in properties.items() if there[name][what] != value]:
            yield name, f"another {', '.join(changed)}"
    for name in there:
        if name not in here:
            yield name, "is only there"


@contextlib.contextmanager
def _tar(blob: Path) -> Iterator[tuple[IO[bytes], str]]:
    """The layer's tar, as far as it can be decompressed, and what is wrong with the rest."""
    with blob.open("rb") as file, tempfile.TemporaryFile() as tar:
        damage = ""
        try:
            budget = decompress.Budget(blob.stat().st_size)
            for piece in decompress.plain(iter(lambda: file.read(CHUNK), b""), budget):
                tar.write(piece)
        except ValueError as error:
            damage = str(error).partition(";")[0]
        tar.seek(0)
        yield tar, damage


def _members(file: IO[bytes]) -> Iterator[tuple[str, Properties]]:
    """Each member up to where the tar is damaged, if it is."""
    with contextlib.suppress(*_NO_TAR), tarfile.open(fileobj=file, mode="r:") as tar:
        for member in tar:
            yield (
                member.name,
                {
                    "type": member.type,
                    "mode": stat.S_IMODE(member.mode),
                    "owner": (member.uid, member.gid),
                    "time": member.mtime,
                    "target": member.linkname,
                    "device": (member.devmajor, member.devminor),
                    "extended attributes": member.pax_headers,
                    CONTENT: _content(tar, member),
                },
            )


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes | None:
    """The hash of a file's content; None for what is no file, and for one that is cut short."""
    try:
        file = tar.extractfile(member) if member.isreg() else None
        return hashlib.sha256(file.read()).digest() if file else None
    except _NO_TAR:
        return None
