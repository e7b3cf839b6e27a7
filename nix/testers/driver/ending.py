"""How a signal, or too long a time, ends the driver: by an exception, so that all machines are switched off."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
AGAIN_SECONDS = 1


class Ended(SystemExit):
    """The driver is to end. Derived from SystemExit, the one exception that ends Python's prompt as well."""


def raise_ended_on_signals() -> None:
    """Make SIGNALS raise Ended in the main thread."""

    def end(number: int, _frame: FrameType | None) -> None:
        _raise_again_and_again(f"ended by {signal.Signals(number).name}")

    for each in SIGNALS:
        signal.signal(each, end)


@contextmanager
def bounded(seconds: float, reason: str) -> Iterator[None]:
    """Raise Ended in what runs within, once it has taken longer. What raises it is over at the end of the block."""
    before = signal.signal(signal.SIGALRM, lambda *_: _raise_again_and_again(reason))
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let nothing raise Ended in what runs within, which is how the machines are switched off."""
    signal.setitimer(signal.ITIMER_REAL, 0)
    before = {each: signal.signal(each, signal.SIG_IGN) for each in SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _raise_again_and_again(reason: str) -> NoReturn:
    """Raise Ended now and each AGAIN_SECONDS: a script may catch it here or there, but hardly everywhere."""
    signal.signal(signal.SIGALRM, lambda *_: _raise_again_and_again(reason))
    signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS)
    raise Ended(reason)
