"""What `nix run .#load` does in a real engine: Docker's own store is given only the layers that it lacks."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import image as image_metadata
import load_image
from containers import Image, run_to_end
from engine import docker
from layer_tar import LayerTar, tar_member
from oci_layout import Image as Metadata
from oci_layout import Layer

NAME = "container-test-load"


@pytest.fixture(autouse=True)
def classic(image: Image) -> Iterator[None]:
    """The store is Docker's own; the image that a test loads leaves with it."""
    if not load_image.stored(shutil.which("docker") or ""):
        pytest.skip("needs an engine with Docker's own image store; this one has another")
    yield
    subprocess.run(["docker", "rmi", "--force", f"{NAME}:1"], capture_output=True)


def layer(folder: Path, name: str, content: bytes) -> str:
    """A layer with one file."""
    with LayerTar(folder) as tar:
        tar.add(tar_member(name, 1, tarfile.REGTYPE, 0o644, size=len(content)), content)
    return str(folder)


def metadata(folder: Path, layers: list[str], base: Path | None = None, architecture: str = "amd64") -> Path:
    """The metadata of the image NAME:1."""
    about: dict[str, Any] = {"name": NAME, "tag": "1", "os": "linux", "architecture": architecture}
    about |= {"created": "1970-01-01T00:00:01Z", "config": {}, "fromImage": base and str(base)}
    image_metadata.build(about | {"layers": [{"name": "layer", "path": path} for path in layers]}, folder)
    return folder


def base_of(image: Image, folder: Path) -> tuple[Path, str]:
    """The metadata of an image that the engine has, whose layers are nowhere else; and its architecture."""
    (about,) = json.loads(docker("image", "inspect", image.name))
    config = {"os": "linux", "architecture": about["Architecture"], "config": about["Config"]}
    layers = [Layer.of_tar(diff_id, 0, "/nowhere") for diff_id in about["RootFS"]["Layers"]]
    Metadata(json.dumps(config).encode(), layers).save(folder)
    return folder, about["Architecture"]


def load(image: Path, bin: str = "") -> "subprocess.CompletedProcess[str]":
    """Runs the program as the one for `image`; the engine is the first `docker` of the folder `bin` and PATH."""
    return subprocess.run(
        [sys.executable, "-P", load_image.__file__, str(image)],
        env=os.environ | {"PATH": f"{bin}:{os.environ['PATH']}", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        timeout=600,
    )


def loaded(done: "subprocess.CompletedProcess[str]", image: Path) -> bool:
    """Whether the load ended well, and the engine now has exactly that image."""
    assert (done.returncode, done.stderr) == (0, "") and f"Loaded image: {NAME}:1" in done.stdout.splitlines()
    config = (image / "config.json").read_bytes()
    (about,) = json.loads(docker("image", "inspect", f"{NAME}:1"))
    assert about["Id"] == f"sha256:{hashlib.sha256(config).hexdigest()}"
    return bool(about["RootFS"]["Layers"] == json.loads(config)["rootfs"]["diff_ids"])


def test_an_app_over_an_image_that_the_engine_has(image: Image, tmp_path: Path) -> None:
    base, architecture = base_of(image, tmp_path / "base")
    for edit in ("one", "two"):
        code = layer(tmp_path / f"{edit}-layer", "added", edit.encode())
        app = metadata(tmp_path / edit, [code], base, architecture)
        assert loaded(load(app), app)
        assert run_to_end(f"{NAME}:1", command=["cat", "/added"]).stdout == edit


def test_a_layer_that_the_engine_only_seems_to_have(image: Image, tmp_path: Path) -> None:
    app = metadata(tmp_path / "app", [layer(tmp_path / name, name, b"x") for name in ("one", "two")])
    # An image that has these layers was there, but is no more.
    (tmp_path / "bin").mkdir()
    diff_ids = " ".join(json.loads((app / "config.json").read_bytes())["rootfs"]["diff_ids"])
    engine = tmp_path / "bin/docker"
    pretend = f'[ "$1 $2" != "image inspect" ] || {{ echo {diff_ids}; exit; }}'
    engine.write_text(f'#!/bin/sh\n{pretend}\nexec {shutil.which("docker")} "$@"\n')
    engine.chmod(0o755)
    assert loaded(load(app, bin=str(tmp_path / "bin")), app)
