"""What the library cache needs to know of an ELF shared object (System V ABI, gABI chapters 4 and 5)."""

import re
import struct
from dataclasses import dataclass
from typing import NamedTuple

SHARED_OBJECT = 3
LOAD, DYNAMIC, NOTE = 1, 2, 4
STRTAB, SONAME = 5, 14
ABI_TAG = 1
# A row of the program header table, without its end, which nothing here needs.
ROW = struct.Struct("<IIQQQQ")
# A soname with the zero that ends it, and what it may hold: it becomes the name of a file.
NAME_LIMIT = 256
LIBRARY = re.compile(r"(?:lib|ld-).*\.so")
PLAIN_NAME = re.compile(rb"[!-.0-~]+")


@dataclass(frozen=True)
class SharedObject:
    """A shared library.

    machine  the architecture, e_machine of the ELF header
    soname   the name by which programs ask for it; "" if it has none
    kernel   the oldest Linux that it runs on, as ldconfig packs it (major, minor, patch: a byte each), or 0
    """

    machine: int
    soname: str
    kernel: int


def is_library(path: str) -> bool:
    """Whether ldconfig would look at a file of this name."""
    return LIBRARY.match(path.rpartition("/")[2]) is not None


class _Segment(NamedTuple):
    """A row of the program header table; `size` in the file."""

    kind: int
    flags: int
    offset: int
    address: int
    physical_address: int
    size: int


def shared_object(data: bytes) -> SharedObject | None:
    """Read a 64-bit little-endian shared object.

    None for anything else: a linker script, a program, or a file that lacks segments which its header names, as
    detached debug information does.
    """
    if data[:6] != b"\x7fELF\x02\x01" or len(data) < 64:
        return None
    kind, machine = struct.unpack_from("<HH", data, 16)
    (table,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    if kind != SHARED_OBJECT or size < ROW.size or table + size * count > len(data):
        return None
    segments = [_Segment(*ROW.unpack_from(data, table + size * number)) for number in range(count)]
    if any(segment.offset + segment.size > len(data) for segment in segments):
        return None
    # Notes that lie over each other would be read once for each.
    if sum(segment.size for segment in segments if segment.kind == NOTE) > len(data):
        return None
    return SharedObject(machine, _soname(data, segments), _kernel(data, segments))


def _soname(data: bytes, segments: list[_Segment]) -> str:
    """The soname, or "" if there is none that could be the name of a file."""
    found = next((segment for segment in segments if segment.kind == DYNAMIC), None)
    if found is None:
        return ""
    end = found.offset + found.size - found.size % 16
    dynamic: dict[int, int] = dict(struct.iter_unpack("<QQ", data[found.offset : end]))
    if not {STRTAB, SONAME} <= dynamic.keys():
        return ""
    for segment in segments:
        if segment.kind == LOAD and segment.address <= dynamic[STRTAB] < segment.address + segment.size:
            start = dynamic[STRTAB] - segment.address + segment.offset + dynamic[SONAME]
            name, terminator, _ = data[start : start + NAME_LIMIT].partition(b"\0")
            return name.decode() if terminator and PLAIN_NAME.fullmatch(name) else ""
    return ""


def _kernel(data: bytes, segments: list[_Segment]) -> int:
    for segment in segments:
        offset = segment.offset
        end = offset + segment.size
        while segment.kind == NOTE and offset + 12 <= end:
            name, content, note = struct.unpack_from("<III", data, offset)
            start = offset + 12 + (name + 3) // 4 * 4
            if note == ABI_TAG and data[offset + 12 : offset + 16] == b"GNU\0" and 16 <= content <= end - start:
                major, minor, patch = struct.unpack_from("<III", data, start + 4)
                return int(major << 16 | minor << 8 | patch) if max(major, minor, patch) < 256 else 0
            offset = start + (content + 3) // 4 * 4
    return 0
