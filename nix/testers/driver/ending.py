"""How a signal ends the driver: by an exception, so that all machines are switched off on its way out."""

import signal
from types import FrameType

SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


class Ended(SystemExit):
    """A signal told the driver to end. Derived from SystemExit, the one exception that ends Python's prompt as well."""


def raise_ended_on_signals() -> None:
    """Make the first of SIGNALS raise Ended in the main thread. Those after it are ignored: the driver is ending."""

    def end(number: int, _frame: FrameType | None) -> None:
        for each in SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise Ended(f"ended by {signal.Signals(number).name}")

    for each in SIGNALS:
        signal.signal(each, end)
