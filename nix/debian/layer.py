"""Debian packages → one image layer. No maintainer script runs: what they would have done is composed from data.

The layer is deterministic: the members of the packages keep their own times, all else has the spec's `mtime`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import alternatives
import apt
import authorities
import base_files
import certificates
import deb
import defaults
import diversions
import dpkg
import ldcache
import pam
import passwd
import plain_tree
import usrmerge
from layer_tar import LayerTar
from system import System, Target
from topic import Topic
from tree import Entry, Selection, Tree, link
from unpack import Unpacker

# Their order does not matter. dpkg is one more, for images with dpkg.
TOPICS: list[Topic] = [
    usrmerge,
    passwd,
    base_files,
    defaults,
    pam,
    diversions,
    alternatives,
    certificates,
    ldcache,
    apt,
]


def build(spec: dict[str, Any], out: Path) -> None:
    """Write `layer.tar`, `layer.json` and `system.json` into the folder `out`.

    spec:
    suite            "bookworm"
    architecture     Debian's name, "amd64"
    multiarch        "x86_64-linux-gnu"
    mtime            of everything that no package brings, seconds since 1970
    debs             [{"name": for errors, "file"}]: the packages of this layer
    below            the output of the Debian layer directly beneath, or null
    manual           names of packages that were asked for; the others count as automatically installed. null: all were
    database         "dpkg", or "status.d" for an image without dpkg
    trees, storeDir  plain files to add: see plain_tree.members
    files            {path: {"text" or "source": a file, "mode" (octal string, default "0644")}}
    links            {path: target}, which a package of a layer above may replace
    diversions       {path of a packaged file: where it stands instead}; may be missing
    certificates     files of authorities to trust: see authorities.read; may be missing
    exclude          shell patterns of paths to leave out of the packages, and
    include          of those to take all the same

    Raises ValueError (BadDeb for a damaged package), in which case nothing is left in `out`.
    """
    system = System.load(Path(spec["below"])) if spec["below"] else System()
    target = Target(spec["suite"], spec["architecture"], spec["multiarch"], spec["mtime"])
    topics = [*TOPICS, dpkg] if spec["database"] == "dpkg" else TOPICS
    with LayerTar(out) as layer:
        tree = Tree(layer, system, target.mtime)
        sources = tuple(pattern for topic in topics for pattern in topic.SOURCES)
        system.diversions |= spec.get("diversions", {})
        system.certificates |= authorities.read(spec.get("certificates", []))
        unpacker = Unpacker(tree, system, Selection(spec["exclude"], spec["include"]), sources)
        entries = list(_unpack(spec, unpacker))
        unpacker.finish(passwd.group_ids(system))
        _add_trees(spec, tree, system)
        for entry in _given(spec):
            tree.add_entry(entry)
            system.paths[entry.path] = ""
            if entry.target:
                system.stand_ins.add(entry.path)
        for name in system.packages.keys() & set(spec["manual"] or ()):
            system.packages[name].manual = True
        for topic in topics:
            entries += topic.compose(system, target)
        _write(entries, tree, system)
    system.save(out)


def _unpack(spec: dict[str, Any], unpacker: Unpacker) -> Iterator[Entry]:
    """Unpack the packages, and yield what each one has for itself in the package database."""
    for package in deb.read_all([(Path(package["file"]), package["name"]) for package in spec["debs"]]):
        installed, names = unpacker.unpack(package)
        essential = installed.fields.get("Essential") == "yes"
        installed.manual = spec["manual"] is None or essential or installed.name in spec["manual"]
        if spec["database"] == "dpkg":
            yield from dpkg.info(package, installed, names)
        else:
            yield from dpkg.status_directory(package, installed)


def _add_trees(spec: dict[str, Any], tree: Tree, system: System) -> None:
    for member, data in plain_tree.members(spec["trees"], {}, mtime=spec["mtime"], store_dir=spec["storeDir"]):
        if member.isdir():
            tree.add_directory(member)
        else:
            system.paths[member.name] = ""
            tree.add(member, data)


def _write(entries: list[Entry], tree: Tree, system: System) -> None:
    """Add those composed entries that no package brought, and that the layers below do not hold already."""
    for entry in sorted(entries, key=lambda entry: entry.path):
        if entry.path not in system.paths and system.composed.get(entry.path) != entry.digest:
            tree.add_entry(entry)
            system.composed[entry.path] = entry.digest


def _given(spec: dict[str, Any]) -> Iterator[Entry]:
    """The files and links that the spec spells out."""
    for path, file in sorted(spec["files"].items()):
        if "source" in file and not Path(file["source"]).is_file():
            raise ValueError(f"{path}: {file['source']} is no file; give folders as trees, which have no mode")
        data = Path(file["source"]).read_bytes() if "source" in file else file["text"].encode()
        yield Entry(path, int(file.get("mode", "0644"), 8), data)
    for path, target in sorted(spec["links"].items()):
        yield link(path, target)


if __name__ == "__main__":
    from builder import run

    run("debian", build)
