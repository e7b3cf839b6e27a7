"""The image layout, read as a consumer reads it: every claim in it is checked against the bytes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from oci_layout import Image, Layer
from read_archive import archive_of, blob, files_of

Make = Callable[..., Path]


def test_the_image_layout_is_whole(two_layers: tuple[Path, Path], make_image: Make) -> None:
    files = files_of(archive_of(make_image(*two_layers)))
    assert json.loads(files["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
    (entry,) = json.loads(files["index.json"])["manifests"]
    manifest = json.loads(blob(files, entry))
    assert manifest["mediaType"] == entry["mediaType"]
    config = json.loads(blob(files, manifest["config"]))
    layers = [blob(files, layer) for layer in manifest["layers"]]
    assert layers == [(layer / "layer.tar").read_bytes() for layer in two_layers]
    assert config["rootfs"]["diff_ids"] == [layer["digest"] for layer in manifest["layers"]]
    assert entry["platform"] == {"os": "linux", "architecture": "amd64"}
    described = {d["digest"].removeprefix("sha256:") for d in (entry, manifest["config"], *manifest["layers"])}
    assert {name.rpartition("/")[2] for name in files if name.startswith("blobs/")} == described


def test_dockers_manifest_points_into_the_layout(two_layers: tuple[Path, Path], make_image: Make) -> None:
    metadata = make_image(*two_layers)
    files = files_of(archive_of(metadata))
    (docker,) = json.loads(files["manifest.json"])
    assert files[docker["Config"]] == (metadata / "config.json").read_bytes()
    assert [files[layer] for layer in docker["Layers"]] == [(layer / "layer.tar").read_bytes() for layer in two_layers]
    assert docker["RepoTags"] == ["docker-tools-test:1"]


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("app", "docker.io/library/app:1"),
        ("team/app", "docker.io/team/app:1"),
        ("localhost/app", "localhost/app:1"),
        ("registry.example:5000/a/b_c", "registry.example:5000/a/b_c:1"),
    ],
)
def test_the_name_that_containerd_stores(make_image: Make, name: str, full: str) -> None:
    index = json.loads((make_image(name=name) / "layout" / "index.json").read_text())
    annotations = index["manifests"][0]["annotations"]
    assert annotations == {"io.containerd.image.name": full, "org.opencontainers.image.ref.name": "1"}


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    layers = [Layer.of_tar("sha256:00", 10, "/a/layer.tar"), Layer("sha256:11", "sha256:22", 20, "/b/blob", "gz")]
    image = Image(b'{"os": "linux"}', layers)
    image.save(tmp_path / "new")
    assert Image.load(tmp_path / "new") == image
