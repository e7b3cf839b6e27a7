"""The one kind of error that a user of `update` sees."""


class UpdateError(Exception):
    """One line: `thing: what is wrong; the fix`."""
