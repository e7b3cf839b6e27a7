"""The tree of one layer while it is written: what may stand where, and the order the tar needs."""

import hashlib
import re
import stat
import tarfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import translate

from layer_tar import LayerTar
from system import System


@dataclass(frozen=True)
class Entry:
    """A composed file, symlink (with `target`) or directory (with S_IFDIR in `mode`)."""

    path: str
    mode: int = 0o644
    data: bytes = b""
    target: str = ""
    gid: int = 0

    @property
    def digest(self) -> str:
        return hashlib.sha256(repr((self.mode, self.data, self.target, self.gid)).encode()).hexdigest()


def text(path: str, content: str, mode: int = 0o644, gid: int = 0) -> Entry:
    return Entry(path, mode, content.encode(), gid=gid)


def link(path: str, target: str) -> Entry:
    return Entry(path, 0o777, target=target)


def directory(path: str, mode: int = 0o755, gid: int = 0) -> Entry:
    return Entry(path, stat.S_IFDIR | mode, gid=gid)


class Selection:
    """Which paths a layer takes: dpkg(1)'s path-exclude and path-include, shell patterns without a leading /."""

    def __init__(self, exclude: list[str], include: list[str]) -> None:
        self._exclude = matcher(exclude)
        self._include = matcher(include)

    def __contains__(self, path: str) -> bool:
        return not self._exclude(path) or bool(self._include(path))


def matcher(patterns: Iterable[str]) -> Callable[[str], re.Match[str] | None]:
    """A function that says whether a path matches one of the shell patterns, in which * matches / too."""
    return re.compile("|".join(map(translate, patterns)) or r"\Z.").match


class Tree:
    """Writes members to the layer, each path once and after the directories it is in.

    A directory that a lower layer, or a left-out member, brought is added when something in it is: an unpacker
    that gets a file without its directory would make that with a mode of its own.
    """

    def __init__(self, layer: LayerTar, system: System, mtime: int) -> None:
        self._layer = layer
        self._system = system
        self._mtime = mtime

    def add(self, member: tarfile.TarInfo, data: bytes = b"") -> None:
        """Add a member that is no directory."""
        self._parents(member.name)
        self._layer.add(member, data)

    def add_directory(self, member: tarfile.TarInfo) -> None:
        """Add a directory, unless it is there; the first who names it decides its owner and mode."""
        if member.name not in self._system.directories:
            self.know(member)
            self._parents(f"{member.name}/")

    def know(self, member: tarfile.TarInfo) -> None:
        """Remember a directory's owner and mode, for when something in it is added."""
        self._system.directories.setdefault(member.name, [member.mode, member.uid, member.gid, int(member.mtime)])

    def add_entry(self, entry: Entry) -> None:
        """Add a composed entry."""
        member = tarfile.TarInfo(entry.path)
        member.mtime, member.mode, member.gid = self._mtime, stat.S_IMODE(entry.mode), entry.gid
        if stat.S_ISDIR(entry.mode):
            self.add_directory(member)
        elif entry.target:
            member.type, member.linkname = tarfile.SYMTYPE, entry.target
            self.add(member)
        else:
            member.size = len(entry.data)
            self.add(member, entry.data)

    def _parents(self, path: str) -> None:
        missing = []
        while path := path.rpartition("/")[0]:
            if path in self._layer:
                break
            missing.append(path)
        for path in reversed(missing):
            attributes = self._system.directories.setdefault(path, [0o755, 0, 0, self._mtime])
            member = tarfile.TarInfo(path)
            member.type = tarfile.DIRTYPE
            member.mode, member.uid, member.gid, member.mtime = attributes
            self._layer.add(member)
