"""What a guest sends as a copy of its files is unpacked into one folder, or not at all."""

import contextlib
import io
import tarfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failure import TestFailure
from log import Log
from machine import Machine
from unpacking import UnsafeArchive, unpack

FILE, FOLDER, LINK, HARD = tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE
ELSEWHERE = "/tmp/nothing-unpacks-this"


def member(name: str, kind: bytes = FILE, to: str = "", **fields: Any) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, to, 0o644
    info.size = 3 if kind == FILE else 0
    for field, value in fields.items():
        setattr(info, field, value)
    return info


def tar(*members: tarfile.TarInfo) -> io.BytesIO:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for info in members:
            archive.addfile(info, io.BytesIO(b"new") if info.size else None)
    packed.seek(0)
    return packed


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """The folder that is unpacked into, beside one that is nobody's business."""
    return prepare(tmp_path)


def prepare(folder: Path) -> Path:
    (folder / "outside").mkdir()
    (folder / "outside/file").write_text("old")
    (folder / "target").mkdir()
    return folder / "target"


def unharmed(target: Path) -> bool:
    """Whether all outside of the target is as it was."""
    file = target.parent / "outside/file"
    beside = sorted(path.name for path in (*target.parent.iterdir(), *file.parent.iterdir()))
    return (
        beside == ["file", "outside", "target"]
        and file.read_text() == "old"
        and file.stat().st_nlink == 1
        and not Path(ELSEWHERE).exists()
    )


ATTACKS = {
    "a parent": [member("../outside/file")],
    "a parent within": [member("a/../../outside/file")],
    "an absolute name": [member(ELSEWHERE)],
    "a file through a link": [member("a", LINK, "../outside"), member("a/file")],
    "a file through a chain of links": [member("a", LINK, "b"), member("b", LINK, "../outside"), member("a/file")],
    "a folder through a link": [member("a", LINK, "../outside"), member("a/new", FOLDER)],
    "a hard link outwards": [member("a", HARD, "../outside/file"), member("a")],
    "a hard link to an absolute name": [member("a", HARD, "/etc/hostname")],
    "a hard link through a link": [member("a", LINK, "../outside"), member("b", HARD, "a/file"), member("b")],
    "a hard link to a link": [member("a", LINK, "../outside/file"), member("b", HARD, "a"), member("b")],
    "a character device": [member("a", tarfile.CHRTYPE, devmajor=1, devminor=3)],
    "a block device": [member("a", tarfile.BLKTYPE, devmajor=1, devminor=3)],
    "a pipe": [member("a", tarfile.FIFOTYPE)],
    "a file below a file": [member("a"), member("a/b")],
    "a file in place of a folder": [member("a/b"), member("a")],
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_outside_is_written(target: Path, attack: str) -> None:
    with pytest.raises(UnsafeArchive):
        unpack(tar(*ATTACKS[attack]), target)
    assert unharmed(target)
    assert all(path.is_symlink() or path.is_file() or path.is_dir() for path in target.rglob("*"))


def test_what_an_earlier_copy_left_is_not_followed(target: Path) -> None:
    unpack(tar(member("a", LINK, "../outside"), member("b", LINK, "../outside/file")), target)
    with pytest.raises(UnsafeArchive, match="a/file: leads through a link"):
        unpack(tar(member("a/file")), target)
    unpack(tar(member("a", FOLDER), member("a/file"), member("b")), target)
    assert (target / "a/file").read_text() == (target / "b").read_text() == "new" and unharmed(target)


def test_a_tree_comes_as_it_is(target: Path) -> None:
    members = [
        member("there", FOLDER, mode=0o500),
        member("there/file", mode=0o4750),
        member("there/same", HARD, "there/file"),
        member("there/link", LINK, "/etc/passwd"),
        member("./there/deep/er"),
    ]
    for _ in range(2):  # a second copy takes the place of the first
        unpack(tar(*members), target)
    assert (target / "there/file").read_text() == (target / "there/same").read_text() == "new"
    assert (target / "there/file").stat().st_mode & 0o7777 == 0o750
    assert (target / "there/link").readlink() == Path("/etc/passwd")
    assert (target / "there/deep/er").read_text() == "new"


def test_little_does_not_become_much(target: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:xz") as archive:
        archive.addfile(member("a"), io.BytesIO(b"new"))
    packed.seek(0)
    sparse = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": "a",
        "GNU.sparse.realsize": "16777216",
    }
    holes = io.BytesIO()
    with tarfile.open(fileobj=holes, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(member("a", size=512, pax_headers=sparse), io.BytesIO(b"0\n".ljust(512, b"\0")))
    holes.seek(0)
    for much in (packed, holes):
        with pytest.raises(UnsafeArchive):
            unpack(much, target)
        assert list(target.iterdir()) == []


def test_the_test_fails_in_one_line(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Guest:
        def run(self, command: str, seconds: float, given: bytes) -> tuple[int, bytes]:
            return 0, tar(member("../\x1b[2J\n")).getvalue()

    machine = Machine.__new__(Machine)
    machine.name = "machine"
    monkeypatch.setattr(machine, "_out", target, raising=False)
    monkeypatch.setattr(machine, "_log", Log(), raising=False)
    monkeypatch.setattr(machine, "_guest", Guest)
    monkeypatch.setattr(machine, "_scaled", lambda timeout: 1.0)
    with pytest.raises(TestFailure) as error:
        machine.copy_from_vm("/x")
    assert str(error.value) == "machine: copy_from_vm: /x: the guest sent ../?[2J?: leads out of the folder"


NAMES = st.sampled_from(
    [
        "a",
        "a/b",
        "a/b/c",
        "../outside/file",
        ELSEWHERE,
        ".",
        "..",
        "",
        "a/../b",
        "b",
        "./a",
        "x" * 300,
        "a/..",
        "\udcff",
    ]
)
KINDS = st.sampled_from([FILE, FILE, FOLDER, LINK, LINK, HARD, tarfile.FIFOTYPE, b"S", b"x", b"L", b"9"])


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@pytest.mark.fuzz
@given(
    members=st.lists(st.builds(member, NAMES, KINDS, NAMES), max_size=5),
    at=st.integers(0, 3000),
    spoilt=st.binary(max_size=8),
)
def test_any_archive_stays_in_its_folder(fuzzed: Path, members: list[tarfile.TarInfo], at: int, spoilt: bytes) -> None:
    packed = bytearray(tar(*members).getvalue())
    packed[at : at + len(spoilt)] = spoilt
    target = prepare(fuzzed)
    with contextlib.suppress(UnsafeArchive, OSError):
        unpack(io.BytesIO(bytes(packed)), target)
    assert unharmed(target)
    remove(target)
    remove(target.parent / "outside")


def remove(path: Path) -> None:
    """Remove a tree, without following a link."""
    if not path.is_symlink() and path.is_dir():
        for entry in path.iterdir():
            remove(entry)
        path.rmdir()
    else:
        path.unlink()
