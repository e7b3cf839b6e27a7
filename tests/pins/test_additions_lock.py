"""The lock of an app: it comes back as it was written, and only then."""

import json
from pathlib import Path
from typing import Any

import pytest

import additions_lock
from additions_lock import Answer, Images
from lock import Package, content_hash

PACKAGE = Package(
    name="libc", version="2", architecture="all", archive="debian", path="pool/libc.deb", sha256="0" * 64, size=3
)
INPUT = "1" * 64
# The names are of any length.
LONG = f"stable-slim: {' '.join(f'lib{number}' for number in range(200))}"
IMAGES: Images = {
    "stable-slim: libc": Answer(input=INPUT, packages={"amd64": [PACKAGE, PACKAGE], "arm64": []}),
    LONG: Answer(input=INPUT, packages={}),
}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "debian.lock.json"
    assert additions_lock.read(path) is None
    additions_lock.write(path, IMAGES)
    assert additions_lock.read(path) == IMAGES
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_package_has_a_line_of_its_own() -> None:
    """So that a difference between two locks can be read."""
    lines = [line for line in additions_lock.render(IMAGES).splitlines() if "sha256" in line]
    assert [json.loads(line.rstrip(",")) for line in lines] == [PACKAGE, PACKAGE]


@pytest.mark.parametrize(
    "images",
    [
        [],
        {"stable-slim: libc": []},
        {"stable-slim: libc": {"input": INPUT}},
        {"stable-slim: libc": {"input": INPUT, "packages": []}},
        {"stable-slim: libc": {"input": INPUT, "packages": {"amd64": {}}}},
        {"stable-slim: libc": {"input": INPUT, "packages": {"amd64": [PACKAGE | {"path": "../x"}]}}},
        {"stable-slim: libc": {"input": INPUT, "packages": {"\x1b": []}}},
        {"stable-slim: libc": {"input": INPUT, "packages": {}, "more": 1}},
        {"stable-slim: libc": {"input": "", "packages": {}}},
        {"stable-slim: lib\x1b": {"input": INPUT, "packages": {}}},
        {"stable": {"input": INPUT, "packages": {}}},
    ],
)
def test_what_has_not_its_form_is_not_read(tmp_path: Path, images: Any) -> None:
    """Although its checksum is right."""
    path = tmp_path / "debian.lock.json"
    path.write_text(json.dumps({"images": images, "checksum": content_hash({"images": images})}))
    assert additions_lock.read(path) is None


def test_an_image_is_compared_with_what_it_was_before() -> None:
    def keys(old: list[str], new: list[str]) -> list[str]:
        answers = {key: Answer(input=key, packages={}) for key in (*old, *new)}
        renamed = additions_lock.renamed({key: answers[key] for key in old}, {key: answers[key] for key in new})
        return [f"{answer['input']} -> {key}" for key, answer in renamed.items()]

    assert keys(["a-slim: x"], ["a-slim: x"]) == ["a-slim: x -> a-slim: x"]
    assert keys(["a-slim: x"], ["a-slim: x y"]) == ["a-slim: x -> a-slim: x y"]
    assert keys(["a-slim: x"], ["a-full: x"]) == ["a-slim: x -> a-slim: x"]
    assert keys(["a-slim: x"], ["a-slim: x", "a-slim: y"]) == ["a-slim: x -> a-slim: x"]
