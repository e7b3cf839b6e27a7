"""Writes the archive of an image and reads it, with Python's tarfile."""

import io
import tarfile
from pathlib import Path

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
