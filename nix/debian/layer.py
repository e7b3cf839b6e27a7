"""Debian packages → one image layer. No maintainer script runs: what they would have done is composed from data.

The layer is deterministic: the members of the packages keep their own times, all else has the spec's `mtime`.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import alternatives
import apt
import base_files
import certificates
import deb
import defaults
import diversions
import dpkg
import ldcache
import pam
import passwd
import usrmerge
from layer_tar import LayerTar
from system import System, Target
from tree import Entry, Selection, Tree, directory, link, text
from unpack import Unpacker

# Each topic composes its entries from the whole system.
TOPICS = (usrmerge, passwd, base_files, defaults, pam, diversions, alternatives, certificates, ldcache, apt)
SOURCES = tuple(pattern for topic in TOPICS for pattern in getattr(topic, "SOURCES", ()))


def build(spec: dict[str, Any], out: Path) -> None:
    """Write `layer.tar`, `layer.json` and `system.json` into the directory `out`.

    spec:
    suite           "bookworm"
    architecture    Debian's name, "amd64"
    multiarch       "x86_64-linux-gnu"
    mtime           of everything composed, seconds since 1970
    debs            [{"name", "file", ...}]: the packages of this layer
    below           the output of the Debian layer directly beneath, or null
    manual          names of packages that were asked for; the others count as automatically installed. null: all were
    database        "dpkg", or "status.d" for an image without dpkg
    trees           [{"path", "prefix"}]: files added, owned by root
    files           {path: {"text", "mode" (octal string, default "0644")}}
    links           {path: target}
    exclude         shell patterns of paths to leave out of the packages, and
    include         of those to take all the same

    Raises ValueError (BadDeb for a damaged package), in which case nothing is left in `out`.
    """
    system = System.load(Path(spec["below"])) if spec.get("below") else System()
    target = Target(spec["suite"], spec["architecture"], spec["multiarch"], spec["mtime"])
    has_dpkg = spec.get("database", "dpkg") == "dpkg"
    selection = Selection(spec.get("exclude", []), spec.get("include", []))
    with LayerTar(out) as layer:
        tree = Tree(layer, system, target.mtime)
        unpacker = Unpacker(tree, system, selection, SOURCES)
        entries: list[Entry] = []
        for package in deb.read_all([(Path(package["file"]), package["name"]) for package in spec["debs"]]):
            installed, names = unpacker.unpack(package)
            essential = installed.fields.get("Essential") == "yes"
            installed.manual = spec.get("manual") is None or essential or installed.name in spec["manual"]
            if has_dpkg:
                entries += dpkg.info(package, installed, names)
            else:
                entries += dpkg.status_directory(package, installed)
        unpacker.finish(passwd.group_ids(system))
        for added in spec.get("trees", []):
            _add_tree(Path(added["path"]), added["prefix"].strip("/"), tree, system)
        for topic in (*TOPICS, *([dpkg] if has_dpkg else [])):
            entries += topic.compose(system, target)
        _write(entries, tree, system)
        for entry in _given(spec):
            tree.add_entry(entry)
    system.save(out)


def _add_tree(path: Path, name: str, tree: Tree, system: System) -> None:
    """Add a tree of plain files: what the Nix store keeps of them, owned by root."""
    status = path.lstat()
    if stat.S_ISDIR(status.st_mode):
        if name:
            tree.add_entry(directory(name))
        for child in sorted(path.iterdir()):
            _add_tree(child, f"{name}/{child.name}".lstrip("/"), tree, system)
        return
    system.paths[name] = ""
    if stat.S_ISLNK(status.st_mode):
        tree.add_entry(link(name, os.readlink(path)))
    else:
        tree.add_entry(Entry(name, 0o755 if status.st_mode & stat.S_IXUSR else 0o644, path.read_bytes()))


def _write(entries: list[Entry], tree: Tree, system: System) -> None:
    """Add the composed entries that the layer below does not hold already; what a package brought wins over them."""
    for entry in sorted(entries, key=lambda entry: entry.path):
        if entry.path not in system.paths and system.composed.get(entry.path) != entry.digest:
            tree.add_entry(entry)
            system.composed[entry.path] = entry.digest


def _given(spec: dict[str, Any]) -> Iterator[Entry]:
    for path, file in sorted(spec.get("files", {}).items()):
        yield text(path, file["text"], int(file.get("mode", "0644"), 8))
    for path, pointed in sorted(spec.get("links", {}).items()):
        yield link(path, pointed)


if __name__ == "__main__":
    from builder import run

    run("debian", build)
