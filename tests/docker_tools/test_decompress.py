"""Compressed archives and layers that are damaged, or expand to far more than they are."""

import bz2
import gzip
import io
import json
import lzma
import os
import subprocess
import sys
import tarfile
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

import decompress
from foreign_archive import EMPTY_LAYER, config_of, docker, layout, pack, refusal, split, zstd

COMPRESSIONS = (gzip.compress, bz2.compress, lzma.compress, zstd)
Compress = Callable[[bytes], bytes]


def tar_of(content: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        info = tarfile.TarInfo("file")
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    return file.getvalue()


@pytest.mark.parametrize("compress", COMPRESSIONS)
def test_layers_and_archives_are_decompressed(tmp_path: Path, compress: Compress) -> None:
    """Streams that follow each other are one file, and zeros may follow them."""
    layer = tar_of(bytes(range(256)) * 2000)
    stored = compress(layer[:1000]) + compress(layer[1000:]) + bytes(512)
    archive = pack(tmp_path / "x.tar", layout(config_of(layer), stored))
    archive.write_bytes(compress(archive.read_bytes()))
    base = split(archive, tmp_path / "base")
    (described,) = json.loads((base / "layers.json").read_text())
    assert Path(described["path"]).read_bytes() == layer


@pytest.mark.parametrize("compress", COMPRESSIONS)
def test_a_damaged_layer_is_named(tmp_path: Path, compress: Compress) -> None:
    layer = tar_of(bytes(range(256)) * 2000)
    whole = compress(layer)
    damaged = bytearray(whole)
    for position in range(30, 60):
        damaged[position] ^= 0x55
    for stored in (whole[:40], whole[:-1], bytes(damaged), whole + b"garbage", whole[:6], compress(b"x" + layer)):
        archive = pack(tmp_path / "x.tar", docker(config_of(layer), {"a.tar.gz": stored}))
        assert "layer a.tar.gz: " in refusal(archive, tmp_path)


@pytest.mark.parametrize("compress", COMPRESSIONS)
def test_a_damaged_archive_is_named(tmp_path: Path, compress: Compress) -> None:
    whole = compress(pack(tmp_path / "x.tar", layout(config_of(EMPTY_LAYER), EMPTY_LAYER)).read_bytes())
    for content in (whole[:-1], whole[:6], whole + b"garbage"):
        (tmp_path / "x.tar").write_bytes(content)
        assert "x.tar: " in refusal(tmp_path / "x.tar", tmp_path)


@pytest.mark.parametrize("compress", COMPRESSIONS)
def test_a_bomb(tmp_path: Path, compress: Compress, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decompress, "ALLOWANCE", 1 << 20)
    zeros = tar_of(bytes(8 << 20))
    small = compress(zeros)
    in_layer = pack(tmp_path / "layer.tar", layout(config_of(zeros), small))
    assert "expands to more than 100 times" in refusal(in_layer, tmp_path)
    outer = tmp_path / "outer.tar"
    outer.write_bytes(compress(pack(tmp_path / "plain.tar", layout(config_of(zeros), zeros)).read_bytes()))
    assert "expands to more than 100 times" in refusal(outer, tmp_path)
    # Two layers may not together take what one may not.
    layers = [tar_of(bytes([number]) * (1 << 18)) for number in range(1, 25)]
    many = pack(tmp_path / "many.tar", layout(config_of(*layers), *map(compress, layers)))
    many.write_bytes(compress(many.read_bytes()))
    assert "expands to more than 100 times" in refusal(many, tmp_path)


@pytest.mark.parametrize("compress", [bytes, *COMPRESSIONS])
def test_a_large_layer_takes_little_memory(tmp_path: Path, compress: Compress) -> None:
    layer = tar_of(bytes(24 << 20))
    archive = pack(tmp_path / "x.tar", layout(config_of(layer), compress(layer)))
    tracemalloc.start()
    try:
        split(archive, tmp_path / "base")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < len(layer) // 2


def test_xz_that_wants_too_much_memory(tmp_path: Path) -> None:
    head = bytearray(lzma.compress(EMPTY_LAYER))
    # The dictionary's size is one byte of the block's header, which a CRC follows.
    size = head.index(b"\x21\x01", 12) + 2
    head[size] = 39
    end = 12 + (head[12] + 1) * 4
    head[end - 4 : end] = zlib.crc32(head[12 : end - 4]).to_bytes(4, "little")
    archive = pack(tmp_path / "x.tar", docker(config_of(EMPTY_LAYER), {"a.tar.xz": bytes(head)}))
    assert "emory" in refusal(archive, tmp_path)


def test_zstd_that_wants_too_much_memory(tmp_path: Path) -> None:
    """Its head asks for a window of 2 GiB; what follows does not matter."""
    archive = pack(tmp_path / "x.tar", docker(config_of(EMPTY_LAYER), {"a": b"\x28\xb5\x2f\xfd\x00\xa8" + bytes(99)}))
    assert "emory" in refusal(archive, tmp_path)


def test_zstd_with_notes_of_a_tool(tmp_path: Path) -> None:
    """Frames that are to be skipped may stand before and after those with content."""
    notes = b"\x5e\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"notes"
    archive = pack(tmp_path / "x.tar", docker(config_of(EMPTY_LAYER), {"a": notes + zstd(EMPTY_LAYER) + notes}))
    (described,) = json.loads((split(archive, tmp_path / "base") / "layers.json").read_text())
    assert Path(described["path"]).read_bytes() == EMPTY_LAYER


def test_without_the_library_of_zstd(tmp_path: Path) -> None:
    archive = pack(tmp_path / "x.tar", docker(config_of(EMPTY_LAYER), {"a": zstd(EMPTY_LAYER)}))
    program = "import sys, split_archive; from foreign_archive import *; split(*map(Path, sys.argv[1:]))"
    paths = [*sys.path, str(Path(__file__).parent)]
    result = subprocess.run(
        [sys.executable, "-c", program, str(archive), str(tmp_path / "base")],
        env=os.environ | {"LIBZSTD": "/nowhere/libzstd.so", "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "ValueError: fromImage: layer a: the library /nowhere/libzstd.so is missing" in result.stderr


def test_what_is_no_tar(tmp_path: Path) -> None:
    text = b"no tar at all\n" * 100
    assert "layer a.tar: is no tar" in refusal(pack(tmp_path / "x", docker(config_of(text), {"a.tar": text})), tmp_path)
    for allowed in (b"", EMPTY_LAYER):
        split(pack(tmp_path / "x", docker(config_of(allowed), {"a.tar": allowed})), tmp_path / f"base{len(allowed)}")
    assert "missing is no file" in refusal(tmp_path / "missing", tmp_path)
