"""What a layer hands on to the layer above it."""

from pathlib import Path

import pytest

from elf import SharedObject
from packages import Content, Made, shared_object, symlink
from stack import Stack
from system import Directory, Package, System


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    system = System(
        packages={
            "a": Package({"Package": "a", "Description": "é\n more"}, {"postinst": "x"}, {"/etc/a": "md5"}, False)
        },
        directories={"srv": Directory(0o2775, 1, 2, 3)},
        paths={"srv/a": "a", "srv/tree": ""},
        sources={"usr/share/a": "Å"},
        shared_objects={"usr/lib/liba.so.1": SharedObject(62, "liba.so.1", 0x030200)},
        library_links={"usr/lib/liba.so": "liba.so.1"},
        stand_ins={"usr/bin/b", "usr/bin/a"},
        composed={"etc/a": "digest"},
    )
    system.save(tmp_path)
    assert System.load(tmp_path) == system


def test_a_layer_knows_what_its_packages_brought(stack: Stack) -> None:
    files: dict[str, Content] = {
        "lib/liba.so.1": shared_object("liba.so.1"),
        "lib/liba.so": symlink("liba.so.1"),
        "lib/note.txt": b"",
    }
    system = System.load(stack.add(Made("a", files)))
    assert {path: owner for path, owner in system.paths.items() if owner} == {f"usr/{path}": "a" for path in files}
    assert {path: found.soname for path, found in system.shared_objects.items()} == {"usr/lib/liba.so.1": "liba.so.1"}
    assert system.library_links == {"usr/lib/liba.so": "liba.so.1"}


def test_a_source_is_utf_8() -> None:
    system = System(sources={"etc/a": "Ő".encode().decode("latin-1")})
    assert system.source("etc/a") == "Ő"
    with pytest.raises(ValueError, match="etc/b: no package has it"):
        system.source("etc/b")


@pytest.mark.parametrize(("fields", "instance"), [({}, "a"), ({"Multi-Arch": "same"}, "a:amd64")])
def test_the_name_by_which_dpkg_files_a_package(fields: dict[str, str], instance: str) -> None:
    assert Package({"Package": "a", "Architecture": "amd64"} | fields, {}).instance == instance
