"""The writer of layers, read back by Python's tarfile."""

import hashlib
import io
import json
import string
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layer_tar import LayerTar, tar_member


def regular(name: str, size: int = 0) -> tarfile.TarInfo:
    return tar_member(name, 1, tarfile.REGTYPE, 0o644, size=size)


def read(out: Path) -> dict[str, tuple[tarfile.TarInfo, bytes | None]]:
    """Members by name, with the content of files and of hard links to them. Symlinks may lead in a circle."""
    found: dict[str, tuple[tarfile.TarInfo, bytes | None]] = {}
    with tarfile.open(out / "layer.tar", "r:") as tar:
        for info in tar:
            file = tar.extractfile(info) if info.isfile() else None
            content = file.read() if file else None
            found[info.name] = (info, found[info.linkname][1] if info.islnk() else content)
    return found


names = st.text(string.ascii_letters + "é漢 .-", min_size=1, max_size=150).filter(lambda name: name.strip("."))


@given(
    files=st.dictionaries(names, st.binary(max_size=2000)),
    mode=st.integers(0, 0o7777),
    owner=st.integers(0, 2**32 - 2),
    mtime=st.integers(0, 2**34),
)
def test_what_goes_in_comes_out(files: dict[str, bytes], mode: int, owner: int, mtime: int) -> None:
    with TemporaryDirectory() as folder:
        out = Path(folder)
        with LayerTar(out) as layer:
            for name, content in files.items():
                info = tar_member(name, mtime, tarfile.REGTYPE, mode)
                info.uid = info.gid = owner
                layer.add(info, content)
        members = read(out)
        assert {name: content for name, (_, content) in members.items()} == files
        for info, _ in members.values():
            assert (info.mode, info.uid, info.gid, info.mtime) == (mode, owner, owner, mtime)


def test_layer_json_describes_the_tar(tmp_path: Path) -> None:
    with LayerTar(tmp_path / "new" / "out") as layer:
        layer.add(regular("a"), b"content")
    tar = (tmp_path / "new" / "out" / "layer.tar").read_bytes()
    assert json.loads((tmp_path / "new" / "out" / "layer.json").read_text()) == {
        "diff_id": f"sha256:{hashlib.sha256(tar).hexdigest()}",
        "size": len(tar),
    }


def test_members_of_another_tar_keep_owner_and_attributes_but_not_names(tmp_path: Path) -> None:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as source:
        info = regular("./" + "d" * 120 + "/ping", 4)
        info.uid, info.gid, info.uname, info.gname, info.mtime, info.mode = 5, 6, "games", "man", 7.5, 0o4755
        info.pax_headers = {"SCHILY.xattr.user.note": "kept", "comment": "dropped"}
        source.addfile(info, io.BytesIO(b"ping"))
    data.seek(0)
    with tarfile.open(fileobj=data) as source, LayerTar(tmp_path) as layer:
        for member in source:
            member.name = "bin/ping"
            layer.add(member, source.extractfile(member))
    copied, content = read(tmp_path)["bin/ping"]
    assert content == b"ping"
    assert (copied.uid, copied.gid, copied.uname, copied.gname) == (5, 6, "", "")
    assert (copied.mtime, copied.mode) == (7, 0o4755)
    assert copied.pax_headers == {"SCHILY.xattr.user.note": "kept"}


def test_hard_links_devices_and_directories(tmp_path: Path) -> None:
    with LayerTar(tmp_path) as layer:
        layer.add(tar_member("./usr/bin/", 3, tarfile.DIRTYPE, 0o755))
        layer.add(regular("usr/bin/perl"), b"perl")
        layer.add(tar_member("usr/bin/perl5", 3, tarfile.LNKTYPE, 0o755, link="./usr/bin/perl"))
        layer.add(tar_member("dev/", 3, tarfile.DIRTYPE, 0o755))
        null = tar_member("dev/null", 3, tarfile.CHRTYPE, 0o666)
        null.devmajor, null.devminor = 1, 3
        layer.add(null)
    members = read(tmp_path)
    assert list(members) == ["usr/bin", "usr/bin/perl", "usr/bin/perl5", "dev", "dev/null"]
    assert members["usr/bin/perl5"][1] == b"perl"
    assert (members["dev/null"][0].devmajor, members["dev/null"][0].devminor) == (1, 3)


@pytest.mark.parametrize(
    ("before", "member", "message"),
    [
        ([], regular("/etc/passwd"), "plain relative"),
        ([], regular("a/../b"), "plain relative"),
        ([], regular("."), "plain relative"),
        (["a"], regular("a"), "is there twice"),
        (["a/b"], tar_member("a", 0, tarfile.DIRTYPE, 0o755), "after its own members"),
        (["a"], regular("a/b"), "not a directory"),
        (["a"], regular("a/b/c/d"), "not a directory"),
        ([], regular("a" * 256), "more than 255 bytes"),
        ([], regular("é" * 128), "more than 255 bytes"),
        ([], regular("a/" * 5000 + "a"), "too long"),
        ([], regular("a\0b"), "zero byte"),
        ([], regular("\ud800"), "UTF-8"),
        ([], tar_member("a", 0, tarfile.SYMTYPE, 0o777), "without a target"),
        ([], tar_member("a", 0, tarfile.SYMTYPE, 0o777, link="b\0"), "zero byte"),
        ([], tar_member("a", 0, b"Z", 0o644), "no type"),
        ([], tar_member("a", 2**63, tarfile.REGTYPE, 0o644), "mtime is out of range"),
        ([], tar_member("a", 0, tarfile.REGTYPE, 0o644, size=-1), "size is out of range"),
        ([], tar_member("a", 0, tarfile.LNKTYPE, 0, link="b"), "no file in the layer"),
    ],
)
def test_forbidden_members(tmp_path: Path, before: list[str], member: tarfile.TarInfo, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught, LayerTar(tmp_path) as layer:
        for name in before:
            layer.add(regular(name))
        layer.add(member)
    assert str(caught.value).isprintable()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"mtime": float("inf")},
        {"mtime": float("nan")},
        {"mtime": -(2**63) - 1},
        {"uid": 2**32},
        {"gid": -1},
        {"type": tarfile.CHRTYPE, "devmajor": 1 << 12},
        {"type": tarfile.BLKTYPE, "devminor": -1},
        {"pax_headers": {"SCHILY.xattr.a=b": "c"}},
        {"pax_headers": {"SCHILY.xattr.\0": "c"}},
        {"pax_headers": {"SCHILY.xattr.\ud800": "c"}},
    ],
    ids=str,
)
def test_what_no_system_could_have(tmp_path: Path, changes: dict[str, Any]) -> None:
    member = regular("name\n\x1b[2J")
    for field, value in changes.items():
        setattr(member, field, value)
    with pytest.raises(ValueError) as caught, LayerTar(tmp_path) as layer:
        layer.add(member)
    assert str(caught.value).isprintable()


members = st.builds(
    tar_member,
    st.sampled_from(["a", "a/b", "a/b/c", "./a/", "b", "../x", "/x", "a//b", "", "é" * 200, "\udcff"]) | st.text(),
    st.integers() | st.floats(),
    st.sampled_from([bytes([kind]) for kind in b"\x0001234567SxgLKZ"]),
    st.integers(),
    link=st.sampled_from(["a", "b", "./a", "/etc/passwd", ""]) | st.text(),
    size=st.integers(-5, 5) | st.integers(),
)


@pytest.mark.fuzz
@given(
    st.lists(
        st.tuples(members, st.dictionaries(st.text(max_size=5).map("SCHILY.xattr.".__add__), st.text(max_size=5))),
        max_size=5,
    ),
    st.integers(-1, 2**33),
)
def test_made_up_members(infos: list[tuple[tarfile.TarInfo, dict[str, str]]], owner: int) -> None:
    """A tar that Python reads back as it was meant, or one line and nothing."""
    with TemporaryDirectory() as folder:
        added = {}
        try:
            with LayerTar(Path(folder)) as layer:
                for info, attributes in infos:
                    info.uid, info.pax_headers = owner, attributes
                    layer.add(info, io.BytesIO(b"12345"))
                    added[info.name.removeprefix("./").rstrip("/")] = info
        except ValueError as error:
            assert str(error).isprintable() and len(str(error)) < 10_000
            assert not list(Path(folder).iterdir())
        else:
            found = read(Path(folder))
            assert found.keys() == added.keys()
            for name, info in added.items():
                copied = found[name][0]
                # tarfile reads large times as floats.
                assert (copied.uid, copied.issym()) == (owner, info.issym())
                assert float(copied.mtime) == float(int(info.mtime))
                assert copied.linkname == info.linkname or not info.issym()
                assert {key: copied.pax_headers[key] for key in info.pax_headers} == info.pax_headers


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="2 bytes short"), LayerTar(tmp_path) as layer:
        layer.add(regular("a", 6), io.BytesIO(b"1234"))
    assert list(tmp_path.iterdir()) == []
