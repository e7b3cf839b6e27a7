"""The log of a test: what the script does, what the machines' consoles say, and how long each subtest took."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import NoReturn, TextIO

from failure import TestFailure


@dataclass
class Subtest:
    """A part of a test script; `seconds` is how long it took, None as long as it runs."""

    name: str
    seconds: float | None = None
    passed: bool = False


class Log:
    """Writes whole lines from several threads. Lines that can't be written, as to a closed terminal, are left out."""

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self.subtests: list[Subtest] = []
        self._stream = stream
        self._lock = threading.Lock()

    def line(self, text: str) -> None:
        with self._lock, suppress(OSError):
            self._stream.write(f"{text}\n")
            self._stream.flush()

    # For test scripts, with the names of NixOS's driver

    def log(self, message: str) -> None:
        """Write a line."""
        self.line(message)

    debug = info = warning = log

    def error(self, message: str) -> NoReturn:
        """Fail the test with this message."""
        raise TestFailure(message)

    @contextmanager
    def nested(self, message: str) -> Iterator[None]:
        """Say what begins and, unless it fails, how long it took."""
        began = time.monotonic()
        self.line(message)
        yield
        self.line(f"(finished: {message}, in {time.monotonic() - began:.2f} seconds)")

    @contextmanager
    def subtest(self, name: str) -> Iterator[None]:
        """Group steps of the test script under a name."""
        subtest = Subtest(name)
        self.subtests.append(subtest)
        began = time.monotonic()
        try:
            with self.nested(f"subtest: {name}"):
                yield
            subtest.passed = True
        finally:
            subtest.seconds = time.monotonic() - began

    @property
    def current_subtest(self) -> str | None:
        """The name of the subtest that failed or still runs; None if all passed.

        Of several, it is the one that began last: the innermost.
        """
        return next((subtest.name for subtest in reversed(self.subtests) if not subtest.passed), None)

    def summary(self) -> str:
        """A line for each subtest: its time and name."""
        lines = [f"{subtest.seconds or 0:8.1f} s  {subtest.name}" for subtest in self.subtests]
        return "".join(f"{line}\n" for line in lines)
