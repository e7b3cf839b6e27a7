"""The forms of what pins files, locks and apt name, which becomes lines of apt's files and words of its commands."""

import re
from typing import Any

MOST = 300  # characters of any of them
Form = tuple[str, str]

# A package's name is as in Debian Policy, 5.6.1; a space or a leading dash would have a meaning to apt.
LAYER = ("[a-z][a-z0-9-]*", "a layer's name (lower case letters, digits, dashes)")
PACKAGE = ("[a-z0-9][a-z0-9+.-]+", "the name of a Debian package")
PYTHON = (r"[1-9][0-9]*\.[0-9]+", 'a version such as "3.9"')
SUITE = ("[A-Za-z0-9]+([-./][A-Za-z0-9]+)*", "the name of a Debian suite")
# As in sources.list(5), with the one architecture for which it is used.
SOURCE = (rf"{SUITE[0]}( \[arch=[a-z0-9]+(-[a-z0-9]+)*\])?", 'a suite such as "trixie" or "trixie [arch=amd64]"')
ARCHITECTURE = ("[a-z0-9]+(-[a-z0-9]+)*", "the name of a Debian architecture")
ARCHIVE = ("debian(-security)?", "the name of an archive")
VERSION = ("[0-9][A-Za-z0-9.+~:-]*", "a version of a Debian package")
PATH = ("[A-Za-z0-9_+~:-][A-Za-z0-9._+~:-]*(/[A-Za-z0-9_+~:-][A-Za-z0-9._+~:-]*)*", "a path below an archive")
SHA256 = ("[0-9a-f]{64}", "a sha256")
IMAGE = ("[a-z][a-z0-9]*-[a-z]+", "the pins and the variant of an image")
# What an image adds; of any length.
ADDITIONS = (f"{IMAGE[0]}:( {PACKAGE[0]})+", "an image and the packages that it adds")
URL = ("(https?|file):/[!-~]+", "the URL of an archive")


def matches(value: Any, form: Form) -> bool:
    """Whether a value is a string of this form, from end to end."""
    return isinstance(value, str) and len(value) <= MOST and re.fullmatch(form[0], value) is not None


def printable(text: str) -> str:
    """The text in one line, with a question mark for each character that could change a terminal's state."""
    return "".join(character if character.isprintable() else "?" for character in " ".join(text.split()))
