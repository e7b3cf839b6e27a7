"""The one writer of image layers: an uncompressed, deterministic tar and its digest.

A layer is a directory that holds `layer.tar` and `layer.json`, `{"diff_id": "sha256:…", "size": bytes}`. The tar
follows the layer rules of the OCI image specification (layer.md): relative names, a directory before its members, each
name once, a hard link after its target.
"""

import copy
import hashlib
import json
import tarfile
from pathlib import Path
from types import TracebackType
from typing import IO, Self

CHUNK = 1 << 20
XATTR = "SCHILY.xattr."
# How the name of a whiteout begins: in layers of an engine, it takes away what the rest of its name is in layers below.
WHITEOUT = ".wh."
# The longest path and the longest part of one, in bytes, that Linux takes (limits.h).
PATH_MAX = 4095
NAME_MAX = 255
# What the numbers of a member may be: more is nothing that a system could have.
RANGES = {
    "uid": range(2**32 - 1),
    "gid": range(2**32 - 1),
    "size": range(2**63),
    "mtime": range(-(2**63), 2**63),
    "devmajor": range(2**12),
    "devminor": range(2**20),
}
TYPES = (
    *(tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE),
    *(tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE),
)


class LayerTar:
    """Writes `out/layer.tar` and, on a clean exit, `out/layer.json`; an exception leaves neither.

    `out` is made if it is missing. The members stand in the order of the calls: sorting them is up to the caller.

    Example:
        with LayerTar(out) as layer:
            layer.add(tar_member("etc", 1, tarfile.DIRTYPE, 0o755))
            layer.add(tar_member("etc/motd", 1, tarfile.REGTYPE, 0o644), b"hello")
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        self._hash = hashlib.sha256()
        self._size = 0
        self._types: dict[str, bytes] = {}
        self._parents: set[str] = set()

    def __enter__(self) -> Self:
        self._out.mkdir(parents=True, exist_ok=True)
        self._file: IO[bytes] = open(self._out / "layer.tar", "wb", buffering=CHUNK)
        return self

    def __contains__(self, name: str) -> bool:
        """Whether a member of this name, without a slash at its end, was added."""
        return name in self._types

    def add(self, member: tarfile.TarInfo, data: IO[bytes] | bytes | None = None) -> None:
        """Add one member; `member` itself is left unchanged.

        Kept are its name, type, mode, uid, gid, mtime (whole seconds), link target, device numbers and extended
        attributes. User and group names are dropped: a layer's owners are numbers. `data` is the content of a regular
        file: bytes give the size, a stream is read for `member.size` bytes.

        Raises ValueError for a member that the layer rules forbid or no file system could hold, and for a stream that
        is too short.
        """
        info = _normalised(member)
        if info.isreg() and isinstance(data, bytes):
            info.size = len(data)
        _check(info)
        self._claim(info)
        self._write(info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape"))
        if info.size:
            self._write_data(info, data)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._write(bytes(2 * tarfile.BLOCKSIZE))
        self._file.close()
        if kind is None:
            layer = {"diff_id": f"sha256:{self._hash.hexdigest()}", "size": self._size}
            (self._out / "layer.json").write_text(json.dumps(layer) + "\n")
        else:
            (self._out / "layer.tar").unlink()

    def _claim(self, info: tarfile.TarInfo) -> None:
        """Note the name of a member. Raises ValueError if its name, or where its link leads, is against the rules."""
        name = info.name
        if name in self:
            raise ValueError(f"{shown(name)}: is there twice; leave one out")
        if name in self._parents:
            raise ValueError(f"{shown(name)}: comes after its own members")
        if info.islnk() and self._types.get(info.linkname) in (None, tarfile.DIRTYPE):
            raise ValueError(
                f"{shown(name)}: hard link to {shown(info.linkname)}, which is no file in the layer before it"
            )
        parent = name.rpartition("/")[0]
        while parent and parent not in self._parents:
            if self._types.get(parent, tarfile.DIRTYPE) != tarfile.DIRTYPE:
                raise ValueError(f"{shown(name)}: {shown(parent)} is not a directory in this layer")
            self._parents.add(parent)
            parent = parent.rpartition("/")[0]
        self._types[name] = info.type

    def _write(self, block: bytes) -> None:
        self._file.write(block)
        self._hash.update(block)
        self._size += len(block)

    def _write_data(self, info: tarfile.TarInfo, data: IO[bytes] | bytes | None) -> None:
        if isinstance(data, bytes):
            self._write(data)
        else:
            left = info.size
            while left:
                chunk = data.read(min(left, CHUNK)) if data else b""
                if not chunk:
                    raise ValueError(f"{shown(info.name)}: {left} bytes short of its size, {info.size}")
                self._write(chunk)
                left -= len(chunk)
        self._write(bytes(-info.size % tarfile.BLOCKSIZE))


def tar_member(name: str, mtime: int, kind: bytes, mode: int, *, link: str = "", size: int = 0) -> tarfile.TarInfo:
    """A member owned by root. `kind` is one of tarfile's types, `link` the target of a symlink or hard link."""
    info = tarfile.TarInfo(name)
    info.mtime, info.type, info.mode, info.linkname, info.size = mtime, kind, mode, link, size
    return info


def shown(name: str) -> str:
    """A name for an error: quoted, with escapes, if it holds control characters or the like."""
    return name if name.isprintable() else repr(name)


def _check(info: tarfile.TarInfo) -> None:
    """Raise ValueError for what no file system could hold, or no tar could say."""
    for what, text in (
        ("name", info.name),
        ("link target", info.linkname),
        *(("key", key) for key in info.pax_headers),
    ):
        if len(text) > PATH_MAX or len(_encoded(text)) > PATH_MAX or "\0" in text:
            raise ValueError(f"{shown(info.name[:NAME_MAX])}: its {what} is too long or has a zero byte; leave it out")
    parts = info.name.split("/")
    if {"", ".", ".."} & set(parts):
        raise ValueError(f"{info.name!r}: not a plain relative name")
    name = shown(info.name)
    if any(part.startswith(WHITEOUT) for part in parts):
        raise ValueError(
            f"{name}: an engine would take {WHITEOUT} for the removal of a file; rename it or leave it out"
        )
    if max(len(_encoded(part)) for part in parts) > NAME_MAX:
        raise ValueError(f"{name}: has a part of more than {NAME_MAX} bytes; shorten it")
    if info.type not in TYPES:
        raise ValueError(f"{name}: {info.type!r} is no type of a layer's members; leave it out")
    if info.issym() and not info.linkname:
        raise ValueError(f"{name}: is a symlink without a target; leave it out")
    for field, allowed in RANGES.items():
        if getattr(info, field) not in allowed:
            raise ValueError(f"{name}: its {field} is out of range; leave it out")
    for key in info.pax_headers:
        if "=" in key:
            raise ValueError(f"{name}: no tar can hold the extended attribute {shown(key)}; leave it out")


def _encoded(text: str) -> bytes:
    """The text as it stands in the tar. Bytes that are not UTF-8, which Python reads as surrogates, are bytes again."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise ValueError(f"{text!r:.100} has no form in UTF-8; change it") from None


def _normalised(member: tarfile.TarInfo) -> tarfile.TarInfo:
    info = copy.copy(member)
    info.name = info.name.removeprefix("./").rstrip("/")
    # It may be infinite, or no number at all.
    info.mtime = int(info.mtime) if abs(info.mtime) < 2**63 else 2**63
    info.uname = info.gname = ""
    # A member read from another tar brings that tar's extended headers for its name, size and times. Drop them, since
    # they would be written again and win over what is in the member.
    info.pax_headers = {key: value for key, value in sorted(info.pax_headers.items()) if key.startswith(XATTR)}
    if info.isreg():
        info.type = tarfile.REGTYPE
    else:
        info.size = 0
    if info.islnk():
        info.linkname = info.linkname.removeprefix("./")
    return info
