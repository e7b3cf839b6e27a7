"""Where members stand when /usr is merged."""

import tarfile

from packages import Made, entry, symlink
from stack import Stack


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
