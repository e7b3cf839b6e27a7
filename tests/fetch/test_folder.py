"""A folder that carries the files to a machine without a network."""

import hashlib
from pathlib import Path

import pytest

from fetch_script import record
from pretended import Fetch, FolderStore, MakeDeb, Mirror


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder"


@pytest.fixture
def two(make_deb: MakeDeb, mirror: Mirror) -> list[Path]:
    mirror.pages = {"/debian/pool/a_1.deb": b"a", "/debian/pool/b_1.deb": b"b"}
    return [make_deb("a_1.deb", b"a"), make_deb("b_1.deb", b"b")]


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_to_a_folder_and_from_it_into_the_store(
    fetch: Fetch, two: list[Path], mirror: Mirror, folder: Path, store: FolderStore
) -> None:
    assert fetch("--to", folder, *two) == []
    assert content(folder) == {"a_1.deb": b"a", "b_1.deb": b"b"}
    assert store.names() == set()
    mirror.requests.clear()
    assert fetch("--from", folder, *two) == []
    assert content(store.path) == content(folder)
    assert mirror.requests == []


def test_to_takes_from_the_store_what_it_has(
    fetch: Fetch, two: list[Path], mirror: Mirror, folder: Path, store: FolderStore
) -> None:
    assert fetch(two[0]) == []
    mirror.requests.clear()
    assert fetch("--to", folder, *two) == []
    assert mirror.requests == ["/debian/pool/b_1.deb"]
    assert content(folder) == {"a_1.deb": b"a", "b_1.deb": b"b"} and store.names() == {"a_1.deb"}


def test_to_goes_on_where_it_stopped(fetch: Fetch, two: list[Path], mirror: Mirror, folder: Path) -> None:
    (folder / "a_1.deb").write_bytes(b"a")
    (folder / "b_1.deb").write_bytes(b"half")
    assert fetch("--to", folder, *two) == []
    assert mirror.requests == ["/debian/pool/b_1.deb"] and content(folder)["b_1.deb"] == b"b"


def test_to_also_writes_what_the_bootstrap_needs(fetch: Fetch, two: list[Path], mirror: Mirror, folder: Path) -> None:
    mirror.pages["/debian/pool/seed_1.deb"] = b"seed"
    seed = record("seed_1.deb", hashlib.sha256(b"seed").hexdigest())
    assert fetch("--to", folder, "--file", seed, two[0]) == []
    assert content(folder) == {"a_1.deb": b"a", "seed_1.deb": b"seed"}


def test_from_a_folder_that_lacks_a_file(fetch: Fetch, two: list[Path], mirror: Mirror, folder: Path) -> None:
    (folder / "a_1.deb").write_bytes(b"a")
    (error,) = fetch("--from", folder, *two)
    assert error == f"b_1.deb: not in {folder}; write it there with --to on a machine that has a network"
    assert mirror.requests == []


def test_from_a_folder_with_a_changed_file(fetch: Fetch, two: list[Path], folder: Path, store: FolderStore) -> None:
    (folder / "a_1.deb").write_bytes(b"A")
    (folder / "b_1.deb").write_bytes(b"b")
    (error,) = fetch("--from", folder, *two)
    assert error.startswith("a_1.deb: sha256 differs") and str(folder) in error
    assert store.names() == {"b_1.deb"}


def test_from_one_folder_to_another(fetch: Fetch, two: list[Path], folder: Path, tmp_path: Path) -> None:
    assert fetch("--to", folder, *two) == []
    (tmp_path / "copy").mkdir()
    assert fetch("--from", folder, "--to", tmp_path / "copy", *two) == []
    assert content(tmp_path / "copy") == content(folder)
