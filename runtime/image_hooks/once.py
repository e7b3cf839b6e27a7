"""Something that one process of all says, not each of them."""

from __future__ import annotations

import os


class Once:
    """One process may say it: the first that asks, once the master has allowed it. Make it before the workers fork."""

    def __init__(self) -> None:
        # One byte in the pipe stands for the right to say it. Whoever reads the byte has that right.
        self.reading, self.writing = os.pipe()
        os.set_blocking(self.reading, False)

    def allow(self) -> None:
        os.write(self.writing, b"!")

    def is_mine(self) -> bool:
        try:
            return bool(os.read(self.reading, 1))
        except BlockingIOError:
            return False
