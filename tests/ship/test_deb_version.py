"""The order of versions, held against dpkg's own."""

import shutil
import subprocess
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deb_version import DebVersion

PART = "[0-9][a-z0-9.+~]{0,6}"
VERSIONS = st.from_regex(rf"([0-3]:)?{PART}(-{PART})?(-{PART})?", fullmatch=True)


def is_less(one: str, other: str) -> bool:
    """By dpkg. That of busybox cannot tell."""
    command = ["dpkg", "--compare-versions", one, "lt", other]
    return (
        shutil.which("dpkg") is not None and subprocess.run(command, capture_output=True, check=False).returncode == 0
    )


@pytest.mark.slow
@pytest.mark.skipif(not is_less("1", "2"), reason="Debian's dpkg is not on PATH")
@given(VERSIONS, VERSIONS)
def test_it_is_that_of_dpkg(one: str, other: str) -> None:
    assert (DebVersion(one) < DebVersion(other)) == is_less(one, other)


ORDERED = [
    "1.0~~",
    "1.0~rc1-1",
    "1.0",
    "1.0-1",
    "1.0-1+b1",
    "1.0-1+deb13u1",
    "1.0-2",
    "1.0a",
    "1.0+x",
    "1.9",
    "1.10",
    "1:0",
]


@pytest.mark.parametrize(("older", "newer"), list(pairwise(ORDERED)))
def test_older_is_less(older: str, newer: str) -> None:
    assert DebVersion(older) < DebVersion(newer)
    assert DebVersion(older) == DebVersion(older)


@pytest.mark.parametrize(("one", "other"), [("1.0", "1.0-0"), ("0:1", "1"), ("1.01", "1.1"), ("1-0", "1-00")])
def test_the_same_in_another_form(one: str, other: str) -> None:
    assert DebVersion(one) == DebVersion(other)


@pytest.mark.parametrize("text", ["", "a b", "1:", ":1", "1\n"])
def test_what_is_no_version(text: str) -> None:
    with pytest.raises(ValueError, match="is no version"):
        DebVersion(text)
