"""What the user is told of the difference between two locks."""

import pytest

from changes import describe, rebuild
from lock import Layers, Package


def package(name: str, version: str = "1", sha256: str = "0", path: str = "pool") -> Package:
    return Package(
        name=name, version=version, architecture="all", archive="debian", path=path, sha256=sha256, size=len(sha256)
    )


def layers(**packages: list[Package]) -> Layers:
    return {"amd64": packages}


def test_nothing() -> None:
    same = layers(base=[package("dash"), package("libc")], top=[])
    assert describe(same, layers(base=[package("dash"), package("libc")], top=[])) == []
    assert describe({}, {}) == []


@pytest.mark.parametrize(("old", "new"), [("3.5.1", "3.5.2"), ("3.5.2", "3.5.1"), ("2", "1:1"), ("1", "1~rc1")])
def test_a_version_that_is_another(old: str, new: str) -> None:
    """Newer or older: apt knows which, and it has chosen."""
    before = layers(base=[package("dash"), package("openssl", old, "0", "old")])
    now = layers(base=[package("dash"), package("openssl", new, "1", "new")])
    assert describe(before, now) == ["base (amd64)", f"  openssl {old} → {new}"]


def test_packages_that_come_and_go() -> None:
    before = layers(base=[package("dash"), package("mawk", "1.3"), package("awk", "2")])
    now = layers(base=[package("dash"), package("gawk", "5"), package("bash", "5.2")])
    assert describe(before, now) == ["base (amd64)", "  added: bash 5.2, gawk 5", "  removed: awk 2, mawk 1.3"]


def test_another_place_of_the_same_file() -> None:
    before = layers(base=[package("apt"), package("dash"), package("libc")])
    now = layers(base=[package("apt", path="new"), package("dash"), package("libc") | {"archive": "debian-security"}])
    assert describe(before, now) == ["base (amd64)", "  moved to another place in the archives: apt, libc"]


def test_another_file_of_the_same_version() -> None:
    assert describe(layers(base=[package("apt")]), layers(base=[package("apt", sha256="1")])) == [
        "base (amd64)",
        "  apt 1: another file of the same version",
    ]


def test_each_layer_of_each_architecture() -> None:
    dash, libc = package("dash"), package("libc")
    before: Layers = {
        "amd64": {"base": [dash], "same": [libc], "gone": [dash], "empty": []},
        "i386": {"base": [libc]},
    }
    now: Layers = {
        "arm64": {"base": [dash, libc]},
        "amd64": {"new": [dash], "base": [libc], "same": [libc]},
    }
    assert describe(before, now) == [
        "base (arm64)",
        "  added: dash 1, libc 1",
        "new (amd64)",
        "  added: dash 1",
        "base (amd64)",
        "  added: libc 1",
        "  removed: dash 1",
        "gone (amd64)",
        "  removed: dash 1",
        "empty (amd64)",
        "base (i386)",
        "  removed: libc 1",
    ]


@pytest.mark.parametrize(
    ("python", "expected"),
    [
        ("3.1", "rebuild: image-py31, image-py31-slim"),
        ("3.13", "rebuild: image-py313, image-py313-minimal"),
        # The flake has no such image yet.
        ("3.14", "rebuild: image-py314"),
        (None, "rebuild: all checks"),
    ],
)
def test_what_to_rebuild(python: str | None, expected: str) -> None:
    images = ["default", "image-py31", "image-py31-slim", "image-py313", "image-py313-minimal", "pytest"]
    assert rebuild(python, images) == expected
