"""The commands in maintainer scripts. Nothing runs them: those that topics understand are read from the text."""

import re
from collections.abc import Iterator

# A mode in octal, as chmod(1) takes it.
MODE = re.compile(r"[0-7]{3,4}")


def calls(script: str, *commands: str) -> Iterator[str]:
    """The lines of a shell script that begin with one of these commands, in their order.

    A line that a backslash continues comes as one. Takes time in proportion to the script's size, whatever is in it; so
    callers shall split lines into words rather than search them by patterns that can match in many ways.

    Example: list(calls("if x; then\n  chmod 755 \\\n    /a\nfi", "chmod")) == ["chmod 755      /a"]
    """
    if not any(command in script for command in commands):
        return
    # Each line is looked at once, from its beginning.
    pattern = rf"^[ \t]*+((?:{'|'.join(map(re.escape, commands))})(?:[ \t].*)?)$"
    for found in re.finditer(pattern, script.replace("\\\n", " "), re.MULTILINE):
        yield found[1].strip()
