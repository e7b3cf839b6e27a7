"""Locks: they come back as they were written, and only then."""

import functools
import json
import operator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lock
from changes import describe
from lock import Lock, Package

LIBC = Package(
    name="libc",
    version="1:2~rc+1",
    architecture="amd64",
    archive="debian",
    path="pool/l/libc.deb",
    sha256="0" * 64,
    size=3,
)
LOCK = Lock(created=7, input="hash", layers={"amd64": {"one": [LIBC, LIBC], "two": []}, "arm64": {}})


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "made-up.lock.json"
    assert lock.read(path) is None
    lock.write(path, LOCK)
    assert lock.read(path) == LOCK
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_package_has_a_line_of_its_own() -> None:
    """So that a difference between two locks can be read."""
    lines = lock.render(LOCK).splitlines()
    assert [json.loads(line.rstrip(",")) for line in lines if "libc" in line] == [LIBC, LIBC]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"created": 7', '"created": 8'),
        ("1:2~rc+1", "1:2"),
        ('"checksum"', '"sum"'),
        ('  "input"', '<<<<<<< HEAD\n  "input"'),
        ("{", "[{"),
    ],
)
def test_a_lock_that_was_edited_is_not_read(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "made-up.lock.json"
    text = lock.render(LOCK)
    assert old in text
    path.write_text(text.replace(old, new, 1))
    assert lock.read(path) is None


@pytest.mark.parametrize("text", ["", "[]", "null", '"x"', "{}", "\xff", "[" * 100_000, "9" * 5000])
def test_a_file_that_is_no_lock_is_not_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "made-up.lock.json"
    path.write_text(text, encoding="latin-1")
    assert lock.read(path) is None


SPOILT: list[tuple[str, Any]] = [
    ("name", "libc\x1b[2J"),
    ("name", "-oDir::Etc=/x"),
    ("name", "libc\n"),
    ("version", "1 2"),
    ("version", 1),
    ("architecture", "amd64;"),
    ("archive", "other"),
    ("path", "../libc.deb"),
    ("path", "/pool/libc.deb"),
    ("path", "pool//libc.deb"),
    ("sha256", "0"),
    ("size", "3"),
    ("size", -3),
    ("size", True),
]


@pytest.mark.parametrize(("field", "value"), SPOILT)
def test_a_word_without_its_form_is_not_read(tmp_path: Path, field: str, value: Any) -> None:
    """Although its checksum is right."""
    path = tmp_path / "made-up.lock.json"
    package: Any = LIBC | {field: value}
    lock.write(path, Lock(created=7, input="hash", layers={"amd64": {"one": [package]}}))
    assert lock.read(path) is None


LEAVES: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, -1, 1.5, "", "x", "a\nb", [], {}, [[]], {"a": []}, {"amd64": {"one": [{}]}}]
)
PLACES: list[list[Any]] = [
    *([field] for field in ("created", "input", "layers", "more")),
    *(["layers", *path] for path in (["amd64"], ["amd64", "one"], ["amd64", "two"], ["-x"], ["amd64", "-x"])),
    *(["layers", "amd64", "one", 0, field] for field in (*LIBC, "more")),
]


@pytest.mark.fuzz
@given(place=st.sampled_from(PLACES), value=LEAVES, text=st.binary())
def test_any_file_is_a_lock_or_none(fuzzed: Path, place: list[Any], value: Any, text: bytes) -> None:
    content = json.loads(lock.render(LOCK))
    del content["checksum"]
    *above, last = place
    functools.reduce(operator.getitem, above, content)[last] = value
    content["checksum"] = lock.content_hash(content)
    for written in (json.dumps(content).encode(), text):
        fuzzed.write_bytes(written)
        found = lock.read(fuzzed)
        assert found is None or all(line.isprintable() for line in describe(found.layers, {}))


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "made-up.lock.json"


def test_the_layout_is_free(tmp_path: Path) -> None:
    path = tmp_path / "made-up.lock.json"
    path.write_text(json.dumps(json.loads(lock.render(LOCK)), indent=4))
    assert lock.read(path) == LOCK


def test_a_failed_writing_leaves_the_old_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "made-up.lock.json"
    lock.write(path, LOCK)

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        lock.write(path, Lock(created=8, input="", layers={}))
    assert lock.read(path) == LOCK
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
