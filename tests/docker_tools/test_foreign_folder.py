"""Folders as base images: OCI image layouts, and archives that are unpacked."""

import gzip
import json
import os
import shutil
from pathlib import Path

import pytest

import decompress
from foreign_archive import EMPTY_LAYER, Files, config_of, digest, docker, layout, pack, refusal, split, unpack

CONFIG = config_of(EMPTY_LAYER)


@pytest.mark.parametrize(
    "files",
    [
        layout(CONFIG, EMPTY_LAYER),
        layout(CONFIG, gzip.compress(EMPTY_LAYER)),
        docker(CONFIG, {"a/layer.tar": EMPTY_LAYER}),
        docker(config_of(EMPTY_LAYER, EMPTY_LAYER), {"a/layer.tar": EMPTY_LAYER, "b/layer.tar": "../a/layer.tar"}),
    ],
    ids=["layout", "compressed", "docker", "docker-with-links"],
)
def test_a_folder_gives_what_its_archive_gives(tmp_path: Path, files: Files) -> None:
    packed = split(pack(tmp_path / "x.tar", files), tmp_path / "packed")
    unpacked = split(unpack(tmp_path / "folder", files), tmp_path / "unpacked")
    assert (unpacked / "config.json").read_bytes() == (packed / "config.json").read_bytes()
    assert os.listdir(unpacked / "layers") == os.listdir(packed / "layers")
    assert (unpacked / "layers.json").read_text().replace("unpacked", "packed") == (packed / "layers.json").read_text()


def test_a_layout_of_links(tmp_path: Path) -> None:
    """So do store paths look that are made of others."""
    whole = unpack(tmp_path / "whole", layout(CONFIG, EMPTY_LAYER))
    links = unpack(tmp_path / "links", {"index.json": str(whole / "index.json"), "blobs": str(whole / "blobs")})
    assert (split(links, tmp_path / "base") / "config.json").read_bytes() == CONFIG


def test_a_bomb_in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a folder has beside its image does not count, and what is behind links does."""
    monkeypatch.setattr(decompress, "ALLOWANCE", 1 << 20)
    zeros = bytes(8 << 20)
    whole = unpack(tmp_path / "whole", layout(config_of(zeros), gzip.compress(zeros)) | {"other": bytes(1 << 20)})
    assert "expands to more than 100 times" in refusal(whole, tmp_path)
    text = bytes(512) + b"".join(number.to_bytes(4, "little") for number in range(1 << 19))
    whole = unpack(tmp_path / "text", layout(config_of(text), gzip.compress(text)))
    links = unpack(tmp_path / "links", {"index.json": str(whole / "index.json"), "blobs": str(whole / "blobs")})
    split(links, tmp_path / "base")


def test_a_folder_that_is_no_layout(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "lacks the file index.json" in refusal(empty, tmp_path)
    files = layout(CONFIG, EMPTY_LAYER)
    del files[f"blobs/sha256/{digest(EMPTY_LAYER)[7:]}"]
    assert f"lacks the file blobs/sha256/{digest(EMPTY_LAYER)[7:]}" in refusal(unpack(tmp_path / "f", files), tmp_path)


def test_a_blob_that_is_not_what_its_digest_says(tmp_path: Path) -> None:
    folder = unpack(tmp_path / "folder", layout(CONFIG, EMPTY_LAYER))
    for blob in (folder / "blobs" / "sha256").iterdir():
        content = blob.read_bytes()
        for changed, message in ((content[:-1], "bytes instead of"), (content[:-1] + b"x", "has the digest")):
            blob.write_bytes(changed)
            assert message in refusal(folder, tmp_path)
        blob.unlink()
        blob.mkdir()
        assert "is not a regular file" in refusal(folder, tmp_path)
        blob.rmdir()
        blob.write_bytes(content)


def test_no_name_leads_out_of_the_folder(tmp_path: Path) -> None:
    outside = tmp_path / "config.json"
    outside.write_bytes(CONFIG)
    for name in (str(outside), "../config.json", "x/../../config.json", "n" * 5000, "n" * 300, "\0", "\ud800"):
        folder = unpack(tmp_path / "folder", {"a.tar": EMPTY_LAYER})
        manifest = json.dumps([{"Config": name, "Layers": ["a.tar"]}])
        (folder / "manifest.json").write_text(manifest)
        assert " the file " in refusal(folder, tmp_path) or "manifest.json" in refusal(folder, tmp_path)
        shutil.rmtree(folder)
