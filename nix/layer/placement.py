"""Where the members of trees stand in an image, whose layers below may have a link where a tree has a directory.

A tree that brings lib/x for an image whose /lib is a link to usr/lib means usr/lib/x: as a directory, lib would take
the link's place, and all that is behind it would be gone. So directories follow the links of layers below. Nor does a
link take the place of a directory: links to what it leads to go into the directory, if that is in a tree or the store.
"""

import filecmp
import os
import posixpath
import stat
import tarfile
from dataclasses import dataclass
from pathlib import Path

from layer_tar import shown
from lower_layers import Members

# The most links that lead from one name to a file, as Linux has it.
LINKS = 40


@dataclass(frozen=True)
class Placed:
    """A member's type (tarfile's), where it comes from, and the target of a symlink.

    wanted  the name that it would have without links below
    source  a file, directory or symlink of the build machine; None for a link that is spelled out
    folder  the directory that a link leads to, where the build machine has it
    """

    kind: bytes
    wanted: str
    source: Path | None
    target: str = ""
    folder: Path | None = None

    def __str__(self) -> str:
        return f"in {shown(str(self.source))}" if self.source else f"a link to {shown(self.target)}"


class Placement:
    """The members of one layer by their name in the image; `below` is what the layers below it have.

    store_dir is the Nix store: a link that leads into it has to lead to what the build machine has of it, unless it is
    None. The methods raise ValueError for two different files in one place, a file or link in the place of a directory,
    such a link to what is not there, and what is no file, directory or symlink.
    """

    def __init__(self, below: Members, store_dir: str | None) -> None:
        self.placed: dict[str, Placed] = {}
        self._below = below
        # No target begins with a zero byte.
        self._store = "\0" if store_dir is None else f"{store_dir}/"

    def add_tree(self, root: Path, prefix: str, *, linked: bool = False) -> None:
        """Place a file or symlink at `prefix`, or the members of a directory below it.

        If the tree is linked, there are links to its files.
        """
        # A tree for the root may be a link to one, as a derivation makes it.
        root = Path(os.path.realpath(root)) if not prefix else root
        if not prefix and not is_directory(root):
            raise ValueError(f"{root}: is one file; give it a prefix, its name in the image")
        todo = [(prefix, self._start(prefix) if prefix else "", root)]
        while todo:
            wanted, name, path = todo.pop()
            if is_directory(path):
                name = self._add_directory(name, Placed(tarfile.DIRTYPE, wanted, path))
                children = sorted(path.iterdir(), reverse=True)
                todo += ((join(wanted, child.name), join(name, child.name), child) for child in children)
            elif path.is_symlink():
                self._add_link(name, self._link(wanted, os.readlink(path), path))
            elif path.is_file() and linked:
                self._add_link(name, self._link(wanted, str(path), path))
            elif path.is_file():
                self._claim(name, Placed(tarfile.REGTYPE, wanted, path))
            else:
                raise ValueError(f"{shown(wanted)}: {shown(str(path))} is no file, directory or symlink; leave it out")

    def add_link(self, wanted: str, target: str) -> None:
        """Place a symlink that no tree has."""
        self._add_link(self._start(wanted), self._link(wanted, target, None))

    def above(self) -> dict[str, str]:
        """The directories that placed members are in, but that no tree has: name → the name without links below."""
        found: dict[str, str] = {}
        for name, placed in self.placed.items():
            wanted = placed.wanted
            while name := posixpath.dirname(name):
                wanted = posixpath.dirname(wanted)
                if name in self.placed or name in found:
                    break
                if name in self._below and not self._below[name].isdir():
                    raise ValueError(f"{shown(name)}: is no directory in a layer below; leave out what is in it here")
                found[name] = wanted
        return found

    def _start(self, wanted: str) -> str:
        """Where a member of this name stands, if its directories are links of layers below."""
        if {"", ".", ".."} & set(wanted.split("/")):
            raise ValueError(f"{wanted!r}: not a plain relative name")
        folder, base = posixpath.split(wanted)
        return join(self._behind_links(folder), base)

    def _link(self, wanted: str, target: str, source: Path | None) -> Placed:
        if target.startswith(self._store):
            path = target.removeprefix(self._store).partition("/")[0]
            if not os.path.lexists(f"{self._store}{path}"):
                raise ValueError(
                    f"{shown(wanted)}: points to {shown(target)}, which is not in the image; copy that file instead"
                )
            folder = Path(target)
        elif source and not target.startswith("/") and ".." not in target.split("/"):
            folder = source.parent / target
            # It may be a link that leads elsewhere.
            if not os.path.realpath(folder).startswith(f"{os.path.realpath(source.parent)}/"):
                return Placed(tarfile.SYMTYPE, wanted, source, target)
        else:
            return Placed(tarfile.SYMTYPE, wanted, source, target)
        return Placed(tarfile.SYMTYPE, wanted, source, target, folder if folder.is_dir() else None)

    def _behind_links(self, name: str) -> str:
        """What the name leads to, by the links below. One that leads into the store becomes a directory of links."""
        todo = name.split("/")[::-1] if self._below else []
        done: list[str] = []
        links = 0
        while todo:
            part = todo.pop()
            here = "/".join([*done, part])
            member = self._below.get(here)
            target = member.linkname if member and member.issym() and here not in self.placed else ""
            if part == "..":
                done[-1:] = []
            elif part in ("", "."):
                pass
            elif not target:
                done.append(part)
            elif target.startswith(self._store) and Path(target).is_dir():
                done.append(part)
                self._unfold(here, self._link(here, target, None))
            elif (links := links + 1) > LINKS:
                raise ValueError(f"{shown(name)}: is behind more than {LINKS} links of layers below; leave it out")
            else:
                done = [] if target.startswith("/") else done
                todo += reversed(target.split("/"))
        return "/".join(done) if self._below else name

    def _is_directory(self, name: str) -> bool:
        if name in self.placed:
            return self.placed[name].kind == tarfile.DIRTYPE
        return not name or (name in self._below and self._below[name].isdir())

    def _add_directory(self, name: str, new: Placed) -> str:
        """Place a directory, and return its name behind the links below."""
        name = self._behind_links(name)
        old = self.placed.get(name)
        if old and old.target.startswith(self._store) and old.folder:
            self._unfold(name, old)
        elif name in self._below and not old and not self._below[name].isdir():
            raise ValueError(f"{shown(name)}: is {new}, but no directory in a layer below; leave it out")
        elif name and not (old and old.kind == new.kind):
            self._claim(name, new)
        return name

    def _add_link(self, name: str, link: Placed) -> None:
        """Place a symlink, or links to what it leads to where a directory stands."""
        todo = [(name, link)]
        while todo:
            name, link = todo.pop()
            here = self._behind_links(name)
            old = self.placed.get(here)
            if old and old.folder and link.folder and old.target != link.target:
                self._unfold(here, old)
            if not self._is_directory(here):
                target = self._target_from(name, link)
                self._claim(name, Placed(link.kind, link.wanted, link.source, target, link.folder))
            elif here == name or here != self._behind_links(join(posixpath.dirname(name), link.target)):
                todo += self._links_into(here, link)

    def _target_from(self, name: str, link: Placed) -> str:
        """The target of a link that stands at `name`, so that it leads where it would lead from its wanted name."""
        folder = posixpath.dirname(link.wanted)
        if posixpath.dirname(name) == folder or ".." not in link.target.split("/"):
            return link.target
        return posixpath.normpath(posixpath.join("/", folder, link.target))

    def _unfold(self, name: str, link: Placed) -> None:
        """Put a directory with links in the place of one link."""
        self.placed[name] = Placed(tarfile.DIRTYPE, link.wanted, link.folder)
        for child, placed in self._links_into(name, link):
            self._add_link(child, placed)

    def _links_into(self, name: str, link: Placed) -> list[tuple[str, Placed]]:
        """Links to the members of what a link leads to, for the directory that stands in the link's place."""
        if link.folder is None:
            there = self.placed.get(name, "in a layer below")
            raise ValueError(f"{shown(link.wanted)}: is {link}, but a directory {there}; leave one out")
        target = posixpath.normpath(posixpath.join("/", posixpath.dirname(link.wanted), link.target))
        links = []
        for child in sorted(link.folder.iterdir(), reverse=True):
            folder = child if child.is_dir() else None
            wanted = join(link.wanted, child.name)
            links.append((join(name, child.name), Placed(link.kind, wanted, child, f"{target}/{child.name}", folder)))
        return links

    def _claim(self, name: str, new: Placed) -> None:
        old = self.placed.get(name)
        if old and not _same(old, new):
            raise ValueError(f"{shown(name)}: is {old} and {new}; leave one out")
        if new.kind == tarfile.REGTYPE and not old and self._is_directory(self._behind_links(name)):
            raise ValueError(f"{shown(name)}: is {new}, but a directory in a layer below; leave it out")
        self.placed[name] = new


def join(folder: str, base: str) -> str:
    """A name in a directory; that of the root is ""."""
    return f"{folder}/{base}" if folder else base


def is_directory(path: Path) -> bool:
    """Whether it is a directory itself, and no link to one."""
    return path.is_dir() and not path.is_symlink()


def is_file(path: Path) -> bool:
    """Whether it is a regular file itself."""
    return path.is_file() and not path.is_symlink()


def is_executable(path: Path) -> bool:
    """Whether its owner may execute a file."""
    return bool(path.stat().st_mode & stat.S_IXUSR)


def _same(one: Placed, other: Placed) -> bool:
    """Whether both are the same to a reader: files, links to files that a tree has, or links."""
    if one.kind == other.kind == tarfile.SYMTYPE and one.target == other.target:
        return True
    paths = [placed.source for placed in (one, other) if placed.source and is_file(placed.source)]
    if len(paths) != 2 or is_executable(paths[0]) != is_executable(paths[1]):
        return False
    return filecmp.cmp(paths[0], paths[1], shallow=False)
