"""A tree over layers with links: what was there still is, and what the tree brings is found by its name."""

import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tree_layer
from layer_tar import LayerTar, tar_member

Make = Callable[..., Path]
# What a layer below has: a link's target, a file's content, or the mode of a directory.
Tree = dict[str, str | bytes | int]

MERGED: Tree = {
    "usr/bin/sh": b"#!",
    "usr/lib/libc.so": b"elf",
    "bin": "usr/bin",
    "lib": "/usr/lib",
    "lib64": "lib",
    "var/run": "../run",
}


def write_layer(out: Path, tree: Tree) -> Path:
    with LayerTar(out) as layer:
        for path, what in sorted(tree.items()):
            if isinstance(what, str):
                layer.add(tar_member(path, 1, tarfile.SYMTYPE, 0o777, link=what))
            elif isinstance(what, bytes):
                layer.add(tar_member(path, 1, tarfile.REGTYPE, 0o644), what)
            else:
                directory = tar_member(path, 5, tarfile.DIRTYPE, what)
                directory.gid = 42
                layer.add(directory)
    return out


@pytest.fixture
def make_below(tmp_path: Path) -> Make:
    """make_below(tree) -> the folder of its layer."""
    return lambda tree: write_layer(tmp_path / "below", tree)


def unpacked(root: Path, *layers: Path) -> Path:
    """The tree that an engine makes of the layers."""
    root.mkdir()
    for layer in layers:
        with tarfile.open(layer / "layer.tar", "r:") as tar:
            for member in tar:
                place = root / member.name
                if place.is_symlink() or (place.is_file() and not member.isdir()):
                    place.unlink()
                assert member.isdir() or not place.is_dir(), f"{member.name} takes a directory away"
                tar.extract(member, root)
    return root


def within(root: Path, name: str) -> Path:
    """The file that a process in the root finds by this name."""
    todo, found, links = name.split("/")[::-1], root, 0
    while todo:
        part = todo.pop()
        if part == "..":
            found = found if found == root else found.parent
        elif part:
            found /= part
            if found.is_symlink():
                links += 1
                assert links < 40
                target = os.readlink(found)
                todo += target.split("/")[::-1]
                found = root if target.startswith("/") else found.parent
    return found


@pytest.mark.parametrize(
    "name", ["lib/libx.so", "bin/x", "lib64/deep/er/x", "var/run/x.pid", "usr/bin/x", "opt/x", "lib/a/b"]
)
@pytest.mark.parametrize("prefixed", [False, True])
def test_a_tree_follows_the_links_below(
    make_tree: Make, make_layer: Make, make_below: Make, tmp_path: Path, name: str, prefixed: bool
) -> None:
    below = make_below(MERGED)
    tree = make_tree({name: b"x"})
    folder, _, base = name.rpartition("/")
    layer = make_layer((tree / name, name) if prefixed else (tree, ""), links={f"{folder}/link": base}, below=[below])
    root = unpacked(tmp_path / "root", below, layer)
    assert within(root, name).read_bytes() == within(root, f"{folder}/link").read_bytes() == b"x"
    assert within(root, "bin/sh").read_bytes() == b"#!"
    assert within(root, "lib64/libc.so").read_bytes() == b"elf"


def test_a_link_out_of_its_folder_leads_where_the_tree_has_it(
    make_tree: Make, make_layer: Make, make_below: Make, tmp_path: Path
) -> None:
    tree = make_tree({"share/data": b"data", "lib/own": b"own", "lib/in/x": b""})
    for name, target in {"bin": "data", "lib/data": "../share/data", "lib/in/own": "../own"}.items():
        link = tree / (f"{name}/x" if name == "bin" else name)
        link.parent.mkdir(exist_ok=True)
        link.symlink_to("../share/data" if name == "bin" else target)
    below = make_below(MERGED | {"usr/share/doc": 0o755})
    root = unpacked(tmp_path / "root", below, make_layer((tree, ""), below=[below]))
    assert within(root, "bin/x").read_bytes() == within(root, "lib/data").read_bytes() == b"data"
    assert within(root, "lib/in/own").read_bytes() == b"own"


def test_directories_below_keep_their_mode_and_owner(make_tree: Make, make_layer: Make, make_below: Make) -> None:
    below = make_below({"tmp": 0o1777, "var/mail": 0o2775})
    layer = make_layer((make_tree({"tmp/a": b"", "var/mail/b": b""}), ""), below=[below])
    with tarfile.open(layer / "layer.tar", "r:") as tar:
        found = {member.name: (member.mode, member.gid) for member in tar if member.isdir()}
    assert (found["tmp"], found["var/mail"]) == ((0o1777, 42), (0o2775, 42))


@pytest.mark.parametrize("below", [{"sbin/init": b"init"}, {"usr/sbin/init": b"init", "sbin": "usr/sbin"}], ids=str)
def test_a_link_never_takes_a_directory_away(
    make_tree: Make, make_layer: Make, make_below: Make, tmp_path: Path, below: Tree
) -> None:
    """Such as the lib64 -> lib and sbin -> bin of many packages."""
    tree = make_tree({"bin/x": b"x", "bin/more/y": b"y"})
    (tree / "sbin").symlink_to("bin")
    lower = make_below(below)
    root = unpacked(tmp_path / "root", lower, make_layer((tree, ""), below=[lower]))
    found = [within(root, f"sbin/{name}").read_bytes() for name in ("init", "x", "more/y")]
    assert found == [b"init", b"x", b"y"]


@pytest.mark.parametrize("base", [MERGED, {}], ids=["merged", "nothing"])
@pytest.mark.parametrize("at_once", [True, False])
def test_links_into_the_store_are_joined(
    make_tree: Make, make_layer: Make, make_below: Make, tmp_path: Path, base: Tree, at_once: bool
) -> None:
    """The folder bin of an environment is one link if only one package has something in it."""
    store = make_tree({"one/bin/a": b"a", "two/bin/b": b"b", "two/bin/more/c": b"c"}, "store")
    envs = [make_tree({}, "env-one"), make_tree({}, "env-two"), make_tree({"bin/d": b"d"}, "env-three")]
    for env, package in zip(envs, ("one", "two"), strict=False):
        (env / "bin").symlink_to(store / package / "bin")
    layers = [make_below(base)]
    for trees in [envs] if at_once else [[env] for env in envs]:
        listed = [(tree, "") for tree in trees]
        layers.append(make_layer(*listed, name=f"{len(layers)}", below=layers[:], storeDir=str(store)))
    root = unpacked(tmp_path / "root", *layers)
    assert within(root, "bin/d").read_bytes() == b"d"
    links = {name: os.readlink(within(root, "bin") / name) for name in ("a", "b", "more")}
    assert links == {"a": f"{store}/one/bin/a", "b": f"{store}/two/bin/b", "more": f"{store}/two/bin/more"}
    assert not base or within(root, "bin/sh").read_bytes() == b"#!"


@pytest.mark.parametrize(
    ("below", "tree", "link", "message"),
    [
        ({"etc/x/y": b""}, {"etc/x": b""}, None, "etc/x: is in .*, but a directory in a layer below; leave it out"),
        ({"usr/lib/x": b"", "lib": "usr/lib"}, {"lib": b""}, None, "lib: is in .*, but a directory in a layer below"),
        ({"etc/x": b""}, {"etc/x/y": b""}, None, "etc/x: is in .*, but no directory in a layer below; leave it out"),
        ({"etc/x/y": b""}, {}, ("etc/x", "/srv"), "etc/x: is .*, but a directory in a layer below; leave one out"),
        ({"etc/x/y": b""}, {}, ("etc/x", "gone"), "etc/x: is .*, but a directory in a layer below; leave one out"),
        ({"lib": "lib64", "lib64": "lib"}, {"lib/x": b""}, None, "lib: is behind more than 40 links"),
        ({"lib": "file", "file": b""}, {"lib/x": b""}, None, "file: is in .*, but no directory in a layer below"),
    ],
)
def test_what_cannot_be_there_together(
    make_tree: Make,
    make_layer: Make,
    make_below: Make,
    below: Tree,
    tree: dict[str, bytes],
    link: tuple[str, str] | None,
    message: str,
) -> None:
    root = make_tree(tree)
    if link:
        (root / link[0]).parent.mkdir(parents=True)
        (root / link[0]).symlink_to(link[1])
    with pytest.raises(ValueError, match=rf"^{message}"):
        make_layer((root, ""), below=[make_below(below)])


def test_the_same_link_and_a_link_to_the_same_directory_pass(
    make_tree: Make, make_layer: Make, make_below: Make, tmp_path: Path
) -> None:
    tree = make_tree({})
    for name, target in {"bin": "usr/bin", "lib": "/usr/lib", "lib64": "/usr/lib"}.items():
        (tree / name).symlink_to(target)
    below = make_below(MERGED)
    root = unpacked(tmp_path / "root", below, make_layer((tree, ""), below=[below]))
    assert within(root, "bin/sh").read_bytes() == b"#!"
    assert within(root, "lib64/libc.so").read_bytes() == b"elf"


def test_a_link_to_a_file_below_is_replaced(
    make_tree: Make, make_layer: Make, make_below: Make, tmp_path: Path
) -> None:
    below = make_below(MERGED | {"usr/bin/vi": "sh", "etc/link": "../usr/bin/sh"})
    tree = make_tree({"bin/vi": b"vi", "etc/link": b"own"})
    root = unpacked(tmp_path / "root", below, make_layer((tree, ""), below=[below]))
    assert [within(root, name).read_bytes() for name in ("bin/vi", "etc/link", "bin/sh")] == [b"vi", b"own", b"#!"]


names = st.lists(st.sampled_from(["bin", "lib", "usr", "x", "y"]), min_size=1, max_size=3).map("/".join)
targets = st.sampled_from(["usr/bin", "/usr/lib", "lib", "../lib", "x", "/", "..", "../usr"])


@pytest.mark.fuzz
@given(st.dictionaries(names, targets | st.binary(max_size=2) | st.just(0o755), max_size=5), st.sets(names, max_size=4))
def test_made_up_layers(below: Tree, files: set[str]) -> None:
    """Each file of the tree is found by its name, and each of the layer below as before; or it is one line."""
    with TemporaryDirectory() as folder:
        root, tree = Path(folder, "root"), Path(folder, "tree")
        tree.mkdir()
        for name in sorted(files):
            if not any((tree / name).is_relative_to(path) for path in tree.rglob("*") if path.is_file()):
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                (tree / name).is_dir() or (tree / name).write_text(f"new {name}")
        try:
            lower = write_layer(Path(folder, "below"), below)
            before = {name: what for name, what in below.items() if isinstance(what, bytes)}
            spec = {"trees": [{"path": str(tree), "prefix": ""}], "links": {}, "mtime": 1, "storeDir": "/nix/store"}
            tree_layer.build(spec | {"below": [str(lower)]}, Path(folder, "layer"))
        except ValueError as error:
            assert str(error).isprintable()
            return
        unpacked(root, lower, Path(folder, "layer"))
        new = {path.relative_to(tree).as_posix(): path.read_bytes() for path in tree.rglob("*") if path.is_file()}
        replaced = {within(root, name) for name in new}
        assert {name: within(root, name).read_bytes() for name in new} == new
        for name, content in before.items():
            assert within(root, name) in replaced or (root / name).read_bytes() == content
        links = {name for name, what in below.items() if isinstance(what, str)}
        assert {name for name in links if not (root / name).is_symlink()} <= new.keys()
