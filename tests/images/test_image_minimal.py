"""What a minimal image does without, and the commands that busybox gives it."""

import posixpath

import pytest

from image_tree import Image

ABSENT = {"apt", "apt-get", "dpkg", "perl", "pip", "pip3", "su", "mount", "bash"}
BUSYBOX = "usr/bin/busybox"


@pytest.fixture(autouse=True)
def minimal(image: Image) -> None:
    if image.variant != "minimal":
        pytest.skip("for minimal images")


def test_no_program_changes_its_user(image: Image) -> None:
    assert [path for path, member in image.files.items() if member.mode & 0o6000] == []


def test_nothing_installs_software(image: Image) -> None:
    assert {posixpath.basename(path) for path, member in image.entries.items() if not member.isdir()} & ABSENT == set()
    modules = {path.split("/")[-1] for path in image.entries if posixpath.dirname(path).endswith("-packages")}
    assert "fastapi" in modules and modules & {"pip", "setuptools", "wheel"} == set()


def applets(binary: bytes) -> set[str]:
    """The names that busybox knows, from its table of strings: sorted, the last followed by an empty one."""
    start = binary.index(b"[\0[[\0")
    return {name.decode() for name in binary[start : binary.index(b"\0\0", start)].split(b"\0")}


def test_each_command_is_an_applet(image: Image) -> None:
    commands = {
        posixpath.basename(path)
        for path, member in image.entries.items()
        if member.issym() and image.resolve(path) == BUSYBOX
    }
    assert {"sh", "ls", "wget"} <= commands
    assert commands - applets(bytes(image.content(BUSYBOX))) == set()
