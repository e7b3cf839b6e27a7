"""Reading .deb files."""

import tarfile
import tracemalloc
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest

import control
import deb
from packages import COMPRESS, Content, Made, ar, entry, symlink, tar


def contents(package: deb.Deb) -> dict[str, bytes]:
    """The regular files of a package."""
    return {member.name: stream.read(member.size) for member, stream in package.members() if member.isreg()}


@pytest.mark.parametrize("suffix", ["", ".gz", ".xz", ".bz2"])
def test_reads_each_compression(tmp_path: Path, suffix: str) -> None:
    made = Made("hello", {"usr/bin/hello": b"#!/bin/sh\n"}, suffix=suffix)
    package = deb.read(made.write(tmp_path), "hello.deb")
    assert package.fields["Package"] == "hello"
    assert contents(package) == {"usr/bin/hello": b"#!/bin/sh\n"}


def test_members_of_odd_size_are_padded(tmp_path: Path) -> None:
    # Among these sizes of control.tar.gz, some are odd.
    for length in range(8):
        package = Made("odd", {"file": b"x"}, fields={"X-Note": "abcdefgh"[:length]}, suffix=".gz")
        assert contents(deb.read(package.write(tmp_path), "odd")) == {"file": b"x"}


def test_keeps_the_order_of_the_packages(tmp_path: Path) -> None:
    # The first ones take longest to decompress.
    made = [Made(f"p{number}", {"file": bytes(max(0, 9 - number) << 16)}) for number in range(12)]
    files = [(package.write(tmp_path), package.name) for package in made]
    assert [package.fields["Package"] for package in deb.read_all(files)] == [package.name for package in made]


def test_folded_fields_keep_their_lines() -> None:
    fields = control.paragraph("Package: a\nDescription: short\n long\n .\n more\nHomepage: x\n")
    assert fields == {"Package": "a", "Description": "short\n long\n .\n more", "Homepage": "x"}


CONTROL = "Package: p\nVersion: 1.0\nArchitecture: all\nMaintainer: A <a@b>\n"
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


def without(field: str) -> bytes:
    return changed(lambda text: "".join(line for line in text.splitlines(True) if not line.startswith(f"{field}:")))


def changed(change: Callable[[str], str | bytes]) -> bytes:
    """A package whose control file is changed."""
    return package_of({"control": change(CONTROL)})


def package_of(control: Mapping[str, Content]) -> bytes:
    """A package with these control files."""
    return ar({"debian-binary": b"2.0\n", "control.tar": tar(control), "data.tar": tar({})})


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (without("Package"), "no field Package"),
        (without("Version"), "no field Version"),
        (without("Architecture"), "no field Architecture"),
        (changed(lambda text: text.replace(": p", ": ../../etc/p")), "Package can't be"),
        (changed(lambda text: text.replace(": p", ":")), "Package can't be"),
        (changed(lambda text: text.replace("1.0", "1.0/..")), "Version can't be"),
        (changed(lambda text: text.replace("all", "all amd64")), "Architecture can't be"),
        (changed(lambda text: text.replace("A <a@b>", "\x1b[2JA")), "control characters"),
        (changed(lambda text: text.replace("A <a@b>", "A\rB")), "control characters"),
        (changed(lambda text: text + "Status: deinstall ok config-files\n"), "only dpkg may set"),
        (changed(lambda text: text + "Package: q\n"), "two fields"),
        (changed(lambda text: text + "x" * 9999), "not a field"),
        (changed(lambda text: text + "\nPackage: q\n"), "not a field"),
        (changed(lambda text: " " + text), "continuation line"),
        (changed(lambda text: text.encode() + b"Comment: \xff\n"), "not UTF-8"),
        (changed(lambda text: ""), "not a field"),
        (package_of({"control": entry(tarfile.DIRTYPE)}), "no control file"),
        (package_of({"control": symlink("/etc/passwd")}), "no control file"),
        (package_of({"a/b": b""}), "no control file"),
        (package_of({"list": b""}), "no control file"),
        (package_of({}), "no control file in"),
        (ar({"debian-binary": b"2.0\n", "control.tar": tar({"control": "Package: p\n"})[:700]}), "cut short"),
        (ar({"debian-binary": b"3.0\n"}), "not a Debian package"),
        (GOOD[:100], "damaged header"),
        (GOOD.replace(b"data.tar.xz", b"data.tar.lz"), "compressed with lz"),
        (GOOD.replace(b"data.tar", b"atad.tar"), "no data.tar"),
    ],
)
def test_a_bad_control_part_is_one_line(tmp_path: Path, content: bytes, complaint: str) -> None:
    assert complaint in refusal(tmp_path, content)


def refusal(folder: Path, content: bytes) -> str:
    """The error for a package."""
    (folder / "bad.deb").write_bytes(content)
    with pytest.raises(deb.BadDeb) as caught:
        contents(deb.read(folder / "bad.deb", "bad.deb"))
    line = str(caught.value)
    assert line.startswith("bad.deb: ")
    assert line.isprintable()
    assert len(line) < 300
    return line


@pytest.mark.parametrize("suffix", [".gz", ".xz", ".bz2"])
@pytest.mark.parametrize("part", ["control.tar", "data.tar"])
@pytest.mark.parametrize(
    "damage",
    [lambda data: data[: len(data) // 2], lambda data: data[:-4], lambda data: data[:9] + b"\xff" * 9 + data[18:]],
)
def test_damaged_compression_is_one_line(
    tmp_path: Path, suffix: str, part: str, damage: Callable[[bytes], bytes]
) -> None:
    parts = {name: COMPRESS[suffix](tar({"control": CONTROL})) for name in ("control.tar", "data.tar")}
    parts[part] = damage(parts[part])
    content = ar({"debian-binary": b"2.0\n"} | {f"{name}{suffix}": data for name, data in parts.items()})
    assert part in refusal(tmp_path, content)


@cache
def bomb(suffix: str) -> bytes:
    return COMPRESS[suffix](bytes(30 << 20))


@pytest.mark.parametrize("part", ["control.tar", "data.tar"])
@pytest.mark.parametrize("suffix", [".gz", ".xz", ".bz2"])
def test_what_unpacks_to_far_more_than_its_size_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, part: str
) -> None:
    monkeypatch.setattr(deb, "ALLOWANCE", 4 << 20)
    parts = {"control.tar": tar({"control": CONTROL}), "data.tar": tar({})}
    del parts[part]
    content = ar({"debian-binary": b"2.0\n", f"{part}{suffix}": bomb(suffix)} | parts)
    tracemalloc.start()
    assert "far more than its size" in refusal(tmp_path, content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20 << 20


def test_what_unpacks_to_much_more_than_its_size_is_not(tmp_path: Path) -> None:
    made = Made("zeros", {"zeros": bytes(5 << 20)})
    assert contents(deb.read(made.write(tmp_path), "zeros")) == made.files
