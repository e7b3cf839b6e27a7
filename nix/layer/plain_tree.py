"""What of a tree of plain files, such as a store path, reaches a layer: the one rule, for layers of every kind.

Of a file, the Nix store keeps the name, the content, the executable bit and the target of a symlink. Only these reach
the layer. Owners, other mode bits, times, hard links and holes depend on the machine, so they do not.
"""

import os
import stat
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO

from layer_tar import shown, tar_member


def members(
    trees: Iterable[Mapping[str, str]], links: Mapping[str, str], *, mtime: int, store_dir: str
) -> Iterator[tuple[tarfile.TarInfo, IO[bytes] | None]]:
    """The members that trees and links make, sorted by name, and the content of each regular file, open for reading.

    trees      [{"path": a file, symlink or directory, "prefix": its name in the image, "" for the root}]
    links      {name in the image: target}
    mtime      of every member, seconds since 1970
    store_dir  the Nix store: a symlink of a tree that points into it would dangle in the image

    Root owns all. Directories are 0755, those above a prefix too; files are 0755 or 0644 by the owner's executable bit.
    Trees may share directories. Raises ValueError if anything else is there twice, for a symlink into the store, and
    for what is no file, directory or symlink.
    """
    sources: dict[str, Path] = {}
    # What may stand in directories that no tree has.
    placed = set(links)
    for tree in trees:
        prefix = tree["prefix"].strip("/")
        placed.add(prefix)
        _collect(Path(tree["path"]), prefix, sources)
    if clash := sorted(links.keys() & sources.keys()):
        raise ValueError(f"{shown(clash[0])}: is a link and in {shown(str(sources[clash[0]]))}; leave one out")

    for name in sorted(sources.keys() | placed.union(*map(_above, placed)) - {""}, key=os.fsencode):
        if name in links:
            yield tar_member(name, mtime, tarfile.SYMTYPE, 0o777, link=links[name]), None
        elif name not in sources or _is_directory(sources[name]):
            yield tar_member(name, mtime, tarfile.DIRTYPE, 0o755), None
        elif sources[name].is_symlink():
            yield tar_member(name, mtime, tarfile.SYMTYPE, 0o777, link=_target(name, sources[name], store_dir)), None
        else:
            with sources[name].open("rb") as file:
                status = os.fstat(file.fileno())
                mode = 0o755 if status.st_mode & stat.S_IXUSR else 0o644
                yield tar_member(name, mtime, tarfile.REGTYPE, mode, size=status.st_size), file


def _collect(root: Path, prefix: str, sources: dict[str, Path]) -> None:
    """Record each member of the tree under its name in the image."""
    if not prefix and not _is_directory(root):
        raise ValueError(f"{root}: is one file; give it a prefix, its name in the image")
    todo = [(root, prefix)]
    while todo:
        path, name = todo.pop()
        if not (_is_directory(path) or path.is_symlink() or path.is_file()):
            raise ValueError(f"{shown(name)}: {shown(str(path))} is no file, directory or symlink; leave it out")
        if name:
            other = sources.setdefault(name, path)
            if other != path and not (_is_directory(path) and _is_directory(other)):
                raise ValueError(f"{shown(name)}: is in {shown(str(other))} and in {shown(str(path))}; leave one out")
        if _is_directory(path):
            todo += ((child, f"{name}/{child.name}".lstrip("/")) for child in path.iterdir())


def _above(name: str) -> Iterator[str]:
    """The directories that `name` is in, but for the root."""
    while name := name.rpartition("/")[0]:
        yield name


def _is_directory(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _target(name: str, path: Path, store_dir: str) -> str:
    target = os.readlink(path)
    if target.startswith(f"{store_dir}/"):
        raise ValueError(f"{shown(name)}: points to {shown(target)}, which is not in the image; copy that file instead")
    return target
