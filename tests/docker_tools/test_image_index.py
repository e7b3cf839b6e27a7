"""One image for several platforms, read as an engine or a registry client reads it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import image_index
import split_archive
import write_layout
from read_archive import blob, files_in

Make = Callable[..., Path]

OCI = "application/vnd.oci.image."


@pytest.fixture
def layout(two_layers: tuple[Path, Path], make_image: Make, tmp_path: Path) -> Path:
    """The layout of an image for amd64 and arm64, of which the lower layer is the same."""
    lower, upper = two_layers
    amd64 = make_image(lower, upper, out="amd64", name="team/app")
    arm64 = make_image(lower, out="arm64", name="team/app", architecture="arm64")
    for folder in (amd64, arm64):
        subprocess.run(["chmod", "-R", "a-w", str(folder)], check=True)  # as in the Nix store
    image_index.build({"images": [str(amd64), str(arm64)]}, tmp_path / "index")
    write_layout.build({"metadata": str(tmp_path / "index")}, tmp_path / "layout")
    return tmp_path / "layout"


def document(layout: Path, descriptor: dict[str, Any]) -> Any:
    """The JSON document that a descriptor points to, if it tells the truth."""
    return json.loads(blob(files_in(layout), descriptor))


def test_the_layout_names_one_index(layout: Path) -> None:
    assert json.loads((layout / "oci-layout").read_text()) == {"imageLayoutVersion": "1.0.0"}
    (entry,) = json.loads((layout / "index.json").read_text())["manifests"]
    assert entry["mediaType"] == f"{OCI}index.v1+json" == document(layout, entry)["mediaType"]
    assert entry["annotations"] == {
        "io.containerd.image.name": "docker.io/team/app:1",
        "org.opencontainers.image.ref.name": "1",
    }


def test_the_index_has_an_image_for_each_platform(layout: Path, two_layers: tuple[Path, Path]) -> None:
    (entry,) = json.loads((layout / "index.json").read_text())["manifests"]
    manifests = document(layout, entry)["manifests"]
    assert [manifest["platform"] for manifest in manifests] == [
        {"os": "linux", "architecture": "amd64"},
        {"os": "linux", "architecture": "arm64", "variant": "v8"},
    ]
    described = [entry["digest"]]
    for manifest in manifests:
        found = document(layout, manifest)
        config = document(layout, found["config"])
        assert config["architecture"] == manifest["platform"]["architecture"]
        assert config["rootfs"]["diff_ids"] == [layer["digest"] for layer in found["layers"]]
        described += [manifest["digest"], found["config"]["digest"], *config["rootfs"]["diff_ids"]]
    # The lower layer, which both have, is there once.
    assert len(described) == len(set(described)) + 1
    assert {f"sha256:{path.name}" for path in (layout / "blobs/sha256").iterdir()} == set(described)
    for layer in two_layers:
        digest = json.loads((layer / "layer.json").read_text())["diff_id"].removeprefix("sha256:")
        assert (layout / "blobs/sha256" / digest).read_bytes() == (layer / "layer.tar").read_bytes()


def test_a_layout_of_links_is_the_same(layout: Path, tmp_path: Path) -> None:
    """But that it holds no layer itself."""
    write_layout.build({"metadata": str(tmp_path / "index"), "links": True}, tmp_path / "linked")
    assert files_in(tmp_path / "linked") == files_in(layout)
    links = {path.name for path in (tmp_path / "linked/blobs/sha256").iterdir() if path.is_symlink()}
    layers = json.loads((tmp_path / "index/layers.json").read_text())
    assert links == {layer["digest"].removeprefix("sha256:") for layer in layers}


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_it_can_be_a_base(layout: Path, tmp_path: Path, architecture: str) -> None:
    """fromImage takes the image for the platform that is wanted."""
    spec = {"name": "x", "archive": str(layout), "os": "linux", "architecture": architecture}
    split_archive.build(spec, tmp_path / "base")
    config = json.loads((tmp_path / "base" / "config.json").read_text())
    assert config["architecture"] == architecture


@pytest.mark.parametrize("count", [0, 2])
def test_platforms_differ(make_image: Make, tmp_path: Path, count: int) -> None:
    images = [str(make_image(out=str(number))) for number in range(count)]
    says = (
        "linux/amd64: is the platform of two images; leave one of them out" if count else "no images; name at least one"
    )
    with pytest.raises(ValueError, match=says):
        image_index.build({"images": images}, tmp_path / "index")
    assert not (tmp_path / "index").exists()
