"""Which members of a package's tar are taken."""

import io
import tarfile

import pytest

import package_tar
from packages import Content, entry, symlink, tar
from raw_tar import END, member


def read(content: bytes) -> dict[str, bytes]:
    """Name → content, of all members."""
    return {info.name: stream.read(info.size) for info, stream in package_tar.members(io.BytesIO(content))}


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT])
@pytest.mark.parametrize("name", ["a", "usr/share/" + "long/" * 15 + "name-" * 12, "ő/ű"])
def test_each_form_of_a_name(form: int, name: str) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as target:
        info = tarfile.TarInfo(f"./{name}")
        info.size = 3
        target.addfile(info, io.BytesIO(b"abc"))
    assert read(buffer.getvalue()) == {name: b"abc"}


def test_a_long_name_and_a_long_target() -> None:
    files: dict[str, Content] = {"long/" * 60 + "name": symlink("target/" * 60)}
    (found,) = [info for info, _ in package_tar.members(io.BytesIO(tar(files))) if info.issym()]
    assert (found.name, found.linkname) == ("long/" * 60 + "name", "target/" * 60)


def test_names_are_below_the_root() -> None:
    names = {b"./": b"5", b".": b"5", b"./a/": b"5", b"./a/.hidden": b"0", b"a/b": b"0", b"a/..c": b"0"}
    content = b"".join(member(name, type=kind) for name, kind in names.items()) + END
    assert [info.name for info, _ in package_tar.members(io.BytesIO(content))] == [
        "",
        "",
        "a",
        "a/.hidden",
        "a/b",
        "a/..c",
    ]


def test_a_stream_need_not_be_read() -> None:
    content = member(b"a", b"1" * 999) + member(b"b", b"2" * 999) + END
    streams = {
        info.name: stream.read(2) if info.name == "b" else b""
        for info, stream in package_tar.members(io.BytesIO(content))
    }
    assert streams == {"a": b"", "b": b"22"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x" * 512,
        member(b"a", b"1"),
        (member(b"a", b"1" * 9999) + END)[:3000],
        member(b"a", size=-512) + END,
        member(b"a", size=1 << 70) + END,
        member(b"../a") + END,
        member(b"a/../../b") + END,
        member(b"a/..") + END,
        member(b"/etc/passwd") + END,
        member(b"./a//b") + END,
        member(b"./a/./b") + END,
        member(b"") + END,
        member(b"./") + END,
        member(b"a\nb") + END,
        member(b"\x1b[2J") + END,
        member(b"\xff") + END,
        member(b"x" * 60, prefix=b"/etc") + END,
        member(b"n", b"../" * 50 + b"etc/passwd", type=b"L") + member(b"a") + END,
        member(b"n", b"n" * 300, type=b"L") + member(b"a") + END,
        member(b"n", b"n/" * 3000, type=b"L") + member(b"a") + END,
        member(b"n", b"a\0b" * 50, type=b"L") + member(b"a") + END,
        member(b"a", linkname=b"/etc/passwd", type=b"1") + END,
        member(b"a", linkname=b"../etc/passwd", type=b"1") + END,
        member(b"a", linkname=b"", type=b"1") + END,
        member(b"a", linkname=b"", type=b"2") + END,
        member(b"a", linkname=b"b\nc", type=b"2") + END,
        member(b"a", linkname=b"\xff", type=b"2") + END,
        member(b"a", b"content", linkname=b"b", type=b"2") + END,
        member(b"a", type=b"Z") + END,
        member(b"a", type=b"S") + END,
        member(b"a", b"30 mtime=1e400\n", type=b"x") + member(b"b") + END,
        member(b"a", b"30 size=-1\n", type=b"x") + member(b"b") + END,
        member(b"a", b"9" * 100_000, type=b"g") + member(b"b") + END,
        member(b"a", uid=-1) + END,
        member(b"a", gid=1 << 40) + END,
        member(b"a", mtime=-1) + END,
        member(b"a", mtime=1 << 60) + END,
        member(b"a", mode=1 << 20) + END,
        member(b"a", mode=b"rwxr-xr-x") + END,
        member(b"a", type=b"3", devmajor=-1) + END,
    ],
)
def test_what_dpkg_deb_would_not_write_is_refused_in_a_line(content: bytes) -> None:
    with pytest.raises(ValueError) as caught:
        read(content)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_devices_are_taken(kind: bytes) -> None:
    (found,) = [info for info, _ in package_tar.members(io.BytesIO(tar({"dev/x": entry(kind)}))) if not info.isdir()]
    assert found.type == kind


def test_ten_thousand_headers_before_one_member() -> None:
    content = member(b"n", b"long", type=b"L") * 10_000 + member(b"a") + END
    assert read(content) == {"long": b""}
