"""Several layers → one that has the same effect."""

import copy
import tarfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from layer_tar import LayerTar


def write(out: Path, tars: Sequence[Path]) -> None:
    """Write one layer of these layer tars, lowest first: of members of one name, the uppermost is kept.

    They have no whiteouts, which LayerTar refuses.
    """
    with ExitStack() as stack:
        opened = [stack.enter_context(tarfile.open(path, "r:")) for path in tars]
        kept: dict[str, tuple[int, tarfile.TarInfo]] = {}
        # Behind a hard link, the file of its own layer.
        files: list[dict[str, tarfile.TarInfo]] = []
        for number, tar in enumerate(opened):
            files.append({})
            for member in tar:
                target = files[number].get(member.linkname, member) if member.islnk() else member
                files[number][member.name] = target
                if not member.isdir() and member.name in kept and kept[member.name][1].isdir():
                    for inner in [name for name in kept if name.startswith(f"{member.name}/")]:
                        del kept[inner]
                kept[member.name] = number, member

        # A directory comes before what is in it, and a hard link after its target.
        ordered = sorted(kept.items(), key=lambda item: (item[1][1].islnk(), item[0]))
        with LayerTar(out) as layer:
            for name, (number, member) in ordered:
                source = files[number][name]
                if member.islnk() and kept.get(member.linkname) != (number, source):
                    # An upper layer has replaced the target.
                    data = opened[number].extractfile(source)
                    file = copy.copy(source)
                    file.name = name
                    layer.add(file, data)
                else:
                    layer.add(member, opened[number].extractfile(member) if member.isreg() else None)
