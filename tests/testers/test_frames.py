"""The frames between driver and guest."""

import io

import pytest

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
