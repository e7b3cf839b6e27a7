"""The archive of an image, read as a consumer reads it: every claim in it is checked against the bytes."""

import hashlib
import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import archive

Make = Callable[..., Path]


def archive_of(metadata: Path) -> bytes:
    with (metadata / "archive.tar").open("wb") as file:
        archive.write_archive(metadata, file)
    return (metadata / "archive.tar").read_bytes()


def read(tar: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(tar), mode="r:") as archive_file:
        return {info.name: file.read() for info in archive_file if (file := archive_file.extractfile(info))}


def blob(files: dict[str, bytes], descriptor: dict[str, Any]) -> bytes:
    """What a descriptor points to, if it tells the truth."""
    content = files[f"blobs/{descriptor['digest'].replace(':', '/')}"]
    assert descriptor["digest"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert descriptor["size"] == len(content)
    return content


def test_the_image_layout_is_whole(two_layers: tuple[Path, Path], make_image: Make) -> None:
    files = read(archive_of(make_image(*two_layers, config={"Cmd": ["/bin/sh"]})))
    assert json.loads(files["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
    (entry,) = json.loads(files["index.json"])["manifests"]
    manifest = json.loads(blob(files, entry))
    assert manifest["mediaType"] == entry["mediaType"]
    config = json.loads(blob(files, manifest["config"]))
    layers = [blob(files, layer) for layer in manifest["layers"]]
    assert layers == [(layer / "layer.tar").read_bytes() for layer in two_layers]
    assert config["rootfs"]["diff_ids"] == [layer["digest"] for layer in manifest["layers"]]
    assert [step["created_by"] for step in config["history"]] == ["lower", "upper"]
    assert (config["os"], config["architecture"], config["config"]) == ("linux", "amd64", {"Cmd": ["/bin/sh"]})
    assert entry["platform"] == {"os": "linux", "architecture": "amd64"}
    described = {d["digest"].removeprefix("sha256:") for d in (entry, manifest["config"], *manifest["layers"])}
    assert {name.rpartition("/")[2] for name in files if name.startswith("blobs/")} == described


def test_docker_manifest_points_into_the_layout(two_layers: tuple[Path, Path], make_image: Make) -> None:
    metadata = make_image(*two_layers)
    files = read(archive_of(metadata))
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


def test_same_bytes_from_another_place(two_layers: tuple[Path, Path], make_image: Make, tmp_path: Path) -> None:
    first = make_image(*two_layers, config={"Env": ["A=1"], "Cmd": ["x"]})
    moved = [layer.rename(tmp_path / f"moved-{layer.name}") for layer in two_layers]
    layers = [{"name": layer.name.removeprefix("moved-"), "path": str(layer)} for layer in moved]
    for record in json.loads((first / "layers.json").read_text()):
        assert not Path(record["path"]).exists()
    second = make_image(out="second", layers=layers, config={"Cmd": ["x"], "Env": ["A=1"]})
    third = make_image(out="third", layers=layers, config={"Cmd": ["x"], "Env": ["A=1"]})
    assert archive_of(second) == archive_of(third)
    assert (first / "config.json").read_bytes() == (second / "config.json").read_bytes()


def test_a_layer_used_twice_is_stored_once(two_layers: tuple[Path, Path], make_image: Make) -> None:
    tar = archive_of(make_image(two_layers[0], two_layers[0]))
    with tarfile.open(fileobj=io.BytesIO(tar), mode="r:") as archive_file:
        names = archive_file.getnames()
    assert len(names) == len(set(names))


def test_an_image_on_a_base(two_layers: tuple[Path, Path], make_image: Make) -> None:
    lower, upper = two_layers
    base = make_image(lower, out="base", config={"Env": ["A=1", "B=1"], "Cmd": ["sh"]})
    metadata = make_image(upper, fromImage=str(base), config={"Env": ["B=2"]})
    config = json.loads((metadata / "config.json").read_text())
    assert config["config"] == {"Env": ["A=1", "B=2"], "Cmd": ["sh"]}
    assert [step["created_by"] for step in config["history"]] == ["lower", "upper"]
    assert config["rootfs"]["diff_ids"] == [
        json.loads((layer / "layer.json").read_text())["diff_id"] for layer in two_layers
    ]
    with pytest.raises(ValueError, match="fromImage is for amd64, the image for arm64"):
        make_image(upper, out="other", architecture="arm64", fromImage=str(base))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "App"}, "'App' is not an image name"),
        ({"name": "a:b"}, "image name"),
        ({"tag": "a b"}, "'a b' is not a tag"),
        ({"created": "now"}, "'now' is not a UTC time"),
        ({"config": {"Env": ["PATH"]}}, "config.Env: 'PATH'"),
    ],
)
def test_refused(make_image: Make, tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_image(**changes)
    assert not (tmp_path / "image").exists()


def stream(metadata: Path, **options: Any) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-s", "-P", archive.__file__, str(metadata)], stderr=subprocess.PIPE, check=False, **options
    )


def test_the_stream_is_the_archive(two_layers: tuple[Path, Path], make_image: Make, tmp_path: Path) -> None:
    metadata = make_image(*two_layers)
    expected = archive_of(metadata)
    assert stream(metadata, stdout=subprocess.PIPE).stdout == expected
    with (tmp_path / "appended").open("ab") as file:
        assert stream(metadata, stdout=file).returncode == 0
    assert (tmp_path / "appended").read_bytes() == expected


def test_a_stream_that_fails_says_so_in_one_line(two_layers: tuple[Path, Path], make_image: Make) -> None:
    metadata = make_image(*two_layers)
    reader = subprocess.Popen(["true"], stdin=subprocess.PIPE)
    reader.wait()
    stopped = stream(metadata, stdout=reader.stdin)
    with open("/dev/full", "wb") as full:
        no_space = stream(metadata, stdout=full)
    (two_layers[1] / "layer.tar").write_bytes(b"short")
    damaged = stream(metadata, stdout=subprocess.DEVNULL)
    for result, message in (
        (stopped, b"the reader stopped"),
        (no_space, b"No space left"),
        (damaged, b"upper/layer.tar: is not"),
    ):
        assert result.returncode == 1
        assert result.stderr.startswith(b"docker-tools: docker-tools-test:1: ")
        assert message in result.stderr
        assert result.stderr.count(b"\n") == 1
