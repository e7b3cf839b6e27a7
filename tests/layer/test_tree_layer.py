"""Layers of plain trees: what the machine adds to a file must not reach the image."""

import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

Make = Callable[..., Path]


def members(layer: Path) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(layer / "layer.tar", "r:") as tar:
        return {info.name: info for info in tar}


def test_modes_owners_and_order(make_tree: Make, make_layer: Make) -> None:
    tree = make_tree({"b-c": b"", "b/x": b"#!", "b/data": b"1", "é": b""})
    (tree / "b" / "x").chmod(0o700)
    (tree / "b" / "data").chmod(0o666)
    (tree / "b" / "link").symlink_to("../nowhere")
    (tree / "empty").mkdir(mode=0o700)
    found = members(make_layer((tree, "opt/app")))
    assert list(found) == ["opt", "opt/app"] + [
        f"opt/app/{name}" for name in ("b", "b-c", "b/data", "b/link", "b/x", "empty", "é")
    ]
    assert {name.removeprefix("opt/app/"): oct(info.mode) for name, info in found.items() if not info.issym()} == {
        "opt": "0o755",
        "opt/app": "0o755",
        "b": "0o755",
        "b-c": "0o644",
        "b/x": "0o755",
        "b/data": "0o644",
        "empty": "0o755",
        "é": "0o644",
    }
    assert found["opt/app/b/link"].linkname == "../nowhere"
    assert {(info.uid, info.gid, info.mtime) for info in found.values()} == {(0, 0, 1)}


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


def test_trees_share_directories_and_a_file_may_be_a_tree(make_tree: Make, make_layer: Make) -> None:
    one, two = make_tree({"bin/a": b""}, "one"), make_tree({"bin/b": b"", "single": b"12"}, "two")
    layer = make_layer((one, ""), (two / "bin", "bin"), (two / "single", "etc/name"), links={"bin/sh": "a"})
    found = members(layer)
    assert list(found) == ["bin", "bin/a", "bin/b", "bin/sh", "etc", "etc/name"]
    assert (found["etc/name"].size, found["bin/sh"].linkname) == (2, "a")


def test_clashes_are_refused(make_tree: Make, make_layer: Make) -> None:
    one, two = make_tree({"bin/a": b""}, "one"), make_tree({"bin": b""}, "two")
    for trees, links in (
        ([(one, ""), (one / "bin", "bin"), (two / "bin", "bin/a")], {}),
        ([(one, ""), (two, "")], {}),
        ([(two, ""), (one, "")], {}),
        ([(one, "")], {"bin/a": "b"}),
    ):
        with pytest.raises(ValueError, match="bin(/a)?: is .*leave one out"):
            make_layer(*trees, links=links)
    with pytest.raises(ValueError, match="give it a prefix"):
        make_layer((two / "bin", ""))


def test_a_link_into_the_store_is_refused(make_tree: Make, make_layer: Make) -> None:
    tree = make_tree({})
    (tree / "sh").symlink_to("/nix/store/abc-busybox/bin/sh")
    with pytest.raises(ValueError, match="sh: points to /nix/store/abc"):
        make_layer((tree, ""))
    assert not (tree.parent / "layer" / "layer.tar").exists()
