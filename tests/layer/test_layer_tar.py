"""The writer of layers, read back by Python's tarfile."""

import hashlib
import io
import json
import string
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layer_tar import LayerTar, tar_member


def regular(name: str, size: int = 0) -> tarfile.TarInfo:
    return tar_member(name, 1, tarfile.REGTYPE, 0o644, size=size)


def read(out: Path) -> dict[str, tuple[tarfile.TarInfo, bytes | None]]:
    with tarfile.open(out / "layer.tar", "r:") as tar:
        return {info.name: (info, file.read() if (file := tar.extractfile(info)) else None) for info in tar}


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
        ([], tar_member("a", 0, tarfile.LNKTYPE, 0, link="b"), "not in the layer"),
    ],
)
def test_forbidden_members(tmp_path: Path, before: list[str], member: tarfile.TarInfo, message: str) -> None:
    with pytest.raises(ValueError, match=message), LayerTar(tmp_path) as layer:
        for name in before:
            layer.add(regular(name))
        layer.add(member)


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="2 bytes short"), LayerTar(tmp_path) as layer:
        layer.add(regular("a", 6), io.BytesIO(b"1234"))
    assert list(tmp_path.iterdir()) == []
