"""Reading .deb files."""

from pathlib import Path

import pytest

import deb
from packages import Made, ar


@pytest.mark.parametrize("suffix", ["", ".gz", ".xz"])
def test_reads_each_compression(tmp_path: Path, suffix: str) -> None:
    made = Made("hello", {"usr/bin/hello": b"#!/bin/sh\n"}, suffix=suffix)
    package = deb.read(made.write(tmp_path), "hello.deb")
    assert package.fields["Package"] == "hello"
    assert [(member.name, data) for member, data in package.members() if data] == [("./usr/bin/hello", b"#!/bin/sh\n")]


def test_members_of_odd_size_are_padded(tmp_path: Path) -> None:
    # Among these sizes of control.tar.gz, some are odd.
    for length in range(8):
        package = Made("odd", {"file": b"x"}, fields={"X-Note": "abcdefgh"[:length]}, suffix=".gz")
        assert [data for _, data in deb.read(package.write(tmp_path), "odd").members()][-1] == b"x"


def test_keeps_the_order_of_the_packages(tmp_path: Path) -> None:
    # The first ones take longest to decompress.
    made = [Made(f"p{number}", {"file": bytes(max(0, 9 - number) << 16)}) for number in range(12)]
    files = [(package.write(tmp_path), package.name) for package in made]
    assert [package.fields["Package"] for package in deb.read_all(files)] == [package.name for package in made]


def test_folded_fields_keep_their_lines() -> None:
    fields = deb.paragraph("Package: a\nDescription: short\n long\n .\n more\nHomepage: x\n")
    assert fields == {"Package": "a", "Description": "short\n long\n .\n more", "Homepage": "x"}


GOOD = Made("good", {"file": b"content" * 999}).content()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "not a Debian package"),
        (b"<html>404</html>", "not a Debian package"),
        (GOOD[:-9], "cut short"),
        (ar({"debian-binary": b"2.0\n"}), "no control.tar"),
        (Made("new", suffix=".zst").content(), "compressed with zst"),
        (GOOD.replace(b"\xfd7zXZ", b"\xfd7zXX"), "format"),
    ],
)
def test_bad_file_is_one_line_with_its_name(tmp_path: Path, content: bytes, complaint: str) -> None:
    (tmp_path / "bad.deb").write_bytes(content)
    with pytest.raises(deb.BadDeb, match=complaint) as caught:
        list(deb.read(tmp_path / "bad.deb", "bad.deb").members())
    assert str(caught.value).startswith("bad.deb: ")
    assert "\n" not in str(caught.value)


def test_a_bad_package_among_others_stops_the_reading(tmp_path: Path) -> None:
    (tmp_path / "bad.deb").write_bytes(b"")
    files = [(Made(f"p{number}").write(tmp_path), f"p{number}") for number in range(5)]
    with pytest.raises(deb.BadDeb, match=r"^bad"):
        list(deb.read_all([*files, (tmp_path / "bad.deb", "bad"), *files]))
