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

        Raises ValueError for a member that the layer rules forbid, or a stream that is too short.
        """
        info = _normalised(member)
        if info.isreg() and isinstance(data, bytes):
            info.size = len(data)
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
        name = info.name
        parent = name.rpartition("/")[0]
        if {"", ".", ".."} & set(name.split("/")):
            raise ValueError(f"{name!r}: not a plain relative name")
        if name in self:
            raise ValueError(f"{name}: is there twice; leave one out")
        if name in self._parents:
            raise ValueError(f"{name}: comes after its own members")
        if self._types.get(parent, tarfile.DIRTYPE) != tarfile.DIRTYPE:
            raise ValueError(f"{name}: {parent} is not a directory in this layer")
        if info.islnk() and info.linkname not in self:
            raise ValueError(f"{name}: hard link to {info.linkname}, which is not in the layer before it")
        self._types[name] = info.type
        while parent and parent not in self._parents:
            self._parents.add(parent)
            parent = parent.rpartition("/")[0]

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
                    raise ValueError(f"{info.name}: {left} bytes short of its size, {info.size}")
                self._write(chunk)
                left -= len(chunk)
        self._write(bytes(-info.size % tarfile.BLOCKSIZE))


def tar_member(name: str, mtime: int, kind: bytes, mode: int, *, link: str = "", size: int = 0) -> tarfile.TarInfo:
    """A member owned by root. `kind` is one of tarfile's types, `link` the target of a symlink or hard link."""
    info = tarfile.TarInfo(name)
    info.mtime, info.type, info.mode, info.linkname, info.size = mtime, kind, mode, link, size
    return info


def _normalised(member: tarfile.TarInfo) -> tarfile.TarInfo:
    info = copy.copy(member)
    info.name = info.name.removeprefix("./").rstrip("/")
    info.mtime = int(info.mtime)
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
