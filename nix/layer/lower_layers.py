"""What the layers below leave for the one above: the tree that an engine makes of them."""

import json
import posixpath
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import foreign_tar
from layer_tar import WHITEOUT, tar_member

# The whiteout that takes away all that the layers below have in its directory.
OPAQUE = ".wh..wh..opq"

Members = Mapping[str, tarfile.TarInfo]


def read(tars: Iterable[Path]) -> Members:
    """The members of these layer tars, lowest first, by their name; without those that an upper layer takes away.

    Directories that no tar spells out are among them. Raises ValueError for a damaged tar.
    """
    tree: dict[str, tarfile.TarInfo] = {}
    for path in tars:
        try:
            layer = {posixpath.normpath(member.name).lstrip("/"): member for member in foreign_tar.members(path)}
        except ValueError as error:
            # A layer without members may be an empty file, too.
            if path.stat().st_size:
                raise ValueError(f"{path.name}: is no layer's tar ({error}); make the image below again") from None
            continue
        for name in layer:
            folder, base = posixpath.split(name)
            if base == OPAQUE:
                _remove(tree, folder, itself=False)
            elif base.startswith(WHITEOUT):
                _remove(tree, posixpath.join(folder, base.removeprefix(WHITEOUT)))
        for name, member in layer.items():
            if name in tree and tree[name].isdir() and not member.isdir():
                _remove(tree, name)
            if not posixpath.basename(name).startswith(WHITEOUT):
                tree[name] = member
        for name in layer:
            while (name := posixpath.dirname(name)) and name not in tree:
                tree[name] = tar_member(name, 0, tarfile.DIRTYPE, 0o755)
    return tree


def tars_in(folders: Iterable[str]) -> Iterator[Path]:
    """The tars of layers, and of images whose layers are named in layers.json (docker-tools' oci_layout.py)."""
    for folder in folders:
        listed = Path(folder, "layers.json")
        if listed.exists():
            yield from (Path(layer["path"]) for layer in json.loads(listed.read_bytes()))
        else:
            yield Path(folder, "layer.tar")


def _remove(tree: dict[str, tarfile.TarInfo], name: str, *, itself: bool = True) -> None:
    if itself:
        tree.pop(name, None)
    folder = f"{name}/" if name else ""
    for inner in [inner for inner in tree if inner.startswith(folder)]:
        del tree[inner]
