"""What is known of a Debian system when all layers up to this one are stacked.

A layer hands this on, as `system.json` beside its tar, to the layer above it. So an upper layer can rewrite what depends on
every package (dpkg's status, the library cache, alternatives) and keep the owners and modes of directories, without
reading the packages below again.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Target:
    """What the image is for. `mtime` is that of everything composed, in seconds since 1970."""

    suite: str
    architecture: str
    multiarch: str
    mtime: int
    openssl: tuple[str, ...] = ()


@dataclass
class Package:
    """An installed package: its control fields, the control files that are read again later, and
    of each conffile its MD5 or flags."""

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


@dataclass
class System:
    """The stack of layers.

    packages     by name
    directories  path → [mode, uid, gid, mtime]
    paths        every other path that packages and trees brought → the package's name, or "" for a tree
    sources      path → content of those packaged files that the composed ones are made from (as Latin-1)
    libraries    path of a shared library → what elf.py found in it, or the target of a symlink
    composed     path of a composed file → hash of it: what an upper layer need not write again
    """

    packages: dict[str, Package] = field(default_factory=dict)
    directories: dict[str, list[int]] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    libraries: dict[str, list[int | str]] = field(default_factory=dict)
    composed: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, layer: Path) -> "System":
        """Read what the layer at `layer` handed on."""
        content = json.loads((layer / "system.json").read_text())
        packages = {name: Package(**package) for name, package in content.pop("packages").items()}
        return cls(packages=packages, **content)

    def save(self, layer: Path) -> None:
        (layer / "system.json").write_text(json.dumps(asdict(self)))

    def source(self, path: str) -> str:
        """The content of a packaged file, which is UTF-8. KeyError if no package brought it."""
        return self.sources[path].encode("latin-1").decode()
