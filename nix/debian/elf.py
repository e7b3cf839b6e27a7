"""What the library cache needs to know of an ELF shared object (System V ABI, gABI chapters 4 and 5)."""

import struct
from dataclasses import dataclass
from typing import NamedTuple

SHARED_OBJECT = 3
LOAD, DYNAMIC, NOTE = 1, 2, 4
STRTAB, SONAME = 5, 14
ABI_TAG = 1


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
    if kind != SHARED_OBJECT or table + size * count > len(data):
        return None
    segments = [_Segment(*struct.unpack_from("<IIQQQQ", data, table + size * number)) for number in range(count)]
    if any(segment.offset + segment.size > len(data) for segment in segments):
        return None
    return SharedObject(machine, _soname(data, segments), _kernel(data, segments))


def _soname(data: bytes, segments: list[_Segment]) -> str:
    dynamic: dict[int, int] = {}
    for segment in segments:
        if segment.kind == DYNAMIC:
            end = segment.offset + segment.size - segment.size % 16
            dynamic = dict(struct.iter_unpack("<QQ", data[segment.offset : end]))
    if SONAME not in dynamic:
        return ""
    for segment in segments:
        if segment.kind == LOAD and segment.address <= dynamic[STRTAB] < segment.address + segment.size:
            start = dynamic[STRTAB] - segment.address + segment.offset + dynamic[SONAME]
            return data[start : data.index(b"\0", start)].decode()
    return ""


def _kernel(data: bytes, segments: list[_Segment]) -> int:
    for segment in segments:
        offset = segment.offset
        end = offset + segment.size
        while segment.kind == NOTE and offset + 12 <= end:
            name, content, note = struct.unpack_from("<III", data, offset)
            start = offset + 12 + (name + 3) // 4 * 4
            if note == ABI_TAG and data[offset + 12 : offset + 16] == b"GNU\0" and content >= 16:
                major, minor, patch = struct.unpack_from("<III", data, start + 4)
                return int(major << 16 | minor << 8 | patch)
            offset = start + (content + 3) // 4 * 4
    return 0
