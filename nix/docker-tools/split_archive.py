"""An image archive from elsewhere → its config and its layers, for use as a base image.

Takes what `docker save` and `podman save` write, old and new, and a tar of an OCI image layout. The archive and its
layers may be compressed with gzip, bzip2 or xz.
"""

import bz2
import gzip
import hashlib
import json
import lzma
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from oci_layout import DOCKER_MANIFEST, INDEX, Image, Layer, blob_path

CHUNK = 1 << 20
# How a compressed file begins → what reads it.
OPENERS: dict[bytes, Callable[[IO[bytes]], Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
ZSTD = b"\x28\xb5\x2f\xfd"
# What reading raises for a file that is cut short, or holds something else.
DAMAGED = (
    *(tarfile.TarError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError),
    *(json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError),
)


def build(spec: dict[str, Any], out: Path) -> None:
    """Write config.json and layers.json of the image in the file `spec["archive"]` to `out`, and layers/ beside them.

    `os` and `architecture` of the spec choose one image where the layout holds several. Raises ValueError if the
    archive holds no such image, or more than one, or a layer is not what the config says.
    """
    try:
        with Path(spec["archive"]).open("rb") as file, _open_tar(file, spec["archive"]) as archive:
            config, files = _read_image(_Files(archive), spec)
            diff_ids = json.loads(config)["rootfs"]["diff_ids"]
            if len(diff_ids) != len(files):
                raise ValueError(f"fromImage: {len(files)} layers, but its config names {len(diff_ids)}; save it again")
            (out / "layers").mkdir(parents=True)
            layers = [
                _write_layer(file, diff_id, out / "layers") for file, diff_id in zip(files, diff_ids, strict=True)
            ]
    except DAMAGED as error:
        raise ValueError(
            f"fromImage: is damaged, or is no image archive ({error}); name one that docker save wrote"
        ) from error
    Image(config, layers).save(out)


class _Files:
    """The files of an archive, by name."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive
        self._members = {member.name.removeprefix("./"): member for member in archive}

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def open(self, name: str) -> IO[bytes]:
        """Open a file, which may be behind a link. Raises ValueError if there is none."""
        file = self._archive.extractfile(self._members[name]) if name in self else None
        if file is None:
            raise ValueError(f"fromImage: lacks the file {name}; is it an archive that docker save wrote?")
        return file

    def read_json(self, name: str) -> Any:
        return json.load(self.open(name))


def _read_image(files: _Files, spec: dict[str, Any]) -> tuple[bytes, list[IO[bytes]]]:
    """The encoded config and the layers, lowest first."""
    if DOCKER_MANIFEST in files:
        image = _only(files.read_json(DOCKER_MANIFEST))
        config, layers = image["Config"], image["Layers"]
    else:
        document = files.read_json(INDEX)
        while "manifests" in document:  # An index may point to another.
            entry = _only([entry for entry in document["manifests"] if _fits(entry, spec)])
            document = files.read_json(blob_path(entry["digest"]))
        config, *layers = (blob_path(blob["digest"]) for blob in (document["config"], *document["layers"]))
    return files.open(config).read(), [files.open(layer) for layer in layers]


def _only(images: list[dict[str, Any]]) -> dict[str, Any]:
    if len(images) != 1:
        raise ValueError(f"fromImage: holds {len(images)} images for this platform; save exactly one")
    return images[0]


def _fits(entry: dict[str, Any], spec: dict[str, Any]) -> bool:
    """Whether an index's entry is for the platform of the spec; one that names none may be."""
    platform = entry.get("platform") or spec
    return all(platform[key] == spec[key] for key in ("os", "architecture"))


def _write_layer(file: IO[bytes], diff_id: str, layers: Path) -> Layer:
    path = layers / f"{diff_id.removeprefix('sha256:')}.tar"
    digest = hashlib.sha256()
    with _plain(file, diff_id) as data, path.open("wb") as target:
        while chunk := data.read(CHUNK):
            digest.update(chunk)
            target.write(chunk)
    if diff_id != f"sha256:{digest.hexdigest()}":
        raise ValueError(f"fromImage: layer {diff_id} has the digest {digest.hexdigest()}; save the image again")
    return Layer(diff_id, path.stat().st_size, str(path))


def _open_tar(file: IO[bytes], what: str) -> tarfile.TarFile:
    return tarfile.open(fileobj=_plain(file, what), mode="r:")


def _plain(file: IO[bytes], what: str) -> Any:
    """The file, decompressed while it is read. Raises ValueError for a compression that Python can't read."""
    magic = file.read(6)
    file.seek(0)
    if magic.startswith(ZSTD):
        raise ValueError(f"fromImage: {what} is compressed with zstd; save it uncompressed or with gzip")
    return next((opener(file) for start, opener in OPENERS.items() if magic.startswith(start)), file)


if __name__ == "__main__":
    from builder import run

    run("docker-tools", build)
