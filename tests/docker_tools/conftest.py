"""Made-up images."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import image
from nix_builds import Store, new_store

MakeTree = Callable[..., Path]
MakeLayer = Callable[..., Path]
MakeImage = Callable[..., Path]


@pytest.fixture
def make_image(tmp_path: Path) -> MakeImage:
    """make_image(layer folder, …, out="image", tag="1", …) -> the folder of its metadata."""

    def make(*layers: Path, out: str = "image", **changes: Any) -> Path:
        spec: dict[str, Any] = {
            "name": "docker-tools-test",
            "tag": "1",
            "os": "linux",
            "architecture": "amd64",
            "created": "1970-01-01T00:00:01Z",
            "config": {},
            "layers": [{"name": layer.name, "path": str(layer)} for layer in layers],
            "fromImage": None,
        }
        image.build(spec | changes, tmp_path / out)
        return tmp_path / out

    return make


@pytest.fixture
def two_layers(make_tree: MakeTree, make_layer: MakeLayer) -> tuple[Path, Path]:
    lower = make_layer((make_tree({"bin/sh": b"#!", "etc/motd": b"hello\n"}, "lower-tree"), ""), name="lower")
    upper = make_layer((make_tree({"main.py": b"print()\n" * 9999}, "upper-tree"), "app"), name="upper")
    return lower, upper


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Nix with a store of its own."""
    return new_store(tmp_path_factory.mktemp("nix"))
