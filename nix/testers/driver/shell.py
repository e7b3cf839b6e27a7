"""The driver's end of the channel to the agent in a guest."""

import math
import socket
import time
from typing import Any

from frames import read_frame, write_frame

ANSWER_SECONDS = 30  # for the agent's own work, beyond the command's


class NoAnswer(Exception):
    """The agent did not answer in time, or not as an agent does, or the machine is gone."""


class Shell:
    """A socket to the agent; QEMU holds the other end, whether the guest is up or not."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._deadline = 0.0

    def wait_for_boot(self, seconds: float) -> None:
        """Wait until the agent says that it is up. Raises NoAnswer."""
        self._begin(seconds)
        while not self._receive()[0].get("up"):
            pass

    def run(self, command: str, seconds: float, given: bytes = b"") -> tuple[int, bytes]:
        """The exit status and stdout of a command that gets `given` on its stdin (agent.run). Raises NoAnswer.

        `seconds` may be infinite.
        """
        self._begin(seconds + ANSWER_SECONDS)
        try:
            write_frame(self, {"command": command, "seconds": seconds}, given)
        except OSError as error:
            raise NoAnswer from error
        head, output = self._receive()
        status = head.get("status")
        if type(status) is not int:  # an agent says that it is up: the guest has booted again amid the command
            raise NoAnswer
        return status, output

    def close(self) -> None:
        self._socket.close()

    def _begin(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds

    def _receive(self) -> tuple[dict[str, Any], bytes]:
        try:
            return read_frame(self)
        except (OSError, EOFError, ValueError) as error:
            raise NoAnswer from error

    # As a Port of frames.py

    def read(self, most: int) -> bytes:
        self._set_timeout()
        return self._socket.recv(most)

    def write(self, data: memoryview) -> int:
        self._set_timeout()
        return self._socket.send(data)

    def _set_timeout(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(None if left == math.inf else left)
