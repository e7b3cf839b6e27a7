"""Made-up packages, and layers of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import layer
from packages import Made, unpacked

MTIME = 1_700_000_000


@dataclass
class Stack:
    """Builds layers over each other and shows the tree that comes out."""

    folder: Path
    layers: list[Path] = field(default_factory=list)

    def add(self, *packages: Made, **changes: Any) -> Path:
        """Build the next layer of these packages and return its folder."""
        out = self.folder / f"layer{len(self.layers)}"
        spec: dict[str, Any] = {
            "suite": "bookworm",
            "architecture": "amd64",
            "multiarch": "x86_64-linux-gnu",
            "mtime": MTIME,
            "debs": [{"name": made.name, "file": str(made.write(self.folder))} for made in packages],
            "below": str(self.layers[-1]) if self.layers else None,
        }
        layer.build(spec | changes, out)
        self.layers.append(out)
        return out

    @property
    def tree(self) -> dict[str, Any]:
        """Path → member of all layers unpacked over each other."""
        return unpacked(self.layers)

    @property
    def last(self) -> dict[str, Any]:
        """Path → member of the upmost layer alone."""
        return unpacked(self.layers[-1:])

    def text(self, path: str) -> str:
        return str(self.tree[path].data, "utf-8")


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(tmp_path)


@pytest.fixture
def compose(tmp_path: Path) -> Callable[..., Stack]:
    """compose(package, …): the stack of one layer of these packages."""

    def make(*packages: Made, **changes: Any) -> Stack:
        made = Stack(tmp_path)
        made.add(*packages, **changes)
        return made

    return make
