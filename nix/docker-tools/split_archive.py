"""An image from elsewhere, an archive or a folder → its config and its layers, for use as a base image.

foreign_image.py says which of these it takes. An archive, and layers, may be compressed, as decompress.py knows it.
"""

import hashlib
import re
import shutil
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from archive_files import ArchiveFiles
from decompress import CHUNK, Budget, is_compressed, plain
from folder_files import FolderFiles
from foreign_image import find_image
from image_files import Blob, ImageFiles, naming
from oci_layout import Image, Layer
from references import Reference


def build(spec: dict[str, Any], out: Path) -> None:
    """Write config.json and layers.json of the image at `spec["archive"]` to `out`, and layers/ beside them.

    `os`, `architecture`, `fromImageName` and `fromImageTag` of the spec choose one image where there are several; the
    last two may be null. Raises ValueError, and leaves no `out`, if there is no such image, or more than one, or a file
    is not what another says of it.
    """
    try:
        _split(Path(spec["archive"]), spec, out)
    except ValueError as error:
        shutil.rmtree(out, ignore_errors=True)
        raise ValueError(f"fromImage: {error}") from None


def _split(source: Path, spec: dict[str, Any], out: Path) -> None:
    wanted = Reference(spec.get("fromImageName"), spec.get("fromImageTag"))
    with _opened(source) as (files, budget):
        image = find_image(files, spec["os"], spec["architecture"], wanted)
        if budget is None:
            budget = Budget(sum(files.size(blob) for blob in set(image.layers)))
        (out / "layers").mkdir(parents=True)
        # An image may have a layer several times, and each is written once.
        layers = {
            (blob, diff_id): _write_layer(files, blob, diff_id, budget, out / "layers")
            for blob, diff_id in dict.fromkeys(zip(image.layers, image.diff_ids, strict=True))
        }
    Image(image.config, [layers[key] for key in zip(image.layers, image.diff_ids, strict=True)]).save(out)


@contextmanager
def _opened(source: Path) -> Iterator[tuple[ImageFiles, Budget | None]]:
    """The files at `source`, and what it may expand to, if it is an archive: of a folder, the image's layers count."""
    # Without the hash that the store puts before a name.
    name = re.sub("^[0-9a-z]{32}-", "", source.name)
    if source.is_dir():
        yield FolderFiles(source), None
    elif source.is_file():
        budget = Budget(source.stat().st_size)
        with TemporaryDirectory() as temporary:
            with naming(name):
                uncompressed = _uncompressed(source, Path(temporary, "archive.tar"), budget)
            with ArchiveFiles(uncompressed) as files:
                yield files, budget
    else:
        raise ValueError(f"{name} is no file; name an archive that docker save wrote, or an OCI image layout")


def _uncompressed(archive: Path, target: Path, budget: Budget) -> Path:
    """The archive itself, or what is in it, written to `target`: its files are not read in their order."""
    with archive.open("rb") as file:
        if file.peek().startswith(b"#!"):
            raise ValueError("is a program, such as streamLayeredImage makes; name the archive that it writes")
        if not is_compressed(file.peek()):
            return archive
        _write(plain(iter(lambda: file.read(CHUNK), b""), budget), target)
    return target


def _write_layer(files: ImageFiles, blob: Blob, diff_id: str, budget: Budget, folder: Path) -> Layer:
    path = folder / f"{diff_id.removeprefix('sha256:')}.tar"
    chunks = files.chunks(blob)
    with naming(f"layer {blob.name}"):
        digest = _write(plain(chunks, budget), path)
        if digest != diff_id:
            raise ValueError(f"has the digest {digest}, but the config names {diff_id}; save the image again")
        _check_tar(path)
    return Layer.of_tar(diff_id, path.stat().st_size, str(path))


def _write(chunks: Iterable[bytes], path: Path) -> str:
    """Write the file and return its digest."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for chunk in chunks:
            digest.update(chunk)
            file.write(chunk)
    return f"sha256:{digest.hexdigest()}"


def _check_tar(path: Path) -> None:
    """Raise ValueError unless the file begins as a tar does. The rest of it is the engine's to read."""
    with path.open("rb") as file:
        block = file.read(tarfile.BLOCKSIZE)
    try:
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError) as error:
        # Nothing, or only zeros: a layer without members.
        if block.strip(b"\0"):
            raise ValueError(f"is no tar ({error}); save the image again") from None


if __name__ == "__main__":
    from builder import run

    run("docker-tools", build)
