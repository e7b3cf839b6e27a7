"""The tars in Debian packages (deb(5)): ustar with GNU's long names. Every member is checked before anything is made.

tarfile's own reader takes more than that: headers of later formats, which can make it read for hours or without end. So
only its parser of a single header is used here.
"""

import re
import tarfile
from collections.abc import Iterator
from tarfile import TarInfo
from typing import IO

BLOCK = tarfile.BLOCKSIZE
# Linux takes no longer names (limits.h).
NAME_MAX = 255
PATH_MAX = 4095
LONG = {tarfile.GNUTYPE_LONGNAME: "name", tarfile.GNUTYPE_LONGLINK: "linkname"}
FILES = (tarfile.REGTYPE, tarfile.AREGTYPE)
LINKS = (tarfile.LNKTYPE, tarfile.SYMTYPE)
DEVICES = (tarfile.CHRTYPE, tarfile.BLKTYPE)
OTHERS = (*LINKS, *DEVICES, tarfile.DIRTYPE, tarfile.FIFOTYPE)
# What the fields of a header can hold: numbers of users and groups, seconds, numbers of devices.
ID_LIMIT, TIME_LIMIT, DEVICE_LIMIT = 1 << 32, 8**11, 8**7
# Control characters, and what stands for bytes that are not UTF-8.
UNCLEAN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def members(tar: IO[bytes]) -> Iterator[tuple[TarInfo, IO[bytes]]]:
    """The members in their order, each with the stream of its content: `member.size` bytes can be read from it.

    Names and the targets of hard links come without ./ before and / behind; "" is the root. A symlink's target may be
    anywhere. Raises ValueError if the tar is damaged, or for a member that dpkg-deb would not write: with a name that
    leads outside or is no clean UTF-8, of an unknown type, or with a number out of bounds.
    """
    tar.seek(0, 2)
    end = tar.tell()
    offset = 0
    long: dict[str, str] = {}
    while (member := _header(tar, offset)) is not None:
        offset += BLOCK
        after = offset + -(-member.size // BLOCK) * BLOCK
        if not 0 <= member.size <= end - offset:
            raise ValueError(f"{member.name!a} is cut short")
        if member.type in LONG:
            if member.size > PATH_MAX + 1:
                raise ValueError(f"a name of {member.size} bytes is too long")
            long[LONG[member.type]] = tar.read(member.size).rstrip(b"\0").decode("utf-8", "surrogateescape")
        else:
            for attribute, value in long.items():
                setattr(member, attribute, value)
            long = {}
            yield _checked(member), tar
        offset = after


def _header(tar: IO[bytes], offset: int) -> TarInfo | None:
    """The header at this offset, or None at the block of zeros that ends a tar."""
    tar.seek(offset)
    block = tar.read(BLOCK)
    if len(block) < BLOCK:
        raise ValueError("the tar in it is cut short")
    if not any(block):
        return None
    try:
        return TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        raise ValueError(f"the tar in it has a damaged header at byte {offset}") from None


def _checked(member: TarInfo) -> TarInfo:
    """The member with a plain name, if all of it is sound. Raises ValueError."""
    if member.type not in (*FILES, *OTHERS):
        raise ValueError(f"{member.name!a} is of the unknown type {member.type!r}")
    member.name = _plain(member.name)
    if member.islnk():
        member.linkname = _plain(member.linkname)
    if member.type in LINKS and not (0 < len(member.linkname) <= PATH_MAX and not UNCLEAN.search(member.linkname)):
        raise ValueError(f"{member.name!a} is a link to {member.linkname[:80]!a}, which is no clean name")
    if not (member.isdir() or member.name):
        raise ValueError("the root is no directory")
    if member.size and member.type not in FILES:
        raise ValueError(f"{member.name!a} has content, but is no file")
    numbers = [(member.uid, ID_LIMIT), (member.gid, ID_LIMIT), (member.mtime, TIME_LIMIT), (member.mode, 1 << 16)]
    if member.type in DEVICES:
        numbers += [(member.devmajor, DEVICE_LIMIT), (member.devminor, DEVICE_LIMIT)]
    if not all(0 <= number < limit for number, limit in numbers):
        raise ValueError(f"{member.name!a} has an owner, mode, time or device number out of bounds")
    return member


def _plain(name: str) -> str:
    """A name without ./ before and / behind. Raises ValueError."""
    plain = "" if name == "." else name.removeprefix("./").rstrip("/")
    parts = plain.split("/") if plain else []
    if UNCLEAN.search(name) or name.startswith("/") or {"", ".", ".."} & set(parts):
        raise ValueError(f"{name!a} is no clean name below the root")
    if len(plain.encode()) > PATH_MAX or any(len(part.encode()) > NAME_MAX for part in parts):
        raise ValueError(f"the name {plain[:40]!a}... is too long")
    return plain
