"""A made-up image: two Debian packages, a wheel with a copy of another, and an app."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import image
from image_spec import SPEC
from made_up_wheel import made_up_wheel
from system import Package, System

COPY = "foo/_vendor/Bar_Baz-2.0.dist-info/METADATA"


def deb(name: str, version: str, **fields: str) -> Package:
    return Package({"Package": name, "Version": version, "Architecture": "amd64", **fields}, info={})


@pytest.fixture
def spec(tmp_path: Path, make_tree: Callable[..., Path], make_layer: Callable[..., Path]) -> dict[str, Any]:
    """The spec of contents.read for it."""
    packages = [
        deb("base-files", "13.8+deb13u1"),
        deb("libstdc++6", "14.2.0-19", Source="gcc-14"),
        deb("login", "1:4.16.0-2+really2.41-5", Source="util-linux (2.41-5)"),
    ]
    debian = tmp_path / "debian"
    debian.mkdir()
    System(packages={package.name: package for package in packages}).save(debian)
    debs = []
    for package in packages:
        file = tmp_path / f"{package.name}.deb"
        file.write_text(package.name)
        debs.append({"name": package.name, "file": str(file)})
    copied = {COPY: b"Name: Bar_Baz\nVersion: 2.0+local\nLicense-Expression: LicenseRef-own\n"}
    wheel = made_up_wheel(tmp_path, "Foo.x", copied, metadata=["License-Expression: mit or Apache-2.0"])
    app = make_layer((make_tree({"main.py": b"app", "etc/motd": b"hello"}), ""), name="app")
    described = [{"name": "app", "path": str(app)}]
    labels = {"org.opencontainers.image.revision": "0123", "org.opencontainers.image.source": "https://git.example/app"}
    own = {"name": "registry.example/team/app", "layers": described, "config": {"Labels": labels}}
    image.build(SPEC | own, tmp_path / "image")
    return {
        "metadata": str(tmp_path / "image"),
        "debs": debs,
        "system": str(debian),
        "wheels": [wheel["path"]],
        "layers": [str(app)],
    }
