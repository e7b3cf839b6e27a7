"""Tars whose headers lie: they take no more time or memory than others."""

import tarfile
from pathlib import Path

import pytest

import foreign_tar


def header(kind: bytes, length: int, name: str = "a", **pax: str) -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.size, info.pax_headers = kind, length, pax
    return info.tobuf(tarfile.PAX_FORMAT if pax else tarfile.GNU_FORMAT)


PLAIN = header(tarfile.REGTYPE, 0, "plain") + bytes(1024)


def test_members_come_in_their_order(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tar", "w") as tar:
        for name in ("b", "a", "n" * 300, "b"):
            tar.addfile(tarfile.TarInfo(name))
    assert [member.name for member in foreign_tar.members(tmp_path / "x.tar")] == ["b", "a", "n" * 300, "b"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (header(tarfile.GNUTYPE_LONGNAME, 1 << 62) + PLAIN, "an extended header has an absurd size"),
        (header(tarfile.XHDTYPE, 1 << 62) + PLAIN, "an extended header has an absurd size"),
        (header(tarfile.XGLTYPE, 1 << 62) + PLAIN, "an extended header has an absurd size"),
        (header(tarfile.REGTYPE, 1 << 40) + PLAIN, "unexpected end of data"),
        (header(tarfile.REGTYPE, 0, path="n" * 5000) + PLAIN, "an extended header of n+ is absurd"),
        (header(tarfile.REGTYPE, 0, comment="n" * 70_000) + PLAIN, "an extended header has an absurd size"),
        (b"", "empty file"),
        (b"no tar" * 200, "."),
        (PLAIN[:100], "."),
    ],
)
def test_a_damaged_tar(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "x.tar").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        list(foreign_tar.members(tmp_path / "x.tar"))
