"""How a signal ends the driver: by an exception, so that all machines are switched off on its way out."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


class Ended(SystemExit):
    """A signal told the driver to end. Derived from SystemExit, the one exception that ends Python's prompt as well."""


def raise_ended_on_signals() -> None:
    """Make each of SIGNALS raise Ended in the main thread: if a script catches the first, there may be another."""

    def end(number: int, _frame: FrameType | None) -> None:
        raise Ended(f"ended by {signal.Signals(number).name}")

    for each in SIGNALS:
        signal.signal(each, end)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let none of SIGNALS end what runs within, which is how the machines are switched off."""
    before = {each: signal.signal(each, signal.SIG_IGN) for each in SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
