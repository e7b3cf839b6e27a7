"""Archives of sources, as others make them."""

import random
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

import unpack_source
from made_up_source import tar


def member(name: str, **fields: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(info, field, value)
    return info


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tuple[tarfile.TarInfo, bytes]:
    return member(name, type=kind, linkname=target), b""


def test_an_archive_has_the_project_in_a_folder_or_not(tmp_path: Path) -> None:
    one = tar(tmp_path / "one", (member("x-1/setup.py"), b"1"), (member("x-1/run", mode=0o755), b"2"))
    folder = unpack_source.unpack(one, tmp_path / "a")
    assert folder == tmp_path / "a/x-1" and (folder / "setup.py").read_bytes() == b"1"
    assert (folder / "run").stat().st_mode & stat.S_IXUSR and not (folder / "setup.py").stat().st_mode & stat.S_IXUSR
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("setup.py", "1")
        archive.writestr("x/", "")
        archive.writestr("x/y.py", "2")
    folder = unpack_source.unpack(tmp_path / "two.zip", tmp_path / "b")
    assert folder == tmp_path / "b" and (folder / "x/y.py").read_bytes() == b"2"


def test_links_are_what_they_lead_to_within_the_archive(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    archive = tar(
        tmp_path / "x",
        (member("x/real"), b"real"),
        link("x/soft", "real"),
        link("x/hard", "x/real", tarfile.LNKTYPE),
        link("x/out", str(secret)),
        link("x/up", "../../secret"),
        link("x/round", "round"),
        (member("x/device", type=tarfile.CHRTYPE), b""),
    )
    folder = unpack_source.unpack(archive, tmp_path / "out")
    assert {path.name: path.read_text() for path in folder.iterdir()} == dict.fromkeys(["real", "soft", "hard"], "real")


@pytest.mark.parametrize("name", ["../evil", "x/../../evil", "/tmp/evil", "x\\..\\evil"])
@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_nothing_is_written_elsewhere(tmp_path: Path, name: str, kind: str) -> None:
    path = tmp_path / f"x.{kind}"
    if kind == "tar":
        tar(path, (member("x/a"), b""), (member(name), b"evil"))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(zipfile.ZipInfo(name), "evil")
    with pytest.raises(ValueError, match="would be elsewhere"):
        unpack_source.unpack(path, tmp_path / "out")
    assert not list(tmp_path.rglob("evil*"))


def test_a_link_is_no_way_out(tmp_path: Path) -> None:
    archive = tar(tmp_path / "x", link("x/out", str(tmp_path)), (member("x/out/evil"), b"evil"))
    assert not (unpack_source.unpack(archive, tmp_path / "folder") / "../../evil").exists()


def test_an_archive_expands_only_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack_source, "ALLOWANCE", 1 << 10)
    archive = tar(tmp_path / "x", (member("x/zeros"), b"\0" * (1 << 20)))
    with pytest.raises(ValueError, match="expands to more than it may"):
        unpack_source.unpack(archive, tmp_path / "a")
    monkeypatch.setattr(unpack_source, "FILES", 3)
    many = tar(tmp_path / "y", *((member(f"x/{number}"), b"") for number in range(5)))
    with pytest.raises(ValueError, match="more than 3 files"):
        unpack_source.unpack(many, tmp_path / "b")


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b\x08broken", b"PK\x03\x04broken"])
def test_a_broken_archive(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(ValueError, match="its archive is broken"):
        unpack_source.unpack(tmp_path / "x", tmp_path / "out")


def test_an_archive_that_is_cut(tmp_path: Path) -> None:

    whole = tar(tmp_path / "x", (member("x/a"), random.Random(0).randbytes(1 << 16))).read_bytes()
    (tmp_path / "cut").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="its archive is broken"):
        unpack_source.unpack(tmp_path / "cut", tmp_path / "out")
