"""A line that is logged while another is being written."""

import io
import logging
import signal
from collections.abc import Callable

import pytest

from image_hooks.whole_lines import keep_lines_whole


class Stream(io.StringIO):
    """Calls a function amid the first line that is written to it."""

    def __init__(self, amid: Callable[[], None]) -> None:
        super().__init__()
        self.amid = amid

    def write(self, text: str) -> int:
        amid, self.amid = self.amid, lambda: None
        half = len(text) // 2
        super().write(text[:half])
        amid()
        return super().write(text[half:])


def logger_to(stream: io.StringIO) -> logging.Logger:
    logger = logging.Logger("of the test")
    handler = logging.StreamHandler(stream)
    keep_lines_whole(handler)
    logger.addHandler(handler)
    return logger


def test_line_of_a_signal_handler_waits_for_the_one_underway() -> None:
    """Gunicorn 23 logs the end of a worker in one."""
    stream = Stream(lambda: signal.raise_signal(signal.SIGUSR1))
    one, another = logger_to(stream), logger_to(stream)
    before = signal.signal(signal.SIGUSR1, lambda *_: another.info("second line"))
    try:
        one.info("first line")
        one.info("third line")
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert stream.getvalue() == "first line\nsecond line\nthird line\n"


def test_lines_after_one_that_was_interrupted_are_written() -> None:
    stream = Stream(lambda: signal.raise_signal(signal.SIGINT))
    logger = logger_to(stream)
    with pytest.raises(KeyboardInterrupt):
        logger.info("first line")
    logger.info("second line")
    assert stream.getvalue().endswith("second line\n")


def test_keeping_them_whole_again_changes_nothing() -> None:
    """Gunicorn sets its logger up again at each reload."""
    handler = logging.StreamHandler(io.StringIO())
    keep_lines_whole(handler)
    kept = type(handler)
    keep_lines_whole(handler)
    assert type(handler) is kept
