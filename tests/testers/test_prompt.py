"""The Python prompt of a person."""

from driver import Prompt
from failure import TestFailure


class Told(Prompt):
    text = ""

    def write(self, data: str) -> None:
        self.text += data


def test_failure_is_a_line_and_what_the_command_printed() -> None:
    prompt = Told({"TestFailure": TestFailure})
    prompt.push("raise TestFailure('machine: that failed', 'printed\\n')")
    assert prompt.text == "machine: that failed\nprinted\n"


def test_mistake_has_its_traceback() -> None:
    prompt = Told({})
    prompt.push("unknown")
    assert "Traceback" in prompt.text and "NameError" in prompt.text
