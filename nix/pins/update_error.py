"""The one kind of error that a user of `update` sees."""

from forms import printable


class UpdateError(Exception):
    """One line: `thing: what is wrong; the fix`."""

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))
