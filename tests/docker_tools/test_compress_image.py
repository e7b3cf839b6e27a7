"""An image as a registry has it: with compressed layers, and the same config, so the same image ID."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

import compress_image
import compress_layer
import split_archive
import write_layout
from oci_layout import Image
from read_archive import blob, files_in

Make = Callable[..., Path]

MEDIA_TYPES = {
    "gz": "application/vnd.oci.image.layer.v1.tar+gzip",
    "zstd": "application/vnd.oci.image.layer.v1.tar+zstd",
}


def layout_of(metadata: Path, out: Path) -> Path:
    write_layout.build({"metadata": str(metadata)}, out)
    return out


def manifest_of(layout: Path) -> Any:
    """The manifest of a layout. Every blob that it names is as it says."""
    files = files_in(layout)
    (entry,) = json.loads(files["index.json"])["manifests"]
    manifest = json.loads(blob(files, entry))
    for descriptor in (manifest["config"], *manifest["layers"]):
        blob(files, descriptor)
    return manifest


@pytest.mark.parametrize("compressor", sorted(MEDIA_TYPES))
def test_layers_are_compressed_and_the_image_is_the_same(
    two_layers: tuple[Path, Path], make_image: Make, tmp_path: Path, compressor: str
) -> None:
    image = make_image(*two_layers, name="team/app")
    ready = tmp_path / "ready"
    compress_layer.build({"layer": str(two_layers[0]), "compressor": compressor}, ready)
    spec = {"image": str(image), "compressor": compressor, "layers": [str(ready)]}
    for number in (1, 2):
        compress_image.build(spec, tmp_path / f"compressed-{number}")
    first, second = (layout_of(tmp_path / f"compressed-{number}", tmp_path / f"layout-{number}") for number in (1, 2))
    manifest = manifest_of(first)
    assert manifest == manifest_of(second)
    assert {layer["mediaType"] for layer in manifest["layers"]} == {MEDIA_TYPES[compressor]}
    plain = manifest_of(layout_of(image, tmp_path / "plain"))
    assert manifest["config"] == plain["config"]
    assert sum(layer["size"] for layer in manifest["layers"]) < sum(layer["size"] for layer in plain["layers"]) / 4
    # What reads images of others finds the very layers in it.
    split_archive.build({"name": "x", "archive": str(first), "os": "linux", "architecture": "amd64"}, tmp_path / "base")
    base = Image.load(tmp_path / "base")
    assert base.config == Image.load(image).config
    assert [Path(layer.path).read_bytes() for layer in base.layers] == [
        (layer / "layer.tar").read_bytes() for layer in two_layers
    ]


def test_a_layer_that_is_ready_is_not_compressed_again(
    two_layers: tuple[Path, Path], make_image: Make, tmp_path: Path
) -> None:
    ready = [tmp_path / "ready-lower", tmp_path / "ready-upper"]
    for layer, folder in zip(two_layers, ready, strict=True):
        compress_layer.build({"layer": str(layer), "compressor": "gz"}, folder)
    spec = {"image": str(make_image(*two_layers)), "compressor": "gz", "layers": list(map(str, ready))}
    compress_image.build(spec, tmp_path / "compressed")
    layers = Image.load(tmp_path / "compressed").layers
    assert [Path(layer.path).parent for layer in layers] == ready
    assert [asdict(layer) for layer in layers] == [json.loads((folder / "layer.json").read_bytes()) for folder in ready]
