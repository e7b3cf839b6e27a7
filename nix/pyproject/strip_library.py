"""A shared library without what nothing loads, such as symbols for debuggers (System V ABI, gABI chapters 4 and 5)."""

import struct
import subprocess
import tempfile
from itertools import pairwise
from pathlib import Path
from shutil import copyfileobj
from typing import BinaryIO

SHARED_OBJECT = 3
LOAD = 1
NOBITS = 8
HEADER = 64
CHUNK = 1 << 20
# The beginnings of a row of the program header table, up to the size in the file, and of the section header table.
SEGMENT = struct.Struct("<IIQQQQ")
SECTION = struct.Struct("<IIQQQQ")


def stripped(library: BinaryIO, strip: str) -> BinaryIO:
    """The library as elfutils' eu-strip makes it, whose path is `strip`.

    As it is if it is no 64-bit little-endian shared library, or if what the loader maps would be another. eu-strip ends
    with success on a library that is cut, too.
    """
    with tempfile.TemporaryDirectory() as folder:
        whole, lean = Path(folder, "whole"), Path(folder, "lean")
        with whole.open("wb") as file:
            copyfileobj(library, file)
        loaded = _loaded(whole)
        if loaded:
            subprocess.run([strip, "-o", lean, whole], stderr=subprocess.DEVNULL, check=False)
        # Both stay readable when the folder is gone.
        same = loaded and lean.exists() and _loaded(lean) == loaded and _equal(whole, lean, loaded)
        return (lean if same else whole).open("rb")


def _loaded(path: Path) -> list[tuple[int, int]]:
    """Where the parts of a shared library begin and end that the loader maps.

    None if the file is not a whole one, or has more behind its end, which eu-strip would take for nothing.
    """
    with path.open("rb") as file:
        header = file.read(HEADER)
        if header[:6] != b"\x7fELF\x02\x01" or len(header) < HEADER:
            return []
        (kind,) = struct.unpack_from("<H", header, 16)
        segments_at, sections_at = struct.unpack_from("<QQ", header, 32)
        segments = _rows(file, SEGMENT, segments_at, *struct.unpack_from("<HH", header, 54))
        row, count = struct.unpack_from("<HH", header, 58)
        sections = _rows(file, SECTION, sections_at, row, count)
        parts = sorted((offset, offset + length) for kind, _, offset, _, _, length in segments if kind == LOAD)
        ends = [offset + length for _, kind, _, _, offset, length in sections if kind != NOBITS]
        if kind != SHARED_OBJECT or not parts or not sections:
            return []
        end = max(sections_at + row * count, parts[-1][1], *ends)
        if end > path.stat().st_size:
            return []
        # patchelf puts a zero behind the end.
        file.seek(end)
        if file.read().strip(b"\0"):
            return []
    # Segments that lie over each other would be read once for each.
    return [] if any(end > start for (_, end), (start, _) in pairwise(parts)) else parts


def _rows(file: BinaryIO, form: struct.Struct, start: int, row: int, count: int) -> list[tuple[int, ...]]:
    """The rows of a table; none if the file has not all of them."""
    file.seek(min(start, 1 << 62))
    table = file.read(row * count)
    if row < form.size or len(table) < row * count:
        return []
    return [form.unpack_from(table, row * number) for number in range(count)]


def _equal(one: Path, other: Path, parts: list[tuple[int, int]]) -> bool:
    """Whether two files are equal in these parts, but for the header, which says where the sections are."""
    with one.open("rb") as first, other.open("rb") as second:
        for start, end in parts:
            for at in range(max(start, HEADER), end, CHUNK):
                first.seek(at)
                second.seek(at)
                if first.read(min(CHUNK, end - at)) != second.read(min(CHUNK, end - at)):
                    return False
    return True
