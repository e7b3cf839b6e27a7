"""What the library cache needs to know of an ELF shared object (System V ABI, gABI chapters 4 and 5)."""

import struct
from dataclasses import dataclass

SHARED_OBJECT = 3
LOAD, DYNAMIC, NOTE = 1, 2, 4
STRTAB, SONAME = 5, 14
ABI_TAG = 1


@dataclass(frozen=True)
class SharedObject:
    """`kernel`: the oldest Linux it runs on, as ldconfig packs it (major, minor, patch: a byte each), or 0."""

    machine: int
    soname: str
    kernel: int


def shared_object(data: bytes) -> SharedObject | None:
    """Read a 64-bit little-endian shared object; None for anything else, such as a linker script."""
    if data[:6] != b"\x7fELF\x02\x01" or len(data) < 64:
        return None
    kind, machine = struct.unpack_from("<HH", data, 16)
    if kind != SHARED_OBJECT:
        return None
    (table,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    # type, flags, offset, virtual address, physical address, size in the file
    segments = [struct.unpack_from("<IIQQQQ", data, table + size * number) for number in range(count)]
    return SharedObject(machine, _soname(data, segments), _kernel(data, segments))


def _soname(data: bytes, segments: list[tuple[int, ...]]) -> str:
    dynamic: dict[int, int] = {}
    for kind, _, offset, _, _, size in segments:
        if kind == DYNAMIC:
            dynamic = dict(struct.iter_unpack("<QQ", data[offset : offset + size - size % 16]))
    if SONAME not in dynamic:
        return ""
    for kind, _, offset, address, _, size in segments:
        if kind == LOAD and address <= dynamic[STRTAB] < address + size:
            start = dynamic[STRTAB] - address + offset + dynamic[SONAME]
            return data[start : data.index(b"\0", start)].decode()
    return ""


def _kernel(data: bytes, segments: list[tuple[int, ...]]) -> int:
    for kind, _, offset, _, _, size in segments:
        end = offset + size
        while kind == NOTE and offset + 12 <= end:
            name, content, note = struct.unpack_from("<III", data, offset)
            start = offset + 12 + (name + 3) // 4 * 4
            if note == ABI_TAG and data[offset + 12 : offset + 16] == b"GNU\0" and content >= 16:
                major, minor, patch = struct.unpack_from("<III", data, start + 4)
                return int(major << 16 | minor << 8 | patch)
            offset = start + (content + 3) // 4 * 4
    return 0
