"""Packages → members of the layer, and what topics need to know of them."""

import re
import tarfile

import dpkg
import elf
import ldcache
import usrmerge
from deb import BadDeb, Deb
from system import Package, System
from tree import Selection, Tree, matcher

# Control files that topics read. System.packages keeps them for the layers above.
KEPT_INFO = ("preinst", "postinst", "triggers")

# The calls in a postinst that change the group or mode of a packaged file.
CHANGE = re.compile(r"^\s*(chgrp|chmod) ([\w-]+) /(usr/\S+)$", re.MULTILINE)


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
        self._held: list[tuple[tarfile.TarInfo, bytes]] = []

    def unpack(self, deb: Deb) -> tuple[Package, list[str]]:
        """Add one package. Returns it with the names of all its members, as dpkg.info takes them. Raises BadDeb."""
        package = Package(
            deb.fields, {name: deb.info[name][1].decode(errors="replace") for name in KEPT_INFO if name in deb.info}
        )
        self._system.packages[package.name] = package
        self._changes |= {(path, call): value for call, value, path in CHANGE.findall(package.info.get("postinst", ""))}
        listed = deb.info["conffiles"][1].decode().splitlines() if "conffiles" in deb.info else []
        digests: dict[str, str] = {}
        names = []
        for member, data in deb.members():
            name = member.name.removeprefix(".").strip("/")
            names.append(name)
            if f"/{name}" in listed:
                digests[f"/{name}"] = dpkg.md5(data)
            if name and not (member.isdir() and name in usrmerge.ALIASES):
                member.name = usrmerge.resolve(name)
                self._add(member, data, deb.file, package.name)
        package.conffiles = dpkg.conffiles(listed, digests)
        return package, names

    def _add(self, member: tarfile.TarInfo, data: bytes, file: str, package: str) -> None:
        path = member.name
        if member.isdir():
            if path in self._selection:
                self._tree.add_directory(member)
            else:
                self._tree.know(member)
            return
        if self._is_source(path) and member.isreg():
            self._system.sources[path] = data.decode("latin-1")
        if path not in self._selection:
            return
        owner = self._system.paths.setdefault(path, package)
        if owner != package:
            other = f"the package {owner}" if owner else "a tree of the layers below"
            raise BadDeb(f"{file}: {path} is in {other} too; leave one of them out")
        if ldcache.is_library(path):
            self._know_library(member, data)
        if member.islnk():
            member.linkname = usrmerge.resolve(member.linkname.removeprefix(".").strip("/"))
        if (path, "chgrp") in self._changes or (path, "chmod") in self._changes:
            self._held.append((member, data))
        else:
            self._tree.add(member, data)

    def _know_library(self, member: tarfile.TarInfo, data: bytes) -> None:
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
