"""The one kind of error that a user of `push`, `verify` and `audit` sees: a single line."""

from fetch_error import printable


class ShipError(Exception):
    """What cannot be sent, compared or looked at: `thing: what is wrong; the fix`, or without the thing."""

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))
