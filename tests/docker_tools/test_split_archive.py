"""Archives from elsewhere as base images."""

import gzip
import json
import lzma
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

import archive
from foreign_archive import pack, split

Make = Callable[..., Path]


def layer_bytes(base: Path) -> list[bytes]:
    return [Path(layer["path"]).read_bytes() for layer in json.loads((base / "layers.json").read_text())]


@pytest.fixture
def expected(two_layers: tuple[Path, Path]) -> list[bytes]:
    return [(layer / "layer.tar").read_bytes() for layer in two_layers]


@pytest.fixture
def metadata(two_layers: tuple[Path, Path], make_image: Make) -> Path:
    return make_image(*two_layers)


@pytest.fixture
def our_archive(metadata: Path, tmp_path: Path) -> Path:
    with (tmp_path / "ours.tar").open("wb") as file:
        archive.write_archive(metadata, file)
    return tmp_path / "ours.tar"


def test_our_own_archive(metadata: Path, our_archive: Path, expected: list[bytes], tmp_path: Path) -> None:
    base = split(our_archive, tmp_path / "base")
    assert (base / "config.json").read_bytes() == (metadata / "config.json").read_bytes()
    assert layer_bytes(base) == expected


def test_a_compressed_image_layout_without_dockers_manifest(
    our_archive: Path, expected: list[bytes], tmp_path: Path
) -> None:
    with tarfile.open(our_archive) as tar:
        files = {info.name: file.read() for info in tar if (file := tar.extractfile(info))}
    del files["manifest.json"]
    pack(tmp_path / "layout.tar", {f"./{name}": content for name, content in files.items()})
    with (tmp_path / "layout.tar").open("rb") as plain, gzip.open(tmp_path / "layout.tar.gz", "wb") as compressed:
        shutil.copyfileobj(plain, compressed)
    assert layer_bytes(split(tmp_path / "layout.tar.gz", tmp_path / "base")) == expected
    with pytest.raises(ValueError, match="holds 0 images for this platform"):
        split(tmp_path / "layout.tar.gz", tmp_path / "other", architecture="arm64")


def old_docker_archive(metadata: Path, layers: list[bytes], path: Path) -> Path:
    """As `docker save` wrote it before version 25: a folder a layer, a symlink for one that occurs twice."""
    return pack(
        path,
        {
            "aaa/layer.tar": gzip.compress(layers[0]),
            "bbb/layer.tar": layers[1],
            "ccc/layer.tar": "../bbb/layer.tar",
            "config.json": (metadata / "config.json").read_bytes(),
            "manifest.json": json.dumps(
                [{"Config": "config.json", "RepoTags": None, "Layers": ["aaa/layer.tar", "ccc/layer.tar"]}]
            ).encode(),
        },
    )


def test_an_old_docker_archive(metadata: Path, expected: list[bytes], tmp_path: Path) -> None:
    old = old_docker_archive(metadata, expected, tmp_path / "old.tar")
    assert layer_bytes(split(old, tmp_path / "base")) == expected


def test_an_archive_that_is_no_image_is_refused(
    metadata: Path, expected: list[bytes], our_archive: Path, tmp_path: Path
) -> None:
    (tmp_path / "text").write_text("no archive\n")
    image = {"Config": "c", "Layers": []}
    changed = old_docker_archive(metadata, [expected[0], expected[1] + b"x"], tmp_path / "changed.tar")
    zstd = old_docker_archive(metadata, [expected[0], b"\x28\xb5\x2f\xfd..."], tmp_path / "zstd.tar")
    for path, message in (
        (tmp_path / "text", "is no image archive"),
        (pack(tmp_path / "empty.tar", {}), "lacks the file index.json"),
        (pack(tmp_path / "two.tar", {"manifest.json": json.dumps([image, image]).encode()}), "holds 2 images"),
        (pack(tmp_path / "none.tar", {"manifest.json": json.dumps([image]).encode()}), "lacks the file c;"),
        (pack(tmp_path / "other.tar", {"manifest.json": b'[{"name": "x"}]'}), "manifest.json: lacks Config"),
        (pack(tmp_path / "text.tar", {"manifest.json": b"no JSON"}), "manifest.json: is no JSON document"),
        (pack(tmp_path / "link.tar", {"manifest.json": "missing"}), "lacks the file missing"),
        (changed, "has the digest"),
        (zstd, "is cut short"),
    ):
        with pytest.raises(ValueError, match=rf"fromImage: .*({message})"):
            split(path, tmp_path / "base")
        shutil.rmtree(tmp_path / "base", ignore_errors=True)


@pytest.mark.parametrize("compress", [bytes, gzip.compress, lzma.compress])
def test_an_archive_that_is_cut_short_is_refused(
    our_archive: Path, tmp_path: Path, compress: Callable[[bytes], bytes]
) -> None:
    whole = compress(our_archive.read_bytes())
    for tenths in (1, 5, 9):
        (tmp_path / "cut.tar").write_bytes(whole[: len(whole) * tenths // 10])
        with pytest.raises(ValueError, match=r"fromImage: .*(is damaged|lacks the file|is cut short|has the digest)"):
            split(tmp_path / "cut.tar", tmp_path / "base")
        shutil.rmtree(tmp_path / "base", ignore_errors=True)
