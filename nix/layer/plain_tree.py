"""What of a tree of plain files, such as a store path, reaches a layer: the one rule, for layers of every kind.

Of a file, the Nix store keeps the name, the content, the executable bit and the target of a symlink. Only these reach
the layer. Owners, other mode bits, times, hard links and holes depend on the machine, so they do not.
"""

import copy
import os
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from layer_tar import tar_member
from lower_layers import Members
from placement import Placed, Placement, is_executable

# Changes the mode, owner or type of a member that stands for a file of the build machine, or for nothing there.
Finish = Callable[[tarfile.TarInfo, Placed], None]


def members(
    trees: Iterable[Mapping[str, Any]],
    links: Mapping[str, str],
    *,
    mtime: int,
    store_dir: str | None,
    below: Members | None = None,
    finish: Iterable[Finish] = (),
) -> Iterator[tuple[tarfile.TarInfo, IO[bytes] | None]]:
    """The members that trees and links make, sorted by name, and the content of each regular file, open for reading.

    trees      [{"path": a file, symlink or directory, "prefix": its name in the image, "" for the root,
               "linked": whether there are links to its files instead; may be missing}]
    links      {name in the image: target}
    mtime      of every member, seconds since 1970
    store_dir  the Nix store: a symlink of a tree that points into it needs to lead to a store path. None: any may
    below      what the layers below have: its links are followed, its directories stay as they are (placement.py)
    finish     are called with each member before it is yielded

    Root owns all. Directories are 0755, those above a prefix too; files are 0755 or 0644 by the owner's executable bit.
    Trees may share directories and files that are the same. Raises ValueError as Placement does.
    """
    below = below or {}
    placement = Placement(below, store_dir)
    for tree in trees:
        placement.add_tree(Path(tree["path"]), tree["prefix"].strip("/"), linked=tree.get("linked", False))
    for name, target in links.items():
        placement.add_link(name, target)
    above = {name: Placed(tarfile.DIRTYPE, wanted, None) for name, wanted in placement.above().items()}

    for name, placed in sorted((placement.placed | above).items(), key=lambda item: os.fsencode(item[0])):
        if placed.kind == tarfile.DIRTYPE and name in below and below[name].isdir():
            member = copy.copy(below[name])
        elif placed.kind == tarfile.REGTYPE and placed.source:
            member = tar_member(name, mtime, placed.kind, 0o755 if is_executable(placed.source) else 0o644)
        else:
            mode = 0o755 if placed.kind == tarfile.DIRTYPE else 0o777
            member = tar_member(name, mtime, placed.kind, mode, link=placed.target)
        for function in finish:
            function(member, placed)
        if member.isreg() and placed.source:
            with placed.source.open("rb") as file:
                member.size = os.fstat(file.fileno()).st_size
                yield member, file
        else:
            yield member, None
