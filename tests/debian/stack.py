"""Layers over each other, as an image stacks them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import layer
from packages import Made, Member, unpacked

MTIME = 1_700_000_000


@dataclass
class Stack:
    """Builds layers over each other and shows the tree that comes out."""

    folder: Path
    layers: list[Path] = field(default_factory=list)

    def add(self, *packages: Made, **changes: Any) -> Path:
        """Build the next layer of these packages and return its folder. `changes` go into the spec of layer.build."""
        out = self.folder / f"layer{len(self.layers)}"
        spec: dict[str, Any] = {
            "suite": "bookworm",
            "architecture": "amd64",
            "multiarch": "x86_64-linux-gnu",
            "mtime": MTIME,
            "debs": [{"name": made.name, "file": str(made.write(self.folder))} for made in packages],
            "below": str(self.layers[-1]) if self.layers else None,
            "manual": None,
            "database": "dpkg",
            "trees": [],
            "storeDir": "/nix/store",
            "files": {},
            "links": {},
            "exclude": [],
            "include": [],
        }
        layer.build(spec | changes, out)
        self.layers.append(out)
        return out

    @property
    def tree(self) -> dict[str, Member]:
        """Path → member of all layers unpacked over each other."""
        return unpacked(self.layers)

    @property
    def last(self) -> dict[str, Member]:
        """Path → member of the upmost layer alone."""
        return unpacked(self.layers[-1:])

    def text(self, path: str) -> str:
        """The content of a file in `tree`."""
        return self.tree[path].data.decode()
