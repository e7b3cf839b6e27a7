"""The error of all modules of the driver, which the person who runs the test is to read."""


class TestFailure(AssertionError):
    """One line that says what is wrong: the machine, the command or the wait. `output` is what the command printed.

    It is an AssertionError, as in NixOS's driver, so that a script can catch both alike.
    """

    __test__ = False  # pytest would take it for a class of tests by its name

    def __init__(self, message: str, output: str = "") -> None:
        super().__init__(message)
        self.output = output
