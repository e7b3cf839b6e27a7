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
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

CHUNK = 1 << 20
OPENERS: dict[bytes, Callable[[BinaryIO], Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
ZSTD = b"\x28\xb5\x2f\xfd"


def build(spec: dict[str, Any], out: Path) -> None:
    """Write config.json, layers.json and layers/ of the image in the file `spec["archive"]` to `out`, as image.py has them.

    `os` and `architecture` of the spec choose one image where the layout holds several. Raises ValueError if the
    archive holds no such image, or more than one, or a layer is not what the config says.
    """
    with Path(spec["archive"]).open("rb") as file, _open_tar(_plain(file, spec["archive"])) as archive:
        config, members = _read_image(_Members(archive), spec)
        diff_ids = json.loads(config)["rootfs"]["diff_ids"]
        if len(diff_ids) != len(members):
            raise ValueError(f"fromImage: {len(members)} layers, but its config names {len(diff_ids)}")
        (out / "layers").mkdir(parents=True)
        layers = [
            _write_layer(archive.extractfile(member), diff_id, out / "layers")
            for member, diff_id in zip(members, diff_ids)
        ]
    (out / "config.json").write_bytes(config)
    (out / "layers.json").write_text(json.dumps(layers))


class _Members:
    """The members of an archive by their plain name."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive
        self._members = {member.name.removeprefix("./"): member for member in archive}

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def __getitem__(self, name: str) -> tarfile.TarInfo:
        if name not in self._members:
            raise ValueError(f"fromImage: lacks {name}; is it an archive that docker save wrote?")
        return self._members[name]

    def read(self, name: str) -> bytes:
        file = self._archive.extractfile(self[name])
        if file is None:
            raise ValueError(f"fromImage: {name} is no file")
        return file.read()


def _read_image(members: _Members, spec: dict[str, Any]) -> tuple[bytes, list[tarfile.TarInfo]]:
    """The encoded config and the members that are layers, lowest first."""
    if "manifest.json" in members:
        image = _only(json.loads(members.read("manifest.json")))
        return members.read(image["Config"]), [members[layer] for layer in image["Layers"]]
    document = json.loads(members.read("index.json"))
    while "manifests" in document:  # An index may point to another.
        entry = _only([entry for entry in document["manifests"] if _fits(entry, spec)])
        document = json.loads(members.read(_blob(entry)))
    return members.read(_blob(document["config"])), [members[_blob(layer)] for layer in document["layers"]]


def _open_tar(file: Any) -> tarfile.TarFile:
    try:
        return tarfile.open(fileobj=file, mode="r:")
    except tarfile.TarError as error:
        raise ValueError(f"fromImage: is no image archive ({error}); name one that docker save wrote") from error


def _only(images: list[dict[str, Any]]) -> dict[str, Any]:
    if len(images) != 1:
        raise ValueError(f"fromImage: holds {len(images)} images for this platform; save exactly one")
    return images[0]


def _fits(entry: dict[str, Any], spec: dict[str, Any]) -> bool:
    platform = entry.get("platform") or spec
    return all(platform[key] == spec[key] for key in ("os", "architecture"))


def _blob(descriptor: dict[str, Any]) -> str:
    return f"blobs/{descriptor['digest'].replace(':', '/')}"


def _write_layer(file: Any, diff_id: str, layers: Path) -> dict[str, Any]:
    path = layers / f"{diff_id.removeprefix('sha256:')}.tar"
    digest = hashlib.sha256()
    with _plain(file, diff_id) as data, path.open("wb") as target:
        while chunk := data.read(CHUNK):
            digest.update(chunk)
            target.write(chunk)
    if diff_id != f"sha256:{digest.hexdigest()}":
        raise ValueError(f"fromImage: layer {diff_id} has the digest {digest.hexdigest()}; save the image again")
    return {"diff_id": diff_id, "size": path.stat().st_size, "path": str(path)}


def _plain(file: Any, what: str) -> Any:
    """The file, decompressed while it is read."""
    magic = file.read(6)
    file.seek(0)
    if magic.startswith(ZSTD):
        raise ValueError(f"fromImage: {what} is compressed with zstd; save it uncompressed or with gzip")
    return next((opener(file) for start, opener in OPENERS.items() if magic.startswith(start)), file)


if __name__ == "__main__":
    from builder import run

    run("docker-tools", build)
