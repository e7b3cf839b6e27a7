"""What is known of a Debian system: all layers up to this one, stacked.

A layer hands this on, as `system.json` beside its tar, to the layer above it. So an upper layer can rewrite what
depends on every package (dpkg's status, the library cache, alternatives) and keep the owners and modes of
directories, without reading the packages below again. The form of system.json is internal: one version of this module
writes and reads it.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

from elf import SharedObject


@dataclass(frozen=True)
class Target:
    """What the layer is for. `mtime` is that of everything composed, in seconds since 1970."""

    suite: str
    architecture: str
    multiarch: str
    mtime: int


@dataclass
class Package:
    """An installed package.

    fields     of its control paragraph, by name
    info       those of its control files that composing reads (unpack.KEPT_INFO), by name
    conffiles  path with a leading slash → its MD5 or flags, as dpkg's status has them
    manual     whether somebody asked for it; if not, it came as a dependency
    """

    fields: dict[str, str]
    info: dict[str, str]
    conffiles: dict[str, str] = field(default_factory=dict)
    manual: bool = True

    @property
    def name(self) -> str:
        return self.fields["Package"]

    @property
    def instance(self) -> str:
        """The name by which dpkg files it: with the architecture where several may be installed together."""
        if self.fields.get("Multi-Arch") == "same":
            return f"{self.name}:{self.fields['Architecture']}"
        return self.name


class Directory(NamedTuple):
    """The attributes of a directory, as tarfile.TarInfo has them."""

    mode: int
    uid: int
    gid: int
    mtime: int


@dataclass
class System:
    """The stack of layers. Paths have no leading slash, and lead through no link of merged /usr (usrmerge.resolve).

    packages        by name
    directories     every directory that a package or tree named, left-out ones too
    paths           every other path that packages and trees brought → the package's name, or "" for a tree
    stand_ins       those of these paths that a package of a layer above may take: the links that a layer was given
    sources         path → content, as Latin-1, of the packaged files that topics read (topic.SOURCES)
    shared_objects  the shared libraries
    library_links   symlink with the name of a shared library → its target
    diversions      path → where the packaged file of this path stands instead, by wish of whoever made the layer
    certificates    name → PEM of the authorities that are trusted beside those of ca-certificates (authorities.py)
    composed        path of a composed entry → its digest (tree.Entry), so that an upper layer writes only what changes
    """

    packages: dict[str, Package] = field(default_factory=dict)
    directories: dict[str, Directory] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    stand_ins: set[str] = field(default_factory=set)
    sources: dict[str, str] = field(default_factory=dict)
    shared_objects: dict[str, SharedObject] = field(default_factory=dict)
    library_links: dict[str, str] = field(default_factory=dict)
    diversions: dict[str, str] = field(default_factory=dict)
    certificates: dict[str, str] = field(default_factory=dict)
    composed: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, layer: Path) -> "System":
        """Read what the layer in the folder `layer` handed on."""
        stored = json.loads((layer / "system.json").read_text())
        records = {
            "packages": {name: Package(**package) for name, package in stored["packages"].items()},
            "stand_ins": set(stored["stand_ins"]),
            "directories": {path: Directory(*values) for path, values in stored["directories"].items()},
            "shared_objects": {path: SharedObject(**found) for path, found in stored["shared_objects"].items()},
        }
        return cls(**(stored | records))

    def save(self, layer: Path) -> None:
        """Write system.json into the folder `layer`."""
        stored = asdict(self) | {"stand_ins": sorted(self.stand_ins)}
        (layer / "system.json").write_text(json.dumps(stored))

    def source(self, path: str) -> str:
        """The content of a packaged file. ValueError if it is not UTF-8, or no package brought it."""
        if path not in self.sources:
            raise ValueError(f"{path}: no package has it, but others need it; add the package that should")
        try:
            return self.sources[path].encode("latin-1").decode()
        except UnicodeDecodeError:
            raise ValueError(f"{path}: is not UTF-8; leave its package out") from None
