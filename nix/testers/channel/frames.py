"""How driver and guest talk: frames of one line of JSON and, as long as its `length` says, bytes."""

import json
from typing import Any, BinaryIO


def write_frame(port: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    """Write one frame to an unbuffered file. Raises OSError."""
    frame = memoryview(json.dumps({**head, "length": len(body)}).encode() + b"\n" + body)
    while frame:
        frame = frame[port.write(frame) :]


def read_frame(port: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """Read one frame from an unbuffered file. Raises EOFError where the other side is gone."""
    line = b""
    while not line.endswith(b"\n"):
        line += _some(port, 1)
    head = json.loads(line)
    body = bytearray()
    while len(body) < head["length"]:
        body += _some(port, min(head["length"] - len(body), 1 << 16))
    return head, bytes(body)


def _some(port: BinaryIO, most: int) -> bytes:
    if not (found := port.read(most)):
        raise EOFError
    return found
