"""What the layers below have, as an engine would stack them."""

import io
import tarfile
from pathlib import Path

import pytest

import lower_layers


def write(path: Path, *members: str) -> Path:
    """A tar of directories (name/), links (name -> target) and empty files."""
    with tarfile.open(path, "w") as tar:
        for text in members:
            name, _, target = text.partition(" -> ")
            info = tarfile.TarInfo(name.rstrip("/"))
            info.type = tarfile.SYMTYPE if target else tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
            info.linkname = target
            tar.addfile(info)
    return path


def test_an_upper_layer_takes_away_and_replaces(tmp_path: Path) -> None:
    lower = write(tmp_path / "1", "./", "./lib -> usr/lib", "./etc/", "./etc/a", "./opt/", "./opt/old/x", "./was/dir/x")
    upper = write(tmp_path / "2", ".wh.lib", "etc/.wh.a", "opt/new", "opt/.wh..wh..opq", "was/dir -> elsewhere")
    tree = lower_layers.read([lower, upper])
    assert {name for name, member in tree.items() if name != "."} == {"etc", "opt", "opt/new", "was", "was/dir"}
    assert tree["was/dir"].linkname == "elsewhere"


def test_directories_need_no_member(tmp_path: Path) -> None:
    tree = lower_layers.read([write(tmp_path / "1", "usr/lib/x")])
    assert [tree[name].isdir() for name in ("usr", "usr/lib", "usr/lib/x")] == [True, True, False]


def test_a_layer_may_be_empty(tmp_path: Path) -> None:
    (tmp_path / "nothing").touch()
    (tmp_path / "zeros").write_bytes(bytes(1024))
    assert lower_layers.read([tmp_path / "nothing", tmp_path / "zeros"]) == {}


@pytest.mark.parametrize("cut", [1, 100, 700])
def test_a_damaged_tar(tmp_path: Path, cut: int) -> None:
    with tarfile.open(tmp_path / "layer.tar", "w") as tar:
        info = tarfile.TarInfo("file")
        info.size = 5000
        tar.addfile(info, io.BytesIO(bytes(5000)))
    (tmp_path / "layer.tar").write_bytes((tmp_path / "layer.tar").read_bytes()[:-9000][: 512 + cut])
    with pytest.raises(ValueError, match=r"^layer.tar: is no layer's tar"):
        lower_layers.read([tmp_path / "layer.tar"])
