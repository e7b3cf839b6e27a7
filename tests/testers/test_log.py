"""The log of a test."""

import errno
import io

import pytest

from failure import TestFailure
from log import Log


class ClosedTerminal(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(errno.EIO, "Input/output error")


def test_closed_terminal_stops_nothing() -> None:
    Log(ClosedTerminal()).line("unread")


def test_summary_has_each_subtest() -> None:
    log = Log(io.StringIO())
    with log.subtest("one"), log.subtest("another"):
        pass
    assert [line.split()[-1] for line in log.summary().splitlines()] == ["one", "another"]


@pytest.mark.parametrize("write", ["log", "debug", "info", "warning"])
def test_scripts_write_lines(write: str) -> None:
    stream = io.StringIO()
    getattr(Log(stream), write)("hello")
    assert stream.getvalue() == "hello\n"


def test_an_error_fails_the_test() -> None:
    with pytest.raises(TestFailure, match="no server"):
        Log(io.StringIO()).error("no server")
