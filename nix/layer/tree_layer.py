"""A layer made of trees of plain files, such as store paths.

Only what the Nix store keeps of a file reaches the layer: its name, its content, the executable bit, a link's target. Owner,
other mode bits, times, hard links and holes depend on the machine and do not.
"""

import os
import stat
import tarfile
from pathlib import Path
from typing import Any

from layer_tar import LayerTar, entry


def build(spec: dict[str, Any], out: Path) -> None:
    """Write the layer of `spec` to `out`.

    trees     [{"path": a file, symlink or directory, "prefix": its name in the image, "" for the root}]
    links     {name in the image: target}
    mtime     of every member, seconds since 1970
    storeDir  the Nix store: a symlink into it would dangle in the image

    Directories are 0755, files 0755 or 0644 by the owner's executable bit, all owned by root. Trees may share directories.
    Raises ValueError if two trees bring the same file, or for a member that a layer can't hold.
    """
    sources: dict[str, Path] = {}
    for tree in spec["trees"]:
        _collect(Path(tree["path"]), tree["prefix"].strip("/"), sources)
    links: dict[str, str] = spec["links"]
    if clash := sorted(links.keys() & sources.keys()):
        raise ValueError(f"{clash[0]}: is a link and in {sources[clash[0]]}; leave one out")

    with LayerTar(out) as layer:
        for name in sorted(sources.keys() | links.keys(), key=os.fsencode):
            layer.add_directory(name.rpartition("/")[0], spec["mtime"])
            if name in links:
                layer.add(entry(name, spec["mtime"], tarfile.SYMTYPE, 0o777, link=links[name]))
            else:
                _add(layer, name, sources[name], spec)


def _collect(path: Path, name: str, sources: dict[str, Path]) -> None:
    """Record each member of the tree under its name in the image."""
    is_dir = path.is_dir() and not path.is_symlink()
    if name:
        other = sources.setdefault(name, path)
        if other != path and not (is_dir and other.is_dir() and not other.is_symlink()):
            raise ValueError(f"{name}: is in {other} and in {path}; leave one out")
    elif not is_dir:
        raise ValueError(f"{path}: is one file; give it a prefix, its name in the image")
    if is_dir:
        for child in path.iterdir():
            _collect(child, f"{name}/{child.name}".lstrip("/"), sources)


def _add(layer: LayerTar, name: str, path: Path, spec: dict[str, Any]) -> None:
    status = path.lstat()
    if stat.S_ISDIR(status.st_mode):
        layer.add_directory(name, spec["mtime"])
    elif stat.S_ISLNK(status.st_mode):
        target = os.readlink(path)
        if target.startswith(spec["storeDir"] + "/"):
            raise ValueError(f"{name}: points to {target}, which is not in the image; copy that file instead")
        layer.add(entry(name, spec["mtime"], tarfile.SYMTYPE, 0o777, link=target))
    elif stat.S_ISREG(status.st_mode):
        mode = 0o755 if status.st_mode & stat.S_IXUSR else 0o644
        with path.open("rb") as file:
            layer.add(entry(name, spec["mtime"], tarfile.REGTYPE, mode, size=status.st_size), file)
    else:
        raise ValueError(f"{name}: {path} is no file, directory or symlink; leave it out")


if __name__ == "__main__":
    from builder import run

    run("docker-tools", build)
