"""What a test ends with when it does not pass."""


class TestFailure(Exception):
    """One line that says what is wrong: the machine, the command or the wait. `output` is what the command printed."""

    __test__ = False  # no class of tests for pytest

    def __init__(self, message: str, output: str = "") -> None:
        super().__init__(message)
        self.output = output
