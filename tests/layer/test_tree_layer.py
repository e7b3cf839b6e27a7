"""Layers of plain trees: what the machine adds to a file must not reach the image."""

import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tree_layer

Make = Callable[..., Path]


def test_the_tar_holds_trees_and_links(make_tree: Make, make_layer: Make) -> None:
    layer = make_layer((make_tree({"busybox": b"#!"}), "bin"), links={"bin/sh": "busybox"})
    with tarfile.open(layer / "layer.tar", "r:") as tar:
        assert tar.getnames() == ["bin", "bin/busybox", "bin/sh"]
        program = tar.extractfile("bin/sh")
        assert program and program.read() == b"#!"


def test_same_bytes_wherever_and_however_the_tree_was_made(make_tree: Make, make_layer: Make) -> None:
    files = {"z": b"same", "a/b": b"same", "a/" + "n" * 200: b"", "a/漢": bytes(100_000)}
    first = make_tree(files, "first")
    second = make_tree({}, "some-other-place")
    umask = os.umask(0o077)
    try:
        for name in reversed(files):
            (second / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(first / name, second / name)
            os.utime(second / name, (1e9, 1e9))
        (second / "a" / "b").unlink()
        os.link(second / "z", second / "a" / "b")
        (second / "a" / "漢").unlink()
        with (second / "a" / "漢").open("wb") as sparse:
            sparse.truncate(100_000)
        layers = [make_layer((first, "")), make_layer((second, ""), name="layer2")]
    finally:
        os.umask(umask)
    assert (layers[0] / "layer.tar").read_bytes() == (layers[1] / "layer.tar").read_bytes()


def test_a_refused_tree_leaves_no_layer(make_tree: Make, make_layer: Make, tmp_path: Path) -> None:
    tree = make_tree({"a": b""})
    (tree / "sh").symlink_to("/nix/store/abc-busybox/bin/sh")
    with pytest.raises(ValueError, match=r"^sh: points to /nix/store/abc"):
        make_layer((tree, ""))
    assert list((tmp_path / "layer").iterdir()) == []


@pytest.mark.parametrize(
    "changes",
    [{"mtime": "1"}, {"mtime": 1.5}, {"mtime": None}, {"links": {"a": 5}}, {"trees": [{"path": "/", "prefix": None}]}],
    ids=str,
)
def test_arguments_of_another_type(tmp_path: Path, changes: dict[str, Any]) -> None:
    spec: dict[str, Any] = {"trees": [], "links": {}, "mtime": 1, "storeDir": "/nix/store"}
    with pytest.raises(ValueError, match="is no "):
        tree_layer.build(spec | changes, tmp_path / "layer")
    assert not (tmp_path / "layer").exists()
