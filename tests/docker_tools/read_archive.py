"""Writes the archive of an image, and reads archives, with Python's tarfile, and layouts."""

import hashlib
import io
import tarfile
from pathlib import Path
from typing import Any

import archive


def archive_of(metadata: Path) -> bytes:
    """The archive of the image whose metadata are in this folder."""
    with (metadata / "archive.tar").open("w+b") as file:
        archive.write_archive(metadata, file)
        file.seek(0)
        return file.read()


def files_of(tar: bytes) -> dict[str, bytes]:
    """Name → content."""
    with tarfile.open(fileobj=io.BytesIO(tar), mode="r:") as opened:
        return {info.name: file.read() for info in opened if (file := opened.extractfile(info))}


def files_in(folder: Path) -> dict[str, bytes]:
    """The same of a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def blob(files: dict[str, bytes], descriptor: dict[str, Any]) -> bytes:
    """What a descriptor points to, if it tells the truth."""
    content = files[f"blobs/{descriptor['digest'].replace(':', '/')}"]
    assert descriptor["digest"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert descriptor["size"] == len(content)
    return content
