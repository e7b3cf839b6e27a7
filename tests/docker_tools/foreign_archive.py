"""Archives of images, as somebody else might have made them."""

import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

import libzstd
import split_archive

# A layer without members.
EMPTY_LAYER = bytes(1024)

Files = dict[str, "bytes | str | tarfile.TarInfo"]


def split(path: Path, out: Path, **changes: Any) -> Path:
    """Split the archive, and return the folder of what came out."""
    spec = {"name": "x", "archive": str(path), "os": "linux", "architecture": "amd64"}
    split_archive.build(spec | changes, out)
    return out


def refusal(path: Path, tmp_path: Path) -> str:
    """The one line that says why what is at `path` is refused as a base image; nothing of it is left."""
    with pytest.raises(ValueError) as caught:
        split(path, tmp_path / "base")
    assert not (tmp_path / "base").exists()
    line = str(caught.value)
    assert line.isprintable() and line.startswith("fromImage: ")
    return line


def pack(path: Path, files: Files) -> Path:
    """A tar of files; a text is the target of a symlink, a member of another type is written as it is."""
    with tarfile.open(path, "w") as tar:
        for name, content in files.items():
            info = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo(name)
            if isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
            elif isinstance(content, bytes):
                info.size = len(content)
            tar.addfile(info, io.BytesIO(content) if isinstance(content, bytes) else None)
    return path


def unpack(path: Path, files: Files) -> Path:
    """A folder of files; a text is the target of a symlink."""
    for name, content in files.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            file.write_bytes(content)
        else:
            file.symlink_to(str(content))
    return path


def zstd(content: bytes) -> bytes:
    """The content, compressed."""
    compressor = libzstd.Compressor()
    return compressor.compress(content) + compressor.flush()


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def describe(content: bytes) -> dict[str, Any]:
    return {"digest": digest(content), "size": len(content)}


def config_of(*layers: bytes, **changes: Any) -> bytes:
    """An OCI image config of these uncompressed layers."""
    config = {
        "os": "linux",
        "architecture": "amd64",
        "rootfs": {"type": "layers", "diff_ids": [digest(layer) for layer in layers]},
    }
    return json.dumps(config | changes).encode()


def layout(config: bytes, *layers: bytes, changes: dict[str, Any] | None = None) -> Files:
    """The files of an OCI image layout with one image; `changes` are those of its manifest."""
    manifest: dict[str, Any] = {"config": describe(config), "layers": [describe(layer) for layer in layers]}
    return indexed(json.dumps(manifest | (changes or {})).encode(), config, *layers)


def indexed(manifest: bytes, *blobs: bytes) -> Files:
    """The files of an OCI image layout whose index has one manifest."""
    return {
        "index.json": json.dumps({"manifests": [describe(manifest)]}).encode(),
        **{f"blobs/sha256/{digest(blob)[7:]}": blob for blob in (manifest, *blobs)},
    }


def docker(config: bytes, layers: Files, config_name: str = "config.json") -> Files:
    """The files of an archive of docker save with one image."""
    manifest = json.dumps([{"Config": config_name, "Layers": list(layers)}])
    return {"manifest.json": manifest.encode(), config_name: config, **layers}
