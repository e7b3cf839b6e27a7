"""Made-up images."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import image
from image_spec import SPEC
from nix_builds import Store, new_store

MakeTree = Callable[..., Path]
MakeLayer = Callable[..., Path]
MakeImage = Callable[..., Path]


@pytest.fixture
def make_image(tmp_path: Path) -> MakeImage:
    """make_image(layer folder, …, out="image", tag="1", …) -> the folder of its metadata."""

    def make(*layers: Path, out: str = "image", **changes: Any) -> Path:
        described = [{"name": layer.name, "path": str(layer)} for layer in layers]
        image.build(SPEC | {"layers": described} | changes, tmp_path / out)
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
