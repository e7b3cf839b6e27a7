"""How driver and guest talk: in frames of one line of JSON and, after it, as many bytes as its `length` says."""

import json
from typing import Any, Protocol

LINE = 1 << 16  # bytes that the line of a frame has at most


class Port(Protocol):
    """An unbuffered file, or what is read and written like one: a call may take or give fewer bytes than it could."""

    def read(self, most: int, /) -> bytes: ...

    def write(self, data: memoryview, /) -> int: ...


def write_frame(port: Port, head: dict[str, Any], body: bytes = b"") -> None:
    """Write one frame. Raises OSError."""
    frame = memoryview(json.dumps({**head, "length": len(body)}).encode() + b"\n" + body)
    while frame:
        frame = frame[port.write(frame) :]


def read_frame(port: Port) -> tuple[dict[str, Any], bytes]:
    """Read one frame: its head, in which the writer's keys are joined by `length`, and its body.

    Raises OSError, EOFError where the other side is gone, and ValueError for what is no frame.
    """
    line = bytearray()
    while not line.endswith(b"\n"):
        line += _some(port, 1)
        if len(line) > LINE:
            raise ValueError(f"a line of more than {LINE} bytes")
    try:
        head = json.loads(line)
    except RecursionError:
        raise ValueError("a head that is too deep") from None
    length = head.get("length") if isinstance(head, dict) else None
    if type(length) is not int or length < 0:
        raise ValueError("a head without a length")
    body = bytearray()
    while len(body) < length:
        body += _some(port, min(length - len(body), 1 << 16))
    return head, bytes(body)


def _some(port: Port, most: int) -> bytes:
    if not (found := port.read(most)):
        raise EOFError
    return found
