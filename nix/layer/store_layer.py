"""The store paths that an image names, and all that these need → one layer."""

import tarfile
from collections.abc import Iterable
from pathlib import Path

import plain_tree
from layer_tar import LayerTar
from lower_layers import Members
from placement import Placed


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
