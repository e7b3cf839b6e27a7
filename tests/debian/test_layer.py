"""A layer as a whole: what is composed, what the spec adds, and that nothing else gets into it."""

import json
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from packages import Made, entry
from stack import MTIME, Stack


def test_a_file_that_a_package_ships_is_not_composed(stack: Stack) -> None:
    stack.add(Made("adduser", {"usr/share/adduser/adduser.conf": "composed", "etc/adduser.conf": "shipped"}))
    assert stack.text("etc/adduser.conf") == "shipped"


def test_what_the_spec_spells_out_is_not_composed(stack: Stack) -> None:
    place = "usr/local/lib/python3.9/dist-packages"
    stack.add(Made("python3.9-minimal"), links={place: "site-packages"})
    stack.add(Made("a"))
    assert stack.tree[place].target == "site-packages"


def test_an_upper_layer_writes_only_what_changes(stack: Stack) -> None:
    stack.add(
        Made(
            "base-passwd",
            {
                "usr/share/base-passwd/passwd.master": "root:*:0:0:::\n",
                "usr/share/base-passwd/group.master": "root:*:0:\nshadow:*:42:\n",
            },
        )
    )
    stack.add(Made("b", {"usr/bin/b": b""}))
    assert {"usr/bin/b", "var/lib/dpkg/status", "var/lib/dpkg/info/b.list"} <= stack.last.keys()
    assert "etc/passwd" not in stack.last
    assert "bin" not in stack.last


def test_trees_files_and_links_are_added(stack: Stack, tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "bin").mkdir(parents=True)
    (source / "bin" / "tool").write_text("#!")
    (source / "bin" / "tool").chmod(0o555)
    (source / "data").write_text("1")
    (source / "link").symlink_to("data")
    stack.add(
        trees=[{"path": str(source), "prefix": "usr/local"}],
        files={"etc/a": {"text": "a\n"}, "root/b": {"text": "b\n", "mode": "0600"}},
        links={"usr/bin/python": "python3"},
    )
    tree = stack.tree
    assert [tree[f"usr/local/{name}"].mode for name in ("bin", "bin/tool", "data")] == [0o755, 0o755, 0o644]
    assert tree["usr/local/link"].target == "data"
    assert (tree["etc/a"].data, tree["etc/a"].mode, tree["root/b"].mode) == (b"a\n", 0o644, 0o600)
    assert tree["usr/bin/python"].target == "python3"
    assert {tree[path].info.mtime for path in ("usr/local/data", "etc/a", "usr/bin/python")} == {MTIME}


def test_a_file_from_elsewhere_has_the_mode_that_is_asked_for(stack: Stack, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"\0binary")
    source.chmod(0o555)
    stack.add(files={"etc/a": {"source": str(source), "mode": "0640"}, "etc/b": {"source": str(source)}})
    assert [(stack.tree[path].data, stack.tree[path].mode) for path in ("etc/a", "etc/b")] == [
        (b"\0binary", 0o640),
        (b"\0binary", 0o644),
    ]


@pytest.mark.parametrize("name", [".", "missing"])
def test_what_is_no_file_has_no_mode(stack: Stack, tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"etc/a: .* is no file"):
        stack.add(files={"etc/a": {"source": str(tmp_path / name), "mode": "0640"}})


def test_a_tree_leaves_directories_of_packages_as_they_are(stack: Stack, make_tree: Callable[..., Path]) -> None:
    tree = make_tree({"tmp/a": b"", "var/mail/b": b""})
    stack.add(Made("base-files", {"tmp": entry(tarfile.DIRTYPE, 0o1777), "var/mail": entry(tarfile.DIRTYPE, 0o2775)}))
    stack.add(trees=[{"path": str(tree), "prefix": ""}])
    assert (stack.last["tmp"].mode, stack.last["var/mail"].mode) == (0o1777, 0o2775)


def test_a_tree_is_held_to_the_rules_of_plain_trees(stack: Stack, make_tree: Callable[..., Path]) -> None:
    tree = make_tree({"a": b""})
    (tree / "sh").symlink_to("/nix/store/abc-busybox/bin/sh")
    with pytest.raises(
        ValueError, match=r"^srv/sh: points to /nix/store/abc-busybox/bin/sh, which is not in the image"
    ):
        stack.add(trees=[{"path": str(tree), "prefix": "srv"}])


def test_a_tree_with_a_file_of_a_package_is_refused(stack: Stack, make_tree: Callable[..., Path]) -> None:
    tree = make_tree({"bin/a": b"tree"})
    with pytest.raises(ValueError, match=r"^usr/bin/a: is there twice; leave one out"):
        stack.add(Made("a", {"usr/bin/a": b"package"}), trees=[{"path": str(tree), "prefix": "usr"}])


def test_same_input_same_bytes(stack: Stack) -> None:
    packages = [Made(f"p{number}", {f"bin/{number}": b"", f"usr/bin/p{number}": b""}) for number in range(9)]
    first, second = stack.add(*packages), stack.add(*packages, below=None)
    assert (first / "layer.tar").read_bytes() == (second / "layer.tar").read_bytes()
    assert (first / "system.json").read_bytes() == (second / "system.json").read_bytes()


def test_a_damaged_package_leaves_nothing(stack: Stack, tmp_path: Path) -> None:
    bad = tmp_path / "bad.deb"
    bad.write_bytes(b"!<arch>\n")
    good = Made("good", {"usr/bin/good": b""}).write(tmp_path)
    with pytest.raises(ValueError, match=r"^bad: "):
        stack.add(debs=[{"name": "good", "file": str(good)}, {"name": "bad", "file": str(bad)}])
    assert list((tmp_path / "layer0").iterdir()) == []


def test_nothing_but_the_spec_reaches_the_layer(stack: Stack) -> None:
    out = stack.add(Made("a", {"usr/bin/a": b""}))
    assert {path.name for path in out.iterdir()} == {"layer.tar", "layer.json", "system.json"}
    assert str(stack.folder) not in (out / "system.json").read_text()
    assert set(json.loads((out / "layer.json").read_text())) == {"diff_id", "size"}
    assert all(stat.S_IMODE(member.mode) == member.mode for member in stack.tree.values())


def test_a_package_takes_the_place_of_a_link_that_a_layer_below_was_given(stack: Stack) -> None:
    """As wget's own program takes that of busybox's."""
    stack.add(links={"usr/bin/wget": "busybox", "usr/bin/vi": "busybox"})
    stack.add(Made("wget", {"usr/bin/wget": b"program"}))
    assert stack.tree["usr/bin/wget"].data == b"program"
    assert stack.tree["usr/bin/vi"].target == "busybox"
    # Then it is the package's own.
    with pytest.raises(ValueError, match="usr/bin/wget is in the package wget too"):
        stack.add(Made("other", {"usr/bin/wget": b""}))


def test_a_package_does_not_take_the_place_of_a_link_of_its_own_layer(stack: Stack) -> None:
    with pytest.raises(ValueError, match="usr/bin/wget"):
        stack.add(Made("wget", {"usr/bin/wget": b""}), links={"usr/bin/wget": "busybox"})
