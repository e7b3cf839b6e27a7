"""What of plain trees reaches a layer, and what is refused."""

import contextlib
import os
import tarfile
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import plain_tree
import tree_layer

Make = Callable[..., Path]
Tree = tuple[Path, str]


def members(*trees: Tree, links: dict[str, str] | None = None) -> dict[str, tuple[tarfile.TarInfo, bytes]]:
    """Name → member and content, in their order."""
    listed: Iterable[dict[str, str]] = [{"path": str(path), "prefix": prefix} for path, prefix in trees]
    found = plain_tree.members(listed, links or {}, mtime=7, store_dir="/nix/store")
    return {info.name: (info, data.read() if data else b"") for info, data in found}


def test_directories_come_before_what_is_in_them_and_names_are_sorted(make_tree: Make) -> None:
    tree = make_tree({"b-c": b"", "b/x": b"", "é": b""})
    (tree / "empty").mkdir()
    found = members((tree, "/opt/app/"), links={"opt/a": "app"})
    assert list(found) == [
        "opt",
        "opt/a",
        "opt/app",
        *(f"opt/app/{name}" for name in ("b", "b-c", "b/x", "empty", "é")),
    ]


def test_of_a_mode_only_the_executable_bit_reaches_the_layer(make_tree: Make) -> None:
    tree = make_tree({"private": b"", "open": b"", "program": b"", "others-program": b"", "folder/x": b""})
    modes = {"private": 0o600, "open": 0o666, "program": 0o700, "others-program": 0o655, "folder": 0o1777}
    for name, mode in modes.items():
        (tree / name).chmod(mode)
    found = members((tree, ""))
    assert {name: f"{found[name][0].mode:o}" for name in modes} == {
        "private": "644",
        "open": "644",
        "program": "755",
        "others-program": "644",
        "folder": "755",
    }


def test_root_owns_all_and_all_have_the_given_time(make_tree: Make) -> None:
    tree = make_tree({"usr/file": b"1"})
    (tree / "link").symlink_to("usr")
    os.utime(tree / "usr" / "file", (1e9, 1e9))
    found = members((tree, "srv"), links={"srv/other": "link"})
    assert {(info.uid, info.gid, info.mtime) for info, _ in found.values()} == {(0, 0, 7)}


def test_links_keep_their_target(make_tree: Make) -> None:
    tree = make_tree({})
    targets = {"dangling": "../nowhere", "absolute": "/usr/bin", "folder": "."}
    for name, target in targets.items():
        (tree / name).symlink_to(target)
    found = members((tree, ""), links={"given": "/x"})
    assert {name: info.linkname for name, (info, _) in found.items() if info.issym()} == targets | {"given": "/x"}


def test_trees_share_directories_and_a_file_may_be_a_tree(make_tree: Make) -> None:
    one, two = make_tree({"bin/a": b"a"}, "one"), make_tree({"bin/b": b"b", "single": b"12"}, "two")
    found = members((one, ""), (two / "bin", "bin"), (two / "single", "etc/name"))
    assert {name: content for name, (_, content) in found.items()} == {
        "bin": b"",
        "bin/a": b"a",
        "bin/b": b"b",
        "etc": b"",
        "etc/name": b"12",
    }


def test_two_of_one_name_are_refused(make_tree: Make) -> None:
    one, two = make_tree({"bin/a": b""}, "one"), make_tree({"bin": b"other"}, "two")
    (two / "link").symlink_to("bin")
    cases: list[tuple[str, list[Tree], dict[str, str]]] = [
        ("bin/a", [(one, ""), (two / "bin", "bin/a")], {}),
        ("bin", [(one, ""), (two, "")], {}),
        ("bin", [(two, ""), (one, "")], {}),
        ("bin", [(one, ""), (two / "link", "bin")], {}),
        ("bin/a", [(one, "")], {"bin/a": "b"}),
        ("bin", [(one, "")], {"bin": "usr/bin"}),
    ]
    for name, trees, links in cases:
        with pytest.raises(ValueError, match=rf"^{name}: is .*{one}.*leave one out$"):
            members(*trees, links=links)


def test_what_no_layer_can_hold_is_refused(make_tree: Make) -> None:
    tree = make_tree({"file": b""})
    with pytest.raises(ValueError, match=r"file: is one file; give it a prefix"):
        members((tree / "file", ""))
    with pytest.raises(ValueError, match=r"^srv: .*/missing is no file, directory or symlink"):
        members((tree / "missing", "srv"))
    os.mkfifo(tree / "pipe")
    with pytest.raises(ValueError, match=r"^srv/pipe: .*/pipe is no file, directory or symlink"):
        members((tree, "srv"))


def test_a_deep_tree(make_tree: Make) -> None:
    """Deeper than Python calls functions, and not deeper than a path is long."""
    tree = make_tree({})
    folders = [tree.joinpath(*"d" * depth) for depth in range(1, 1051)]
    for folder in folders:
        folder.mkdir()
    assert list(members((tree, "")))[-1] == "/".join("d" * 1050)
    for folder in reversed(folders):
        folder.rmdir()


def test_names_do_not_reach_the_terminal_as_they_are(make_tree: Make) -> None:
    tree = make_tree({"a\n\x1b[2J": b""})
    os.mkfifo(tree / "pipe\n")
    with pytest.raises(ValueError) as caught:
        members((tree, ""))
    assert str(caught.value).isprintable()


# A name in a tree → its content; a text is the target of a symlink, None is a folder.
trees = st.dictionaries(
    st.lists(st.sampled_from(["a", "b", "c.py", "n" * 255, "é\n", "\udcff"]), min_size=1, max_size=4).map("/".join),
    st.none() | st.binary(max_size=600) | st.sampled_from(["a", "../..", "/nix/store/x", "/etc", "\n"]),
    max_size=6,
)


def write(root: Path, files: dict[str, bytes | str | None]) -> None:
    """Write what of the files can be there together."""
    for name, content in files.items():
        with contextlib.suppress(OSError):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                (root / name).mkdir()
            elif isinstance(content, str):
                (root / name).symlink_to(content)
            else:
                (root / name).write_bytes(content)


@pytest.mark.fuzz
@given(trees, trees, st.dictionaries(st.sampled_from(["a", "a/b", "x", "x/y"]), st.sampled_from(["a", "/"])))
def test_made_up_trees(one: Any, two: Any, links: dict[str, str]) -> None:
    """A layer that holds each file of both trees, or one line and no layer."""
    with TemporaryDirectory() as folder:
        roots = [Path(folder, "one"), Path(folder, "two")]
        for root, files in zip(roots, (one, two), strict=True):
            root.mkdir()
            write(root, files)
        out = Path(folder, "out")
        listed = [{"path": str(root), "prefix": prefix} for root, prefix in zip(roots, ("", "a"), strict=True)]
        try:
            tree_layer.build({"trees": listed, "links": links, "mtime": 1, "storeDir": "/nix/store"}, out)
        except ValueError as error:
            assert str(error).isprintable()
            assert not list(out.iterdir())
        else:
            with tarfile.open(out / "layer.tar", "r:") as tar:
                names = set(tar.getnames())
            assert names.issuperset(path.relative_to(roots[0]).as_posix() for path in roots[0].rglob("*"))
            assert names.issuperset(f"a/{path.relative_to(roots[1])}" for path in roots[1].rglob("*"))
            assert names.issuperset(links)


@pytest.mark.parametrize("target", ["/nix/store/abc-busybox/bin/sh", "/nix/store/abc"])
def test_a_link_into_the_store_is_refused(make_tree: Make, target: str) -> None:
    tree = make_tree({})
    (tree / "sh").symlink_to(target)
    with pytest.raises(ValueError, match=rf"^bin/sh: points to {target}, which is not in the image; copy that file"):
        members((tree, "bin"))


def test_a_path_that_only_begins_like_the_store_is_no_link_into_it(make_tree: Make) -> None:
    tree = make_tree({})
    (tree / "notes").symlink_to("/nix/stored/notes")
    assert members((tree, ""))["notes"][0].linkname == "/nix/stored/notes"


def test_trees_may_have_the_same_file(make_tree: Make) -> None:
    one, two, three = (make_tree({"etc/os": content}, content.decode()) for content in (b"a", b"a ", b"a  "))
    (two / "etc" / "os").write_bytes(b"a")
    for tree in (one, two):
        (tree / "link").symlink_to("etc")
    found = members((one, ""), (two, ""))
    assert (found["etc/os"][1], found["link"][0].linkname) == (b"a", "etc")
    with pytest.raises(ValueError, match=r"^etc/os: is .*leave one out"):
        members((one, ""), (three, ""))
    (two / "etc" / "os").chmod(0o755)
    with pytest.raises(ValueError, match=r"^etc/os: is .*leave one out"):
        members((one, ""), (two, ""))


def test_a_tree_may_be_a_link_to_one(make_tree: Make) -> None:
    tree = make_tree({"etc/x": b"x"})
    (tree.parent / "link").symlink_to("tree")
    assert members((tree.parent / "link", ""))["etc/x"][1] == b"x"
    assert members((tree.parent / "link", "srv"))["srv"][0].issym()
