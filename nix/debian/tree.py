"""The tree of one layer while it is written: what may stand where, and the order that the tar needs."""

import hashlib
import re
import stat
import tarfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import translate
from typing import IO

from layer_tar import LayerTar, tar_member
from system import Directory, System


@dataclass(frozen=True)
class Entry:
    """A composed file, symlink (with `target`) or directory (with S_IFDIR in `mode`). Root owns it."""

    path: str
    mode: int = 0o644
    data: bytes = b""
    target: str = ""
    gid: int = 0

    @property
    def digest(self) -> str:
        """Differs between entries of one path that would be different members."""
        return hashlib.sha256(repr((self.mode, self.data, self.target, self.gid)).encode()).hexdigest()


def text(path: str, content: str, mode: int = 0o644, gid: int = 0) -> Entry:
    """A file of UTF-8."""
    return Entry(path, mode, content.encode(), gid=gid)


def link(path: str, target: str) -> Entry:
    """A symlink."""
    return Entry(path, 0o777, target=target)


def directory(path: str, mode: int = 0o755, gid: int = 0) -> Entry:
    """A directory, for one that must be there though nothing may be in it, or whose mode or group is not the usual."""
    return Entry(path, stat.S_IFDIR | mode, gid=gid)


class Selection:
    """Which members a layer takes: dpkg(1)'s path-exclude and path-include, shell patterns without a leading slash."""

    def __init__(self, exclude: list[str], include: list[str]) -> None:
        self._exclude = matcher(exclude)
        self._include = matcher(include)
        self._above_included = tuple(re.split(r"[*?[\\]", pattern)[0].rstrip("/") for pattern in include)

    def takes(self, member: tarfile.TarInfo) -> bool:
        """As dpkg, also each folder and symlink that may lead to what is included, up to a pattern's first wildcard."""
        if not self._exclude(member.name) or self._include(member.name):
            return True
        return (member.isdir() or member.issym()) and member.name.startswith(self._above_included)


def matcher(patterns: Iterable[str]) -> Callable[[str], re.Match[str] | None]:
    """A function that says whether a path matches one of the shell patterns, in which * matches slashes too."""
    return re.compile("|".join(map(translate, patterns)) or r"\Z.").match


class Tree:
    """Writes members to the layer, each path once and after the directories that it is in.

    The first who names a directory decides its owner and mode, in this layer and all above it. An upper layer, or one
    that leaves a directory out, writes it only together with something in it: an unpacker that gets a file without
    its directory would make that with a mode of its own.
    """

    def __init__(self, layer: LayerTar, system: System, mtime: int) -> None:
        self._layer = layer
        self._system = system
        self._mtime = mtime

    def add(self, member: tarfile.TarInfo, data: IO[bytes] | bytes | None = None) -> None:
        """Add a member that is no directory, as LayerTar.add does. Raises ValueError if its place is a directory."""
        if member.name in self._system.directories:
            raise ValueError(f"{member.name}: is a directory of another package, or of this one; leave one of them out")
        self._add_directories_above(member.name)
        self._layer.add(member, data)

    def add_directory(self, member: tarfile.TarInfo) -> None:
        """Add a directory, unless it is known. Raises ValueError if its place is no directory."""
        if member.name not in self._system.directories:
            self.know(member)
            self._add_directories_above(f"{member.name}/")

    def know(self, member: tarfile.TarInfo) -> None:
        """Remember the owner and mode of a directory, for when something in it is added."""
        known = Directory(member.mode, member.uid, member.gid, int(member.mtime))
        self._system.directories.setdefault(member.name, known)

    def add_entry(self, entry: Entry) -> None:
        """Add a composed entry."""
        kind = tarfile.DIRTYPE if stat.S_ISDIR(entry.mode) else tarfile.SYMTYPE if entry.target else tarfile.REGTYPE
        member = tar_member(entry.path, self._mtime, kind, stat.S_IMODE(entry.mode), link=entry.target)
        member.gid = entry.gid
        if member.isdir():
            self.add_directory(member)
        else:
            self.add(member, entry.data)

    def _add_directories_above(self, path: str) -> None:
        missing = []
        while path := path.rpartition("/")[0]:
            if path in self._layer:
                break
            missing.append(path)
        for path in reversed(missing):
            if path in self._system.paths:
                raise ValueError(f"{path}: is no directory in another package, or in this one; leave one of them out")
            self._system.directories.setdefault(path, Directory(0o755, 0, 0, self._mtime))
            member = tarfile.TarInfo(path)
            member.type = tarfile.DIRTYPE
            member.mode, member.uid, member.gid, member.mtime = self._system.directories[path]
            self._layer.add(member)
