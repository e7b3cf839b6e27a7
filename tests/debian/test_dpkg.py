"""dpkg's database."""

import hashlib

import pytest

import control
from packages import Made
from stack import Stack

INFO = "var/lib/dpkg/info"


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def test_status_holds_every_package_of_all_layers_by_name(stack: Stack) -> None:
    stack.add(Made("zlib", fields={"Section": "libs", "Homepage": "http://z", "X-Note": "n", "Depends": "libc6"}))
    stack.add(Made("awk", fields={"Essential": "yes", "Multi-Arch": "foreign"}))
    paragraphs = [control.paragraph(text) for text in stack.text("var/lib/dpkg/status").strip("\n").split("\n\n")]
    assert [fields["Package"] for fields in paragraphs] == ["awk", "zlib"]
    assert {fields["Status"] for fields in paragraphs} == {"install ok installed"}
    assert paragraphs[1]["Depends"] == "libc6"
    assert list(paragraphs[1])[:3] == ["Package", "Status", "Section"]
    # Fields that dpkg does not know come last, in the order of the package.
    assert list(paragraphs[1])[-3:] == ["Description", "Homepage", "X-Note"]


def test_unknown_fields_keep_their_order_through_layers(stack: Stack) -> None:
    stack.add(Made("a", fields={"Z-First": "1", "A-Second": "2"}))
    stack.add(Made("b"))
    assert stack.text("var/lib/dpkg/status").index("Z-First") < stack.text("var/lib/dpkg/status").index("A-Second")


def test_list_names_paths_as_the_package_does(stack: Stack) -> None:
    stack.add(Made("a", {"bin/a": b"", "usr/share/a/data": b""}))
    assert stack.text(f"{INFO}/a.list") == "/.\n/bin\n/bin/a\n/usr\n/usr/share\n/usr/share/a\n/usr/share/a/data\n"


def test_list_names_what_a_layer_leaves_out(stack: Stack) -> None:
    stack.add(Made("a", {"usr/share/man/a.1": b""}), exclude=["usr/share/man/*"])
    assert "/usr/share/man/a.1\n" in stack.text(f"{INFO}/a.list")


def test_control_files_are_kept_with_their_modes(stack: Stack) -> None:
    stack.add(Made("a", scripts={"postinst": "#!/bin/sh\n", "md5sums": f"{md5(b'')}  usr/a\n"}))
    assert stack.text(f"{INFO}/a.postinst") == "#!/bin/sh\n"
    assert stack.tree[f"{INFO}/a.postinst"].mode == 0o755
    assert f"{INFO}/a.control" not in stack.tree


@pytest.mark.parametrize(("multi_arch", "stem"), [("same", "a:amd64"), ("foreign", "a"), ("allowed", "a")])
def test_only_multi_arch_same_is_filed_by_architecture(stack: Stack, multi_arch: str, stem: str) -> None:
    stack.add(Made("a", fields={"Multi-Arch": multi_arch}))
    assert f"{INFO}/{stem}.list" in stack.tree


def test_conffiles_have_their_md5_in_status(stack: Stack) -> None:
    made = Made("a", {"etc/a.conf": b"x=1\n"}, {"conffiles": "/etc/a.conf\nremove-on-upgrade /etc/gone\n"})
    stack.add(made)
    stack.add(Made("b"))
    conffiles = f"Conffiles:\n /etc/a.conf {md5(b'x=1' + bytes([10]))}\n /etc/gone newconffile remove-on-upgrade\n"
    assert conffiles in stack.text("var/lib/dpkg/status")


def test_triggers_name_who_is_interested(stack: Stack) -> None:
    stack.add(Made("libc-bin", scripts={"triggers": "# why\ninterest-await ldconfig\n"}))
    stack.add(
        Made(
            "glib",
            fields={"Multi-Arch": "same"},
            scripts={"triggers": "interest-noawait /usr/lib/gio\nactivate-noawait ldconfig\n"},
        )
    )
    assert stack.text("var/lib/dpkg/triggers/ldconfig") == "libc-bin\n"
    assert stack.text("var/lib/dpkg/triggers/File") == "/usr/lib/gio glib:amd64/noawait\n"


def test_image_without_dpkg_has_a_file_for_each_package(stack: Stack) -> None:
    stack.add(Made("a", {"usr/a": b""}, {"md5sums": "0  usr/a\n", "postinst": "#!/bin/sh\n"}), database="status.d")
    fields = control.paragraph(stack.text("var/lib/dpkg/status.d/a"))
    assert (fields["Package"], fields["Version"], fields["Status"]) == ("a", "1.0-1", "install ok installed")
    assert stack.text("var/lib/dpkg/status.d/a.md5sums") == "0  usr/a\n"
    assert not [path for path in stack.tree if "/info/" in path or path.endswith(("dpkg/status", "postinst"))]
