"""The store paths that an image names, and all that these need → one layer.

Nix finds what a store path refers to by looking for names of others in it. For each root of an image, such as a layer,
it writes a file with the root's closure (exportReferencesGraph): for each path in it, lines with the path, its deriver
(left empty), a number, and as many paths that it refers to.
"""

import tarfile
from collections.abc import Iterable
from pathlib import Path

import plain_tree
from layer_tar import LayerTar
from lower_layers import Members
from placement import Placed


def referenced(graphs: Iterable[Path]) -> set[str]:
    """The store paths that a path of these closures refers to, maybe to itself: so not the roots, unless it does."""
    found: set[str] = set()
    for graph in graphs:
        lines = iter(graph.read_text().splitlines())
        for _path in lines:
            next(lines)
            found.update(next(lines) for _ in range(int(next(lines))))
    return found


def write(out: Path, paths: Iterable[str], below: Members, uid: int, gid: int) -> None:
    """Write the layer of store paths, with the modes that files have in the store; uid and gid own all of it."""

    def finish(member: tarfile.TarInfo, placed: Placed) -> None:
        member.uid, member.gid = uid, gid
        if placed.source and not member.issym():
            member.mode &= 0o555

    trees = [{"path": path, "prefix": path.strip("/")} for path in paths]
    with LayerTar(out) as layer:
        for member, data in plain_tree.members(trees, {}, mtime=1, store_dir=None, below=below, finish=[finish]):
            layer.add(member, data)
