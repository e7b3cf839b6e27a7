"""Packages → the tree of a layer."""

import json
import stat
import tarfile
from pathlib import Path

import pytest

from conftest import MTIME, Stack
from packages import Made, entry, symlink


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


def test_usr_is_merged(stack: Stack) -> None:
    stack.add(
        Made(
            "old",
            {
                "bin/sh": b"sh",
                "lib64/ld.so": symlink("../lib/ld.so"),
                "sbin/init": entry(tarfile.LNKTYPE, target="./bin/sh"),
            },
        )
    )
    tree = stack.tree
    assert tree["bin"].target == "usr/bin"
    assert tree["lib64"].target == "usr/lib64"
    assert tree["usr/bin/sh"].data == b"sh"
    assert tree["usr/lib64/ld.so"].target == "../lib/ld.so"
    assert tree["usr/sbin/init"].target == "usr/bin/sh"
    assert not [path for path in tree if path.startswith(("bin/", "lib64/", "sbin/"))]


def test_merged_usr_of_another_architecture_has_no_lib64(stack: Stack) -> None:
    stack.add(Made("old", {"bin/sh": b"sh"}), architecture="arm64", multiarch="aarch64-linux-gnu")
    assert "lib" in stack.tree
    assert "lib64" not in stack.tree


def test_links_that_base_files_ships_are_kept(stack: Stack) -> None:
    stack.add(Made("base-files", {"bin": symlink("usr/bin")}), Made("dash", {"bin/sh": b"sh"}))
    assert stack.tree["bin"].target == "usr/bin"
    assert "lib32" not in stack.tree


def test_var_run_stands_in_run(stack: Stack) -> None:
    scripts = {"postinst": "  migrate_directory /var/run /run\n"}
    stack.add(Made("base-files", {"var/run": entry(tarfile.DIRTYPE)}, scripts), Made("p", {"var/run/p/pid": b"1"}))
    assert stack.tree["run/p/pid"].data == b"1"
    assert stack.tree["var/run"].target == "/run"


def test_the_first_package_decides_a_directory(stack: Stack) -> None:
    stack.add(Made("a", {"srv/x": entry(tarfile.DIRTYPE, 0o700, uid=5)}), Made("b", {"srv/x/file": b""}))
    assert (stack.tree["srv/x"].mode, stack.tree["srv/x"].owner) == (0o700, (5, 0))


def test_an_upper_layer_repeats_a_directory_as_below(stack: Stack) -> None:
    stack.add(Made("a", {"srv/x": entry(tarfile.DIRTYPE, 0o1770, gid=7), "opt": entry(tarfile.DIRTYPE)}))
    stack.add(Made("b", {"srv/x/file": b"", "opt": entry(tarfile.DIRTYPE, 0o700)}))
    assert (stack.last["srv/x"].mode, stack.last["srv/x"].owner) == (0o1770, (0, 7))
    assert "opt" not in stack.last


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


def test_two_packages_with_one_file_are_refused(stack: Stack) -> None:
    stack.add(Made("a", {"bin/x": b"a"}))
    with pytest.raises(ValueError, match=r"^b: usr/bin/x is in the package a too"):
        stack.add(Made("b", {"usr/bin/x": b"b"}))


def test_exclude_and_include(stack: Stack) -> None:
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


def test_same_input_same_bytes(stack: Stack) -> None:
    packages = [
        Made(
            f"p{number}",
            {f"usr/bin/p{number}": b"x" * number, "etc/alternatives/README": b""}
            if number == 0
            else {f"bin/{number}": b""},
        )
        for number in range(9)
    ]
    first, second = stack.add(*packages), stack.add(*packages, below=None)
    assert (first / "layer.tar").read_bytes() == (second / "layer.tar").read_bytes()
    assert (first / "system.json").read_bytes() == (second / "system.json").read_bytes()


def test_a_damaged_package_leaves_nothing(stack: Stack, tmp_path: Path) -> None:
    bad = tmp_path / "bad.deb"
    bad.write_bytes(b"!<arch>\n")
    with pytest.raises(ValueError, match="^bad: "):
        stack.add(Made("good"), debs=[{"name": "bad", "file": str(bad)}])
    assert not [path for path in (tmp_path / "layer0").iterdir()]


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


def test_nothing_but_the_spec_reaches_the_layer(stack: Stack) -> None:
    out = stack.add(Made("a", {"usr/bin/a": b""}))
    assert {path.name for path in out.iterdir()} == {"layer.tar", "layer.json", "system.json"}
    assert str(stack.folder) not in (out / "system.json").read_text()
    assert set(json.loads((out / "layer.json").read_text())) == {"diff_id", "size"}
    assert all(stat.S_IMODE(member.mode) == member.mode for member in stack.tree.values())
