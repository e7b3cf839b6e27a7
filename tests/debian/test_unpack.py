"""What of a package reaches the layer."""

import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from packages import Content, Made, entry, symlink
from stack import Stack


def test_members_keep_owner_mode_time_and_link(stack: Stack) -> None:
    stack.add(
        Made(
            "kinds",
            {
                "usr/bin/su": entry(tarfile.REGTYPE, 0o4755),
                "var/mail": entry(tarfile.DIRTYPE, 0o2775, gid=8),
                "usr/bin/vi": symlink("vim"),
                "dev/null": entry(tarfile.CHRTYPE, 0o666),
            },
        )
    )
    tree = stack.tree
    assert tree["usr/bin/su"].mode == 0o4755
    assert tree["usr/bin/su"].info.mtime == 1_600_000_000
    assert (tree["var/mail"].mode, tree["var/mail"].owner) == (0o2775, (0, 8))
    assert tree["usr/bin/vi"].target == "vim"
    assert tree["dev/null"].info.ischr()


def test_two_packages_with_one_file_are_refused(stack: Stack) -> None:
    stack.add(Made("a", {"bin/x": b"a"}))
    with pytest.raises(ValueError, match=r"^b: usr/bin/x is in the package a too"):
        stack.add(Made("b", {"usr/bin/x": b"b"}))


def test_a_package_with_a_file_of_a_tree_below_is_refused(stack: Stack, make_tree: Callable[..., Path]) -> None:
    stack.add(trees=[{"path": str(make_tree({"x": b"tree"})), "prefix": "usr/bin"}])
    with pytest.raises(ValueError, match=r"^b: usr/bin/x is in a tree of the layers below too"):
        stack.add(Made("b", {"usr/bin/x": b"b"}))


def test_excluded_paths_are_left_out_but_for_included_ones(stack: Stack) -> None:
    files = {
        "usr/share/doc/a/copyright": "free",
        "usr/share/doc/a/changelog": "new",
        "usr/share/man/man1/a.1": "",
        "usr/bin/a": "",
    }
    stack.add(Made("a", files), exclude=["usr/share/doc/*", "usr/share/man/*"], include=["usr/share/doc/*/copyright"])
    kept = [path for path in stack.tree if path.startswith("usr/") and "dpkg" not in path]
    assert set(kept) >= {"usr/share/doc/a", "usr/share/doc/a/copyright", "usr/bin/a"}
    assert not [path for path in kept if "changelog" in path or "man1" in path]


def test_what_may_lead_to_an_included_path_stays(stack: Stack) -> None:
    """As dpkg does it, so that the copyright of a package whose folder is a link to another's is found."""
    files: dict[str, Content] = {
        "usr/share/doc/a/copyright": "free",
        "usr/share/doc/a/examples": entry(tarfile.DIRTYPE, 0o755),
        "usr/share/doc/b": symlink("a"),
        "usr/share/man/man1": entry(tarfile.DIRTYPE, 0o755),
        "usr/share/man/man1/a.1": "",
        "usr/share/man/man1/b.1": symlink("a.1"),
        "usr/share/man/de/man1": entry(tarfile.DIRTYPE, 0o755),
    }
    stack.add(Made("a", files), exclude=["usr/share/doc/*", "usr/share/man/*/*"], include=["usr/share/doc/*/copyright"])
    assert {path for path in stack.tree if path.startswith("usr/share/")} == {
        "usr/share/doc",
        "usr/share/doc/a",
        "usr/share/doc/a/copyright",
        "usr/share/doc/a/examples",
        "usr/share/doc/b",
        "usr/share/man",
        "usr/share/man/de",
        "usr/share/man/man1",
    }


def test_a_mode_that_a_postinst_sets(stack: Stack) -> None:
    masters = {
        "usr/share/base-passwd/passwd.master": "root:*:0:0:::\n",
        "usr/share/base-passwd/group.master": "shadow:*:42:\n",
    }
    script = (
        "\taddgroup --system --quiet --force-badname _ssh\n"
        "\tchgrp _ssh /usr/bin/ssh-agent\n\tchmod 2755 /usr/bin/ssh-agent\n"
    )
    stack.add(Made("base-passwd", masters))
    stack.add(Made("openssh-client", {"usr/bin/ssh-agent": b"agent", "usr/bin/ssh": b"ssh"}, {"postinst": script}))
    groups = dict(line.split(":")[::2] for line in stack.text("etc/group").splitlines())
    agent = stack.tree["usr/bin/ssh-agent"]
    assert (agent.mode, agent.owner) == (0o2755, (0, int(groups["_ssh"])))
    assert stack.tree["usr/bin/ssh"].owner == (0, 0)
