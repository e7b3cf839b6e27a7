"""How driver and guest talk: in frames of one line of JSON and, after it, as many bytes as its `length` says."""

import json
from typing import Any, Protocol


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

    Raises OSError, and EOFError where the other side is gone.
    """
    line = b""
    while not line.endswith(b"\n"):
        line += _some(port, 1)
    head = json.loads(line)
    body = bytearray()
    while len(body) < head["length"]:
        body += _some(port, min(head["length"] - len(body), 1 << 16))
    return head, bytes(body)


def _some(port: Port, most: int) -> bytes:
    if not (found := port.read(most)):
        raise EOFError
    return found
