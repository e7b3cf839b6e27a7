"""What an ELF file asks of the dynamic loader.

System V ABI (gABI), chapters 4 and 5; Linux Standard Base, "Symbol Versioning".
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

EXECUTABLE, SHARED_OBJECT = 2, 3
LOAD, DYNAMIC, INTERPRETER = 1, 2, 3
NEEDED, STRTAB, RPATH, RUNPATH = 1, 5, 15, 29
VERDEF, VERDEFNUM, VERNEED, VERNEEDNUM = 0x6FFFFFFC, 0x6FFFFFFD, 0x6FFFFFFE, 0x6FFFFFFF


@dataclass
class Elf:
    """A program or a library.

    machine      the number of its processor in the ABI
    interpreter  the path of the dynamic loader; "" for a library, or a program that needs none
    needed       the file names of the libraries that it needs
    search       the folders where the loader is to look for them before its own: "$ORIGIN" in them is the file's folder
    versions     the symbol versions that it needs: (library, version)
    defined      the symbol versions that it has itself
    """

    machine: int
    interpreter: str = ""
    needed: list[str] = field(default_factory=list)
    search: list[str] = field(default_factory=list)
    versions: list[tuple[str, str]] = field(default_factory=list)
    defined: set[str] = field(default_factory=set)


def parse(data: memoryview) -> Elf | None:
    """Read a 64-bit little-endian program or shared object; None for anything else."""
    if bytes(data[:6]) != b"\x7fELF\x02\x01" or len(data) < 64:
        return None
    kind, machine = struct.unpack_from("<HH", data, 16)
    if kind not in (EXECUTABLE, SHARED_OBJECT):
        return None
    found = Elf(machine)
    (table,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    # type, flags, offset, virtual address, physical address, size in the file
    segments = [struct.unpack_from("<IIQQQQ", data, table + size * number) for number in range(count)]
    dynamic: list[tuple[int, int]] = []
    for kind, _, offset, _, _, length in segments:
        if kind == INTERPRETER:
            found.interpreter = _string(data, offset)
        elif kind == DYNAMIC:
            dynamic = list(struct.iter_unpack("<QQ", data[offset : offset + length - length % 16]))
    _read_dynamic(data, segments, dynamic, found)
    return found


def _read_dynamic(
    data: memoryview, segments: list[tuple[int, ...]], dynamic: list[tuple[int, int]], found: Elf
) -> None:
    values = dict(dynamic)

    def offset_of(address: int) -> int:
        return next(
            address - start + offset
            for kind, _, offset, start, _, length in segments
            if kind == LOAD and start <= address < start + length
        )

    if STRTAB not in values:
        return
    strings = offset_of(values[STRTAB])
    for tag, value in dynamic:
        if tag == NEEDED:
            found.needed.append(_string(data, strings + value))
        elif tag in (RPATH, RUNPATH):
            found.search += _string(data, strings + value).split(":")
    if VERNEED in values:
        for at, (_, auxiliaries, name, auxiliary, _) in _chain(
            data, offset_of(values[VERNEED]), values[VERNEEDNUM], "<HHIII"
        ):
            for _, (_, _, _, version, _) in _chain(data, at + auxiliary, auxiliaries, "<IHHII"):
                found.versions.append((_string(data, strings + name), _string(data, strings + version)))
    if VERDEF in values:
        for at, (_, _, _, _, _, auxiliary, _) in _chain(data, offset_of(values[VERDEF]), values[VERDEFNUM], "<HHHHIII"):
            (version,) = struct.unpack_from("<I", data, at + auxiliary)
            found.defined.add(_string(data, strings + version))


def _chain(data: memoryview, at: int, count: int, form: str) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Records with their offsets; the last field of each is the distance to the next."""
    for _ in range(count):
        record = struct.unpack_from(form, data, at)
        yield at, record
        at += record[-1]


def _string(data: memoryview, start: int) -> str:
    end = start
    while data[end]:
        end += 1
    return bytes(data[start:end]).decode()
