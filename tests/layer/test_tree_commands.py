"""Commands that change a tree, as root would; nobody is root."""

import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

import recorder

Make = Callable[..., Path]
Run = Callable[..., dict[str, tarfile.TarInfo]]


@pytest.fixture(scope="session")
def busybox() -> str:
    for program in ("busybox", "sh"):
        path = os.path.realpath(shutil.which(program) or "")
        if os.path.basename(path) == "busybox":
            return path
    pytest.skip("no busybox is on PATH")


@pytest.fixture
def run(make_tree: Make, make_layer: Make, busybox: str) -> Run:
    """run(script, …, files={…}) -> the layer's members by name; the scripts run in a tree with these files."""

    def make(*scripts: str, files: dict[str, bytes] | None = None, **further: object) -> dict[str, tarfile.TarInfo]:
        commands = [{"name": "extraCommands", "text": script} for script in scripts]
        trees = [(make_tree(files, "content"), "")] if files else []
        layer = make_layer(*trees, commands=commands, busybox=busybox, **further)
        with tarfile.open(layer / "layer.tar", "r:") as tar:
            return {member.name: member for member in tar}

    return make


def modes(found: dict[str, tarfile.TarInfo]) -> dict[str, str]:
    return {name: f"{member.mode:o}" for name, member in found.items() if not member.issym()}


def owners(found: dict[str, tarfile.TarInfo]) -> dict[str, tuple[int, int]]:
    return {name: (member.uid, member.gid) for name, member in found.items() if member.uid or member.gid}


@pytest.mark.parametrize("mode", ["0777", "1777", "0640", "0700", "0000", "4755", "2775", "6711"])
def test_modes_are_kept(run: Run, mode: str) -> None:
    found = run(f"mkdir -p a/b; echo x > a/f; chmod {mode} a/b a/f; mkdir -m 711 c")
    plain = mode.lstrip("0") or "0"
    assert modes(found) == {"a": "755", "a/b": plain, "a/f": plain, "c": "711"}


def test_contents_can_be_changed_and_removed(run: Run, tmp_path: Path) -> None:
    found = run(
        "sed -i s/a/b/ etc/a; rm etc/gone; mv etc/old etc/new; ln -s a etc/link; cp -r etc srv",
        "echo more >> etc/a",
        files={"etc/a": b"aaa\n", "etc/gone": b"", "etc/old": b"old"},
    )
    with tarfile.open(tmp_path / "layer" / "layer.tar") as tar:
        file = tar.extractfile("etc/a")
        assert file and file.read() == b"baa\nmore\n"
    assert set(found) == {*("etc", "etc/a", "etc/new", "etc/link"), *("srv", "srv/a", "srv/new", "srv/link")}
    assert found["etc/link"].linkname == "a"
    assert {member.mtime for member in found.values()} == {1}


def test_owners(run: Run) -> None:
    found = run(
        """
        mkdir -p home/app/.cache data/x; touch home/app/f data/x/y; ln -s f home/app/link; ln -s /etc out
        chown -R 1000:100 home/app
        chgrp 7 data; chown app:staff data/x; chown app: data/x/y
        find home -name f -exec chown 5 {} +
        echo home/app/.cache | xargs chown 6
        chown -h 3 home/app/link; chown 9 out
        """,
        files={"etc/passwd": b"app:x:12:34::/:/bin/sh\n", "etc/group": b"staff:x:50:\n"},
    )
    assert owners(found) == {
        "home/app": (1000, 100),
        "home/app/.cache": (6, 100),
        "home/app/f": (5, 100),
        "home/app/link": (3, 100),
        "data": (0, 7),
        "data/x": (12, 50),
        "data/x/y": (12, 34),
    }


def test_owners_and_modes_move_with_their_files(run: Run) -> None:
    found = run(
        """
        mkdir -p a/in; touch a/in/f b c; chown 1:1 a/in a/in/f b c; chmod 4711 c
        mv a z; mv c d; rm b; touch b c
        """
    )
    assert owners(found) == dict.fromkeys(("z/in", "z/in/f", "d"), (1, 1))
    assert modes(found) == {"z": "755", "z/in": "755", "z/in/f": "644", "b": "644", "c": "644", "d": "4711"}


def test_a_hard_link_has_the_owner_and_mode_of_its_file(run: Run) -> None:
    found = run("mkdir d; touch a; ln a d/before; chown 5:6 a; chmod 4750 a; ln a d/after")
    assert owners(found) == dict.fromkeys(("a", "d/before", "d/after"), (5, 6))
    assert modes(found) == {"d": "755"} | dict.fromkeys(("a", "d/before", "d/after"), "4750")


def test_devices(run: Run) -> None:
    found = run("mkdir dev; mknod dev/null c 1 3; mknod -m 660 dev/sda b 8 0; mkfifo dev/pipe; chown 0:6 dev/sda")
    null, disk, pipe = (found[f"dev/{name}"] for name in ("null", "sda", "pipe"))
    assert (null.type, null.devmajor, null.devminor, null.mode) == (tarfile.CHRTYPE, 1, 3, 0o644)
    assert (disk.type, disk.devmajor, disk.devminor, disk.mode, disk.gid) == (tarfile.BLKTYPE, 8, 0, 0o660, 6)
    assert pipe.isfifo()


def test_install(run: Run) -> None:
    found = run(
        """
        install -d -m 1777 -o 5 tmp a/b
        echo x > file
        install -Dm640 -o 1 -g 2 file etc/x/file
        install file file etc; install --mode=4711 -t bin -D file
        """
    )
    wanted = {"a/b": "1777", "tmp": "1777", "file": "644", "bin/file": "4711", "etc/file": "755", "etc/x/file": "640"}
    assert modes(found) == wanted | dict.fromkeys(("a", "bin", "etc", "etc/x"), "755")
    assert owners(found) == {"tmp": (5, 0), "a/b": (5, 0), "etc/x/file": (1, 2)}


def test_directories_below_keep_their_mode_unless_it_is_changed(run: Run, make_tree: Make, make_layer: Make) -> None:
    below = make_layer(
        (make_tree({"tmp/x": b"", "var/x": b""}), ""), modes={"tmp": "1777", "var": "0700"}, name="below"
    )
    found = run("mkdir -p tmp/own var/own; chmod 0755 var", below=[below])
    assert modes(found) == {"tmp": "1777", "tmp/own": "755", "var": "755", "var/own": "755"}


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("mkdir a; false; mkdir b", "a command ended with status 1; see"),
        ("false | true", "a command ended with status 1; see"),
        ("chown nobody .", "a command ended with status 1; see"),
        ("chown 1000 missing", "a command ended with status 1; see"),
        ("ln -s $BUSYBOX a; chmod u+w a", "a command ended with status 1; see"),
        ("touch a; chmod u+q a", "a command ended with status 1; see"),
        ("touch a; chown --from=1 2 a", "a command ended with status 1; see"),
        ("mkdir -p var/{log,cache}", r"made var/\{log,cache\}; write the names out, since braces are bash's alone"),
        ("touch {1..3}", r"made \{1\.\.3\}; write"),
    ],
)
def test_what_fails_is_one_line(run: Run, tmp_path: Path, script: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^extraCommands: {message}"):
        run(script)
    assert not (tmp_path / "layer" / "layer.tar").exists()


@pytest.mark.parametrize(
    ("old", "mode", "new"),
    [
        (0o644, "+x", 0o755),
        (0o644, "u+x,go=", 0o700),
        (0o777, "go-w", 0o755),
        (0o600, "g=u,o=g", 0o666),
        (0o755, "u+s", 0o4755),
        (0o6755, "ug-s", 0o755),
        (0o755, "+t", 0o1755),
        (0o644, "a+rwX", 0o666),
        (0o744, "a+X", 0o755),
        (0o644, "+w", 0o644),
        (0o4755, "0700", 0o700),
        (0o777, "=", 0),
        (0o640, "u=rwx,g+w-r", 0o720),
    ],
)
def test_symbolic_modes(old: int, mode: str, new: int) -> None:
    assert f"{recorder.changed(old, mode, False):o}" == f"{new:o}"
    assert recorder.changed(0o600, "a+X", True) == 0o711
