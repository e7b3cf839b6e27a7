"""The frames between driver and guest."""

import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frames import read_frame, write_frame


class Trickle:
    """Gives what it was given, and both a few bytes at a time, as a serial port may."""

    def __init__(self) -> None:
        self.held = b""

    def read(self, most: int) -> bytes:
        some = self.held[: min(most, 3)]
        self.held = self.held[len(some) :]
        return some

    def write(self, data: memoryview) -> int:
        some = bytes(data[:5])
        self.held += some
        return len(some)


def test_frames_come_out_as_they_went_in() -> None:
    port = Trickle()
    bodies = [b"", bytes(range(256)), b'{"length": 9}\n']
    for number, body in enumerate(bodies):
        write_frame(port, {"number": number}, body)
    for number, body in enumerate(bodies):
        assert read_frame(port) == ({"number": number, "length": len(body)}, body)


@pytest.mark.parametrize("cut", [0, 5, 20])
def test_end_amid_a_frame(cut: int) -> None:
    port = io.BytesIO()
    write_frame(port, {"up": True}, b"body")
    with pytest.raises(EOFError):
        read_frame(io.BytesIO(port.getvalue()[:cut]))


class Endless:
    """Gives one byte for ever, as a broken guest may."""

    def read(self, most: int) -> bytes:
        return b"x" * most

    def write(self, data: memoryview) -> int:
        return len(data)


NO_FRAMES = [
    b"{",
    b"[]",
    b"{}",
    b"7",
    b'{"length": -1}',
    b'{"length": "9"}',
    b'{"length": true}',
    b"\xff",
    b"[" * 50_000,
]


@pytest.mark.parametrize("line", NO_FRAMES, ids=lambda line: repr(line[:20]))
def test_what_is_no_frame(line: bytes) -> None:
    with pytest.raises(ValueError):
        read_frame(io.BytesIO(line + b"\n"))


def test_a_line_without_an_end() -> None:
    with pytest.raises(ValueError, match="a line of more than"):
        read_frame(Endless())


@pytest.mark.fuzz
@given(st.binary(max_size=100))
def test_any_bytes_are_a_frame_or_none(data: bytes) -> None:
    with contextlib.suppress(EOFError, ValueError):
        head, body = read_frame(io.BytesIO(data))
        assert head["length"] == len(body)
