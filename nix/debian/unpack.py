"""Packages → members of the layer, and what topics need to know of them."""

import re
from tarfile import TarInfo
from typing import IO

import dpkg
import elf
import scripts
import usrmerge
from deb import BadDeb, Deb
from system import Package, System
from tree import Selection, Tree, matcher

# Control files that topics read. System.packages keeps them for the layers above.
KEPT_INFO = ("preinst", "postinst", "triggers")

# What a postinst sets by chgrp(1) and chmod(1): a group's name, or a mode in octal.
VALUE = {"chgrp": re.compile(r"[\w-]+"), "chmod": scripts.MODE}


class Unpacker:
    """Adds packages to a tree and to what is known of the system.

    `sources` are the patterns of the files whose content topics read (Topic.SOURCES); `selection` says which files
    reach the layer.
    """

    def __init__(self, tree: Tree, system: System, selection: Selection, sources: tuple[str, ...]) -> None:
        self._tree = tree
        self._system = system
        self._selection = selection
        self._is_source = matcher(sources)
        # (path, "chgrp" or "chmod") → the group or mode.
        self._changes: dict[tuple[str, str], str] = {}
        # Files with such a change.
        self._held: list[tuple[TarInfo, bytes]] = []

    def unpack(self, deb: Deb) -> tuple[Package, list[str]]:
        """Add one package. Returns it with the names of all its members, as dpkg.info takes them. Raises BadDeb."""
        package = Package(
            deb.fields, {name: deb.info[name][1].decode(errors="replace") for name in KEPT_INFO if name in deb.info}
        )
        self._system.packages[package.name] = package
        self._changes |= _changes(package.info.get("postinst", ""))
        try:
            names = self._add_members(deb, package)
        except BadDeb:
            raise
        except ValueError as error:
            raise BadDeb(f"{deb.file}: {error}") from None
        return package, names

    def _add_members(self, deb: Deb, package: Package) -> list[str]:
        listed = dpkg.listed_conffiles(deb)
        digests: dict[str, str] = {}
        names = []
        for member, stream in deb.members():
            path = f"/{member.name}"
            names.append(member.name)
            data: IO[bytes] | bytes = stream
            if path in listed:
                data = stream.read(member.size)
                digests[path] = dpkg.md5(data)
            if member.name and not (member.isdir() and member.name in usrmerge.ALIASES):
                member.name = usrmerge.resolve(member.name)
                member.name = self._system.diversions.get(member.name, member.name)
                self._add(member, data, package.name)
        package.conffiles = dpkg.conffiles(listed, digests)
        return names

    def _add(self, member: TarInfo, content: IO[bytes] | bytes, package: str) -> None:
        path = member.name
        if member.isdir():
            if self._selection.takes(member):
                self._tree.add_directory(member)
            else:
                self._tree.know(member)
            return
        if self._is_source(path) and member.isreg():
            content = _whole(content, member)
            self._system.sources[path] = content.decode("latin-1")
        if not self._selection.takes(member):
            return
        if path in self._system.stand_ins:
            self._system.stand_ins.remove(path)
            del self._system.paths[path]
        owner = self._system.paths.setdefault(path, package)
        if owner != package:
            other = f"the package {owner}" if owner else "a tree of the layers below"
            raise ValueError(f"{path} is in {other} too; leave one of them out")
        if elf.is_library(path):
            content = _whole(content, member)
            self._know_library(member, content)
        if member.islnk():
            member.linkname = usrmerge.resolve(member.linkname)
        if (path, "chgrp") in self._changes or (path, "chmod") in self._changes:
            self._held.append((member, _whole(content, member)))
        else:
            self._tree.add(member, content)

    def _know_library(self, member: TarInfo, data: bytes) -> None:
        if member.issym():
            self._system.library_links[member.name] = member.linkname
        elif found := elf.shared_object(data):
            self._system.shared_objects[member.name] = found

    def finish(self, groups: dict[str, int]) -> None:
        """Add the files whose group or mode a postinst changes. Only after the last package are all groups known."""
        for member, data in self._held:
            member.mode = int(self._changes.get((member.name, "chmod"), f"{member.mode:o}"), 8)
            member.gid = groups.get(self._changes.get((member.name, "chgrp"), ""), member.gid)
            self._tree.add(member, data)


def _whole(content: IO[bytes] | bytes, member: TarInfo) -> bytes:
    return content if isinstance(content, bytes) else content.read(member.size)


def _changes(script: str) -> dict[tuple[str, str], str]:
    """What a postinst changes of packaged files: (path, "chgrp" or "chmod") → the group or mode."""
    found = {}
    for line in scripts.calls(script, *VALUE):
        match line.split():
            case [call, value, path] if path.startswith("/usr/") and VALUE[call].fullmatch(value):
                found[path[1:], call] = value
    return found
