"""Tars as no program would write them."""

from collections.abc import Mapping

BLOCK = 512
# Field of a tar header → its place and size (POSIX ustar).
FIELDS = {
    "name": (0, 100),
    "mode": (100, 8),
    "uid": (108, 8),
    "gid": (116, 8),
    "size": (124, 12),
    "mtime": (136, 12),
    "type": (156, 1),
    "linkname": (157, 100),
    "magic": (257, 8),
    "devmajor": (329, 8),
    "devminor": (337, 8),
    "prefix": (345, 155),
}
CHECKSUM = (148, 8)
END = bytes(2 * BLOCK)


def header(fields: Mapping[str, bytes | int], checksum: bool = True) -> bytes:
    """A header with these fields, otherwise of an empty file. Numbers that octal can't hold are in base 256."""
    block = bytearray(BLOCK)
    given: dict[str, bytes | int] = {"mode": 0o644, "uid": 0, "gid": 0, "size": 0, "mtime": 1, "type": b"0"}
    for field, value in (given | {"magic": b"ustar\x0000"} | dict(fields)).items():
        start, size = FIELDS[field]
        block[start : start + size] = (number(value, size) if isinstance(value, int) else value)[:size].ljust(
            size, b"\0"
        )
    if checksum:
        start, size = CHECKSUM
        block[start : start + size] = b" " * size
        block[start : start + size] = b"%06o\0 " % sum(block)
    return bytes(block)


def number(value: int, size: int) -> bytes:
    """A number as GNU tar writes it."""
    if 0 <= value < 8 ** (size - 1):
        return f"{value:0{size - 1}o}\0".encode()
    return (b"\x80" if value >= 0 else b"\xff") + value.to_bytes(size - 1, "big", signed=True)


def member(name: bytes, content: bytes = b"", **fields: bytes | int) -> bytes:
    """A header and its content."""
    given: dict[str, bytes | int] = {"name": name, "size": len(content)}
    return header(given | fields) + content + bytes(-len(content) % BLOCK)
