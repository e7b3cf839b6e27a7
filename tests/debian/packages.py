"""Writes .deb files and reads layers, independently of the code under test."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    ".bz2": bz2.compress,
    ".zst": bytes,
}


# The content of a plain file, or a member of another kind.
Content = bytes | str | tarfile.TarInfo


@dataclass
class Made:
    """A package to be made.

    files    path → content
    scripts  control file → text
    fields   of the control paragraph, beside those that every package has
    suffix   of the members' names, which says how they are compressed
    """

    name: str
    files: Mapping[str, Content] = field(default_factory=dict)
    scripts: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    suffix: str = ".xz"

    def write(self, folder: Path) -> Path:
        """Write NAME.deb into a folder and return its path."""
        path = folder / f"{self.name}.deb"
        path.write_bytes(self.content())
        return path

    def content(self) -> bytes:
        fields = {
            "Package": self.name,
            "Version": "1.0-1",
            "Architecture": "amd64",
            "Maintainer": "A <a@b>",
        } | self.fields
        fields.setdefault("Description", f"the package {self.name}\n of a test")
        control = {"control": "".join(f"{name}: {value}\n" for name, value in fields.items())} | self.scripts
        compress = COMPRESS[self.suffix]
        return ar(
            {
                "debian-binary": b"2.0\n",
                f"control.tar{self.suffix}": compress(
                    tar({name: text.encode() for name, text in control.items()}, 0o755)
                ),
                f"data.tar{self.suffix}": compress(tar(self.files)),
            }
        )


def ar(members: dict[str, bytes]) -> bytes:
    """An ar archive of files by their names."""
    parts = [b"!<arch>\n"]
    for name, data in members.items():
        parts.append(
            f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}`\n".encode() + data + b"\n" * (len(data) % 2)
        )
    return b"".join(parts)


def tar(files: Mapping[str, Content], mode: int = 0o644) -> bytes:
    """A tar as dpkg-deb writes it: names begin with ./, directories come before what is in them."""
    buffer = io.BytesIO()
    known: set[str] = set()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as target:
        for path, content in {".": entry(tarfile.DIRTYPE), **files}.items():
            for parent in [str(parent) for parent in reversed(Path(path).parents) if str(parent) not in (".", *known)]:
                _add(target, parent, entry(tarfile.DIRTYPE), b"")
                known.add(parent)
            if isinstance(content, tarfile.TarInfo):
                known.add(path)
                _add(target, path, content, b"")
            else:
                data = content.encode() if isinstance(content, str) else content
                _add(target, path, entry(tarfile.REGTYPE, mode), data)
    return buffer.getvalue()


def _add(target: tarfile.TarFile, path: str, info: tarfile.TarInfo, data: bytes) -> None:
    info.name = path if path == "." else f"./{path}"
    info.size = len(data)
    target.addfile(info, io.BytesIO(data))


def entry(kind: bytes, mode: int = 0o755, target: str = "", uid: int = 0, gid: int = 0) -> tarfile.TarInfo:
    """A member of this type, as dpkg-deb writes it; its name is the key in `files`."""
    info = tarfile.TarInfo()
    info.type, info.mode, info.linkname, info.uid, info.gid, info.mtime = kind, mode, target, uid, gid, 1_600_000_000
    info.uname = info.gname = "root"
    return info


def symlink(target: str) -> tarfile.TarInfo:
    return entry(tarfile.SYMTYPE, 0o777, target)


@dataclass
class Member:
    """A member of a layer, with the content of a file."""

    info: tarfile.TarInfo
    data: bytes

    @property
    def mode(self) -> int:
        return self.info.mode

    @property
    def target(self) -> str:
        return self.info.linkname

    @property
    def owner(self) -> tuple[int, int]:
        return self.info.uid, self.info.gid


def unpacked(layers: list[Path]) -> dict[str, Member]:
    """Path → member, when the layers are unpacked one over the other, lowest first."""
    members: dict[str, Member] = {}
    for folder in layers:
        with tarfile.open(folder / "layer.tar") as source:
            for info in source:
                content = source.extractfile(info) if info.isreg() else None
                members[info.name] = Member(info, content.read() if content else b"")
    return members


def shared_object(soname: str, kernel: tuple[int, int, int] | None = None, machine: int = 62) -> bytes:
    """A minimal 64-bit ELF shared object with a soname and, if asked, a note of the kernel it needs."""
    strings = b"\0" + soname.encode() + b"\0"
    base = 64 + 3 * 56
    note = struct.pack("<III4sIIII", 4, 16, 1, b"GNU\0", 0, *kernel) if kernel else b""
    dynamic_at = base + len(strings) + len(note)
    dynamic = struct.pack("<QQQQQQ", 5, base, 14, 1, 0, 0)
    end = dynamic_at + len(dynamic)
    header = b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + struct.pack(
        "<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, 0, 0, 64, 56, 3, 0, 0, 0
    )
    segments = [(1, 0, end), (2, dynamic_at, len(dynamic)), (4, base + len(strings), len(note))]
    table = b"".join(struct.pack("<IIQQQQQQ", kind, 4, at, at, at, size, size, 8) for kind, at, size in segments)
    return header + table + strings + note + dynamic
